/** The Worker as it is deployed, on the bare runtime: without the reloading and the extra hop of a development server. */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { convertV4MiniflareOptions, Miniflare } from 'miniflare';
import { unstable_readConfig } from 'wrangler';

const REPO = resolve(import.meta.dirname, '..');

/** A Worker's module and what it is bound to. */
export interface Bundle {
  readonly code: string;
  /** Objects by binding: the name of the class. */
  readonly durableObjects: Readonly<Record<string, string>>;
  readonly vars: Readonly<Record<string, string>>;
  /** Told every line that the Worker prints. Default: nobody is. */
  readonly log?: (line: string) => void;
}

/** A runtime that serves one bundle. */
export interface RunningBundle {
  /** Origin, `http://127.0.0.1:PORT`. */
  readonly url: string;
  /** The ids of all objects of a binding that were ever woken. */
  readonly objectIds: (binding: string) => Promise<readonly string[]>;
  readonly close: () => Promise<void>;
}

/** Bundles the Worker exactly as `wrangler deploy` would, and returns its one module. */
export async function buildBundle(): Promise<string> {
  const outdir = await mkdtemp(join(tmpdir(), 'voxgate-bundle-'));
  try {
    await promisify(execFile)(
      join(REPO, 'node_modules/.bin/wrangler'),
      ['deploy', '--dry-run', '--minify=false', '--outdir', outdir],
      { cwd: REPO, env: { ...process.env, WRANGLER_SEND_METRICS: 'false', WRANGLER_WRITE_LOGS: 'false' } },
    );
    return await readFile(join(outdir, 'index.js'), 'utf8');
  } finally {
    await rm(outdir, { recursive: true, force: true });
  }
}

/**
 * Serves a bundle on any free port of loopback, with the compatibility date and flags of wrangler.toml, without the
 * page and with its objects' storage in a directory that goes when it is closed.
 */
export async function startBundle({ code, durableObjects, vars, log }: Bundle): Promise<RunningBundle> {
  const config = unstable_readConfig({ config: join(REPO, 'wrangler.toml') });
  const objects = Object.entries(durableObjects).map(([binding, className]) => [
    binding,
    { className, useSQLite: true },
  ]);
  const runtime = new Miniflare(
    convertV4MiniflareOptions({
      host: '127.0.0.1',
      port: 0,
      cf: false,
      handleStructuredLogs: ({ message }) => log?.(message),
      compatibilityDate: String(config.compatibility_date),
      compatibilityFlags: config.compatibility_flags,
      modules: [{ type: 'ESModule', path: 'index.mjs', contents: code }],
      durableObjects: Object.fromEntries(objects),
      bindings: { ...vars },
    }),
  );
  const { origin } = await runtime.ready;
  return {
    url: origin,
    objectIds: (binding) => runtime.listDurableObjectIds(binding),
    close: () => runtime.dispose(),
  };
}
