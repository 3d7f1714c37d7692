import { cloudflareTest } from '@cloudflare/vitest-plugin';
import { defineConfig } from 'vitest/config';
import { workerVariables } from './test/support/worker-variables.ts';

/**
 * Three speeds. `plain`: pure code and the emulator, in Node. `workerd`: the Worker and its objects inside the real
 * runtime, against the emulator. `browser`: the whole product on real ports, with raw clients and a real Chromium.
 */
export default defineConfig({
  test: {
    // What a passing test printed is of no use to anybody.
    silent: 'passed-only',
    projects: [
      {
        test: {
          name: 'plain',
          environment: 'node',
          // Base64 of the platform: in workerd and browsers already, not in this Node.
          setupFiles: ['./test/support/base64.ts'],
          // Nothing here waits for the other core, and no file leaves anything behind for the next.
          maxWorkers: 2,
          isolate: false,
          sequence: { groupOrder: 0 },
          env: {
            // `npm run test:live` alone asks a real Azure; this never leaves the machine.
            CONFORMANCE: 'emulator',
            EMULATOR_SPEECH_CACHE: `${import.meta.dirname}/node_modules/.cache/speech`,
          },
          include: ['test/**/*.test.ts'],
          exclude: ['test/**/*.workerd.test.ts', 'test/journey/**', 'test/browser/**'],
        },
      },
      {
        plugins: [
          cloudflareTest(({ inject }) => ({
            wrangler: { configPath: './wrangler.toml' },
            miniflare: { bindings: workerVariables(inject('azureEndpoint')) },
          })),
        ],
        test: {
          name: 'workerd',
          include: ['test/**/*.workerd.test.ts'],
          globalSetup: ['./test/support/emulator-setup.ts'],
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          name: 'browser',
          environment: 'node',
          include: ['test/journey/**/*.test.ts', 'test/browser/**/*.test.ts'],
          // One after the other, and after the rest: sound and close handshakes are measured in real time.
          fileParallelism: false,
          sequence: { groupOrder: 2 },
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
