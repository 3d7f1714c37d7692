import type { TestProject } from 'vitest/node';
import { startEmulator, type Emulator } from '../../emulator/server.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    azureEndpoint: string;
  }
}

let emulator: Emulator | null = null;

/** One emulator for all tests inside the runtime: they reach it over a real socket, as the Worker reaches Azure. */
export async function setup(project: TestProject): Promise<void> {
  emulator = await startEmulator({ port: 0, pace: 0 });
  project.provide('azureEndpoint', emulator.url);
}

/** Ends it with the run. */
export async function teardown(): Promise<void> {
  await emulator?.close();
}
