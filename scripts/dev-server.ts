/**
 * Serves the Worker on loopback as `wrangler dev` would: a program of its own, started by `voxgate.ts`. It is told
 * what to serve by one message of its parent, so that no secret stands on a command line or on the disk, and ends with
 * its parent.
 */
import { resolve } from 'node:path';
import { unstable_startWorker } from 'wrangler';
import { tetherGroup } from './tether.ts';
import type { DevServerOptions } from './voxgate.ts';

const REPO = resolve(import.meta.dirname, '..');

/** A stop that takes longer than this is stuck; the tether ends the rest. */
const STOP_MS = 2_000;

/** What the runtime hands over for each line; wrangler's own type for it does not resolve from outside its package. */
interface Printed {
  readonly level: string;
  readonly message: string;
}

const untether = tetherGroup();
process.once('message', (options: DevServerOptions) => void serve(options));
process.once('disconnect', () => void stop());

let dispose: () => Promise<void> = async () => undefined;

async function serve({ port, stateDir, vars, isWatching }: DevServerOptions): Promise<void> {
  const worker = await unstable_startWorker({
    config: resolve(REPO, 'wrangler.toml'),
    // Named, so that `.dev.vars` is not read a second time: what the Worker gets is decided by the parent alone.
    envFiles: ['/dev/null'],
    bindings: Object.fromEntries(
      Object.entries(vars).map(([name, value]) => [name, { type: 'secret_text' as const, value }]),
    ),
    dev: {
      server: { hostname: '127.0.0.1', port, secure: false },
      inspector: false,
      persist: stateDir,
      watch: isWatching,
      remote: false,
      logLevel: 'warn',
      structuredLogsHandler: ({ level, message }: Printed) => {
        (level === 'error' || level === 'warn' ? process.stderr : process.stdout).write(`${message}\n`);
      },
    },
  });
  dispose = () => worker.dispose();
  await worker.ready;
  process.send?.({ url: String(await worker.url) });
}

async function stop(): Promise<void> {
  setTimeout(() => process.exit(1), STOP_MS);
  await dispose();
  await untether();
  process.exit(0);
}
