import { resolve } from 'node:path';
import { build, type Metafile } from 'esbuild';
import { expect, it } from 'vitest';

const REPO = resolve(import.meta.dirname, '../..');
const HEAVY = /node_modules\/(?:ai|@ai-sdk|zod)\//;

/** What is loaded when a module is: its own chunk and those it imports with a plain `import`. */
function loadedAtOnce({ outputs }: Metafile, path: string, seen = new Set<string>()): Set<string> {
  if (seen.has(path)) return seen;
  seen.add(path);
  for (const { kind, path: next } of outputs[path]?.imports ?? []) {
    if (kind === 'import-statement') loadedAtOnce({ inputs: {}, outputs }, next, seen);
  }
  return seen;
}

it('[J35] nothing of the AI SDK or the MCP client is loaded before the first run needs it', async () => {
  const { metafile } = await build({
    absWorkingDir: REPO,
    entryPoints: ['src/agent/agent.ts', 'src/agent/mcp-tools.ts', 'src/agent/tools/table.ts'],
    outdir: 'unwritten',
    bundle: true,
    splitting: true,
    format: 'esm',
    metafile: true,
    write: false,
    logLevel: 'silent',
    external: ['node:*', 'cloudflare:*'],
    platform: 'node',
  });
  const entries = Object.entries(metafile.outputs).filter(([, { entryPoint }]) =>
    entryPoint?.startsWith('src/agent/'),
  );
  const first = entries.filter(([, { entryPoint }]) => !entryPoint?.endsWith('-sdk.ts'));
  expect(first.map(([, { entryPoint }]) => entryPoint)).toHaveLength(3);
  const loaded = new Set(first.flatMap(([path]) => [...loadedAtOnce(metafile, path)]));
  const inputs = [...loaded].flatMap((path) => Object.keys(metafile.outputs[path]?.inputs ?? {}));
  expect(inputs.filter((path) => HEAVY.test(path))).toEqual([]);
  const all = Object.keys(metafile.inputs);
  expect(all.some((path) => HEAVY.test(path))).toBe(true);
});
