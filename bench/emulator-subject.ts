/** The emulator in a process of its own, as `bench/emulator.ts` starts it: tells its address, and on request how its event loop did. */
import { monitorEventLoopDelay } from 'node:perf_hooks';

import { startEmulator } from '../emulator/server.ts';

/** What the process sends: once when it listens, and once for each `'report'` it is sent. Milliseconds. */
export type SubjectMessage =
  | { readonly name: 'listening'; readonly url: string }
  | { readonly name: 'report'; readonly p50Ms: number; readonly p99Ms: number; readonly maxMs: number };

const RESOLUTION_MS = 5;
const NS_PER_MS = 1_000_000;

/** Sound at the speed at which it is heard. */
const PACE_OF_LIFE = 5;

const emulator = await startEmulator({ port: 0, pace: PACE_OF_LIFE });
const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
process.on('message', (request) => {
  if (request === 'start') {
    delay.reset();
    delay.enable();
  }
  if (request === 'report') {
    tell({
      name: 'report',
      p50Ms: delay.percentile(50) / NS_PER_MS,
      p99Ms: delay.percentile(99) / NS_PER_MS,
      maxMs: delay.max / NS_PER_MS,
    });
  }
});
process.once('disconnect', () => void emulator.close().then(() => process.exit(0)));
tell({ name: 'listening', url: emulator.url });

function tell(message: SubjectMessage): void {
  process.send?.(message);
}
