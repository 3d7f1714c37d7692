import type { TestProject } from 'vitest/node';
import { startEmulator } from '../../emulator/server.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    azureEndpoint: string;
  }
}

/** One emulator for all tests inside the runtime: they reach it over a real socket, as the Worker reaches Azure. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const emulator = await startEmulator({ port: 0, pace: 0 });
  project.provide('azureEndpoint', emulator.url);
  return () => emulator.close();
}
