/**
 * The runtime alone, as Cloudflare's machines run it: Miniflare puts a Worker of its own before a request and another
 * behind each `fetch`, on the same thread, and their time would be told as ours.
 */
import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { unstable_readConfig } from 'wrangler';
import type { Bundle } from '../scripts/bundle.ts';

const REPO = resolve(import.meta.dirname, '..');

/** File descriptor on which workerd tells what it listens on. */
const CONTROL = 3;

/**
 * Serves a bundle on any free port of loopback; its objects' storage is on the disk, and goes when it is closed. `heapMb`: as
 * much as V8 may keep; unless told, it collects what is left over when it likes.
 */
export async function startWorkerd(
  { code, durableObjects, vars }: Bundle,
  { heapMb = null }: { readonly heapMb?: number | null } = {},
) {
  const directory = await mkdtemp(join(tmpdir(), 'voxgate-workerd-'));
  const storage = join(directory, 'objects');
  await mkdir(storage);
  await writeFile(join(directory, 'index.mjs'), code);
  await writeFile(join(directory, 'config.capnp'), configOf({ durableObjects, vars, storage, heapMb }));
  const workerd = spawn(
    join(REPO, 'node_modules/.bin/workerd'),
    ['serve', `--control-fd=${CONTROL}`, join(directory, 'config.capnp')],
    { stdio: ['ignore', 'ignore', 'inherit', 'pipe'] },
  );
  const ended = once(workerd, 'exit');
  const port = await portOf(workerd.stdio[CONTROL] as Readable);
  return {
    url: `ws://127.0.0.1:${port}`,
    pid: workerd.pid ?? null,
    /** The ids of all objects of a binding that ever kept anything. */
    objectIds: async (binding: string): Promise<readonly string[]> => {
      const files = await readdir(join(storage, keyOf(binding))).catch(() => []);
      return files.filter((name) => name.endsWith('.sqlite')).map((name) => name.replace('.sqlite', ''));
    },
    /** The keys of everything that the objects of a binding keep beside their tables. */
    keys: async (binding: string): Promise<readonly string[]> => {
      const from = join(storage, keyOf(binding));
      const files = (await readdir(from)).filter((name) => name.endsWith('.sqlite'));
      return files.flatMap((name) => keysIn(join(from, name)));
    },
    [Symbol.asyncDispose]: async () => {
      workerd.kill();
      await ended;
      await rm(directory, { recursive: true, force: true });
    },
  };
}

async function portOf(control: Readable): Promise<number> {
  for await (const line of createInterface({ input: control })) {
    const told: { event?: string; port?: number } = JSON.parse(line);
    if (told.event === 'listen' && told.port !== undefined) return told.port;
  }
  throw new Error('The runtime ended before it listened');
}

function configOf({
  durableObjects,
  vars,
  storage,
  heapMb,
}: Pick<Bundle, 'durableObjects' | 'vars'> & {
  readonly storage: string;
  readonly heapMb: number | null;
}): string {
  const { compatibility_date: date, compatibility_flags: flags } = unstable_readConfig({
    config: join(REPO, 'wrangler.toml'),
  });
  const objects = Object.entries(durableObjects);
  const bindings = [
    ...Object.entries(vars).map(([name, text]) => `(name = ${quoted(name)}, text = ${quoted(text)})`),
    ...objects.map(
      ([name, className]) => `(name = ${quoted(name)}, durableObjectNamespace = ${quoted(className)})`,
    ),
  ];
  const namespaces = objects.map(
    ([name, className]) =>
      `(className = ${quoted(className)}, uniqueKey = ${quoted(keyOf(name))}, enableSql = true)`,
  );
  return `
using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = .main),
    (name = "storage", disk = (path = ${quoted(storage)}, writable = true)),
    (name = "internet", network = (allow = ["public", "private"])),
  ],
  v8Flags = [${heapMb === null ? '' : quoted(`--max-old-space-size=${heapMb}`)}],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
);
const main :Workerd.Worker = (
  modules = [(name = "index.mjs", esModule = embed "index.mjs")],
  compatibilityDate = ${quoted(String(date))},
  compatibilityFlags = [${flags.map(quoted).join(', ')}],
  bindings = [${bindings.join(', ')}],
  durableObjectNamespaces = [${namespaces.join(', ')}],
  durableObjectStorage = (localDisk = "storage"),
);
`;
}

function keysIn(file: string): readonly string[] {
  const database = new DatabaseSync(file, { readOnly: true });
  try {
    const tables = database.prepare("SELECT 1 FROM sqlite_master WHERE name = '_cf_KV'").all();
    const rows = tables.length === 0 ? [] : database.prepare('SELECT key FROM _cf_KV').all();
    return rows.map(({ key }) => String(key));
  } finally {
    database.close();
  }
}

function keyOf(binding: string): string {
  return `voxgate-${binding}`;
}

function quoted(text: string): string {
  return JSON.stringify(text);
}
