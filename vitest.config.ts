import { cloudflareTest } from '@cloudflare/vitest-plugin';
import { defineConfig } from 'vitest/config';

/**
 * Three speeds. `plain`: pure code and the emulator, in Node. `workerd`: the Worker and its objects inside the real
 * runtime, against the emulator. `browser`: the whole product on real ports, with raw clients and a real Chromium.
 */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'plain',
          environment: 'node',
          include: ['test/**/*.test.ts'],
          exclude: ['test/**/*.workerd.test.ts', 'test/journey/**', 'test/browser/**'],
        },
      },
      {
        plugins: [
          cloudflareTest({
            wrangler: { configPath: './wrangler.toml' },
          }),
        ],
        test: {
          name: 'workerd',
          include: ['test/**/*.workerd.test.ts'],
          globalSetup: ['./test/workerd/global-setup.ts'],
        },
      },
      {
        test: {
          name: 'browser',
          environment: 'node',
          include: ['test/journey/**/*.test.ts', 'test/browser/**/*.test.ts'],
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
