import type { TestProject } from 'vitest/node';
import { startKeyServer, type KeyServer } from './key-server.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    keyServer: string;
  }
}

let server: KeyServer | null = null;

/** One key server for all tests inside the runtime: the Worker asks it over a real socket, as it asks a provider. */
export async function setup(project: TestProject): Promise<void> {
  server = await startKeyServer();
  project.provide('keyServer', server.url);
}

/** Ends it with the run. */
export async function teardown(): Promise<void> {
  await server?.close();
}
