/** `npm run test:live`: what the emulator is believed to do, asked of a real Azure. Needs three variables, says which are missing. */
import { resolve } from 'node:path';
import { startVitest } from 'vitest/node';

import { missingVariables } from './live-variables.ts';

const missing = missingVariables(process.env);
if (missing.length === 0) {
  await runSuite();
} else {
  for (const line of missing) console.error(line);
  console.error('Nothing was run. Set them in the environment; the suite costs a few cents.');
  process.exitCode = 1;
}

/** One case after the other, once; sets the exit code. The only place that lets the suite leave this machine. */
async function runSuite(): Promise<void> {
  const vitest = await startVitest('test', [], {
    config: false,
    root: resolve(import.meta.dirname, '..'),
    include: ['test/conformance/**/*.test.ts'],
    env: { CONFORMANCE: 'live' },
    fileParallelism: false,
    testTimeout: 90_000,
    hookTimeout: 30_000,
    watch: false,
  });
  await vitest.close();
}
