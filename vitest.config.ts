import { cloudflareTest } from '@cloudflare/vitest-plugin';
import { defineConfig } from 'vitest/config';
import { ALONE } from './test/support/alone.ts';
import { workerVariables } from './test/support/worker-variables.ts';

/** Conversations with the emulator on real ports, in Node: seconds, where plain tests take milliseconds. */
const ON_PORTS = [
  'test/emulator/**/*.test.ts',
  'test/conformance/**/*.test.ts',
  'test/agent/ports/**/*.test.ts',
];

/** The whole product on real ports, with raw clients: they wait more than they work. */
const JOURNEYS = ['test/journey/**/*.test.ts'];

/** Pages in which no sound is measured: they wait for what they do, however long it takes. */
const PAGES = [
  'test/browser/{call-survives,chromium,docs,page-chat,page-memory,page-money,page-sign-in,page-tools}.test.ts',
];

/** The other pages, and whatever measures sound, silence and short lives as they happen. */
const IN_REAL_TIME = ['test/browser/**/*.test.ts', 'test/journey/{short-sessions,upstream,wire}.test.ts'];

const onPorts = {
  environment: 'node' as const,
  testTimeout: 60_000,
  hookTimeout: 120_000,
  // What comes in its own time comes later on a machine that does other things too.
  expect: { poll: { timeout: 10_000 } },
};

const inNode = {
  environment: 'node' as const,
  // Base64 of the platform: in workerd and browsers already, not in this Node.
  setupFiles: ['./test/support/base64.ts'],
  // Nothing here waits for the other core, and no file leaves anything behind for the next.
  maxWorkers: 2,
  isolate: false,
  env: {
    // `npm run test:live` alone asks a real Azure; this never leaves the machine.
    CONFORMANCE: 'emulator',
    EMULATOR_SPEECH_CACHE: `${import.meta.dirname}/node_modules/.cache/speech`,
  },
};

/** Inside the real runtime, with variables that reach the emulator of the project. */
const inRuntime = cloudflareTest(({ inject }) => ({
  wrangler: { configPath: './wrangler.toml' },
  miniflare: { bindings: workerVariables(inject('azureEndpoint')) },
}));

const besideTheRuntime = {
  globalSetup: ['./test/support/emulator-setup.ts', './test/support/key-server-setup.ts'],
};

/**
 * Three speeds. `plain`: pure code, in Node; beside it `emulator`, the same with real ports. `workerd`: the Worker and
 * its objects inside the real runtime, against the emulator; `workerd-alone`, those of them that look at it. `journey`, `pages` and `browser`: the whole product on real
 * ports, with raw clients and a real Chromium.
 */
export default defineConfig({
  test: {
    // What a passing test printed is of no use to anybody.
    silent: 'passed-only',
    projects: [
      {
        test: {
          ...inNode,
          name: 'plain',
          // A property is tried a thousand times; on a machine that does other things too that takes a while.
          testTimeout: 20_000,
          include: ['test/**/*.test.ts'],
          exclude: ['test/**/*.workerd.test.ts', ...ON_PORTS, ...JOURNEYS, ...IN_REAL_TIME],
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          ...inNode,
          name: 'emulator',
          include: ON_PORTS,
          sequence: { groupOrder: 0 },
        },
      },
      {
        plugins: [inRuntime],
        test: {
          ...besideTheRuntime,
          name: 'workerd',
          include: ['test/**/*.workerd.test.ts'],
          exclude: ALONE,
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
        },
      },
      {
        plugins: [inRuntime],
        test: {
          ...besideTheRuntime,
          name: 'workerd-alone',
          include: ALONE,
          fileParallelism: false,
          sequence: { groupOrder: 2 },
        },
      },
      {
        test: {
          ...onPorts,
          name: 'journey',
          include: JOURNEYS,
          exclude: IN_REAL_TIME,
          maxWorkers: 2,
          sequence: { groupOrder: 3 },
        },
      },
      {
        test: {
          ...onPorts,
          name: 'pages',
          include: PAGES,
          maxWorkers: 2,
          sequence: { groupOrder: 3 },
        },
      },
      {
        test: {
          ...onPorts,
          name: 'browser',
          include: IN_REAL_TIME,
          exclude: PAGES,
          // One after the other, and after the rest: sound and close handshakes are measured in real time.
          fileParallelism: false,
          sequence: { groupOrder: 4 },
        },
      },
    ],
  },
});
