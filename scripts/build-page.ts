/**
 * Builds what the page runs into `public/app/`, the page's own module and one for each audio worklet, and writes the
 * headers that go with every asset.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { build, type BuildOptions } from 'esbuild';
import { headersFile } from '../src/worker/security-policy.ts';

const REPO = resolve(import.meta.dirname, '..');
const CLIENT = join(REPO, 'src/client');
const HEADERS = join(REPO, 'public/_headers');

/** Entry points by the name they are served under, below `/app/`. The page fetches all but the first when it needs them. */
const PAGE = {
  main: join(CLIENT, 'main.ts'),
  markdown: join(CLIENT, 'markdown/stream.ts'),
  peer: join(CLIENT, 'peer/peer.ts'),
  'page-tools': join(CLIENT, 'tools/page-tools.ts'),
};

/** Each is alone in its thread. */
const WORKLETS = {
  'microphone-worklet': join(CLIENT, 'worklets/microphone-worklet.ts'),
  'speaker-worklet': join(CLIENT, 'worklets/speaker-worklet.ts'),
};

/** One file that was built. Sizes in bytes; `gzipBytes` is what travels. */
export interface BuiltFile {
  readonly name: string;
  readonly bytes: number;
  readonly gzipBytes: number;
}

/** Builds the page's modules. Rejects, with esbuild's own account of it, when anything does not resolve or parse. */
export async function buildPage(outdir: string = join(REPO, 'public/app')): Promise<readonly BuiltFile[]> {
  const options = {
    outdir,
    bundle: true,
    minify: true,
    format: 'esm',
    target: ['chrome110', 'firefox115', 'safari16.4'],
    legalComments: 'none',
    logLevel: 'error',
    metafile: true,
  } as const satisfies BuildOptions;
  const built = await Promise.all([
    build({ ...options, entryPoints: PAGE, splitting: true, chunkNames: 'shared' }),
    build({ ...options, entryPoints: WORKLETS }),
  ]);
  const paths = built.flatMap(({ metafile }) => Object.keys(metafile.outputs));
  return Promise.all(paths.map((path) => weigh(outdir, basename(path))));
}

/** Writes `public/_headers` from the table of headers; a file that says the same already is not touched. */
export async function writeHeaders(): Promise<void> {
  const written = await readFile(HEADERS, 'utf8').catch(() => '');
  if (written !== headersFile()) await writeFile(HEADERS, headersFile());
}

async function weigh(outdir: string, name: string): Promise<BuiltFile> {
  const path = join(outdir, name);
  const content = await readFile(path);
  const { length: gzipBytes } = await promisify(gzip)(content);
  return { name, bytes: content.length, gzipBytes };
}

if (import.meta.main) {
  await writeHeaders();
  for (const { name, bytes, gzipBytes } of await buildPage()) {
    console.log(`public/app/${name}  ${bytes} bytes, ${gzipBytes} gzipped`);
  }
}
