/** `npm run bench:memory`: what a conversation costs to open, continue and search, by how long it is. */
import { availableParallelism, cpus } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { type RunningBundle, startBundle } from '../scripts/bundle.ts';
import { percentile } from './statistics.ts';

const SIZES = [100, 10_000, 100_000];
const ROUNDS = 7;

/** Messages added by one request: a connection is not kept for one that takes a minute. */
const AT_ONCE = 5_000;

/** What is asked, how it reads in the table, and how often in one turn. */
const QUESTIONS = [
  { what: 'open', title: 'newest page of 50', times: 100 },
  { what: 'back', title: 'page of 50 in the middle', times: 100 },
  { what: 'recall', title: 'recall of 2,000 tokens', times: 50 },
  { what: 'list', title: 'page of the list', times: 200 },
  { what: 'rare', title: 'search for a rare word', times: 20 },
  { what: 'common', title: 'search for a word of most messages', times: 3 },
  { what: 'prefix', title: 'search for a beginning of most messages', times: 3 },
  { what: 'export', title: 'export', times: 1 },
  { what: 'append', title: 'keep a message', times: 50 },
  { what: 'note', title: 'note a message', times: 50 },
] as const;

const code = await bundleMemory();
const columns = [];
for (const messages of SIZES) columns.push(await measure(messages));
print(columns);

interface Column {
  readonly messages: number;
  /** Milliseconds, or bytes where the title says so. */
  readonly rows: ReadonlyMap<string, number>;
}

async function measure(messages: number): Promise<Column> {
  const runtime = await startBundle({ code, durableObjects: { MEMORIES: 'FilledMemory' }, vars: {} });
  try {
    const rows = new Map<string, number>();
    let full = 0;
    for (let left = messages; left > 0; left -= AT_ONCE)
      full = await ask(runtime, { do: 'fill', count: Math.min(left, AT_ONCE) });
    for (const { what, title, times } of QUESTIONS) rows.set(title, await msOf(runtime, { what, times }));
    rows.set('delete it', await timed(() => ask(runtime, { do: 'delete' })));
    rows.set('bytes a message', full / messages);
    return { messages, rows };
  } finally {
    await runtime.close();
  }
}

/** The median over the rounds, of one thing done once; what it takes to be asked at all is taken off. */
async function msOf(
  runtime: RunningBundle,
  { what, times }: { readonly what: string; readonly times: number },
): Promise<number> {
  const rounds: number[] = [];
  for (let round = -1; round < ROUNDS; round += 1) {
    const empty = await timed(() => ask(runtime, { do: 'work', what: 'nothing', times }));
    const whole = await timed(() => ask(runtime, { do: 'work', what, times }));
    if (round >= 0) rounds.push((whole - empty) / times);
  }
  return percentile(rounds, 0.5);
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const before = performance.now();
  await work();
  return performance.now() - before;
}

async function ask({ url }: RunningBundle, query: Record<string, string | number>): Promise<number> {
  const asked = new URL(url);
  for (const [name, value] of Object.entries(query)) asked.searchParams.set(name, String(value));
  const response = await fetch(asked);
  if (!response.ok) throw new Error(`${asked.search} was answered ${response.status}`);
  return Number(await response.json());
}

async function bundleMemory(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [join(import.meta.dirname, 'memory/worker.ts')],
    bundle: true,
    format: 'esm',
    target: 'es2024',
    external: ['cloudflare:workers'],
    write: false,
  });
  return outputFiles[0]?.text ?? '';
}

function print(measured: readonly Column[]): void {
  const [first] = measured;
  const heads = [
    '',
    ...measured.map(({ messages }) => `${messages.toLocaleString('en')} messages`),
    'last to first',
  ];
  const lines = [...(first?.rows.keys() ?? [])].map((title) => {
    const values = measured.map(({ rows }) => rows.get(title) ?? 0);
    const ratio = (values.at(-1) ?? 0) / (values[0] ?? 1);
    return [title, ...values.map((value) => shown(title, value)), `${ratio.toFixed(1)}×`];
  });
  for (const row of [heads, heads.map(() => '---'), ...lines]) console.log(`| ${row.join(' | ')} |`);
  console.log(
    `\n${cpus()[0]?.model ?? 'unknown'}, ${availableParallelism()} cores; medians of ${ROUNDS} rounds.`,
  );
}

function shown(title: string, value: number): string {
  if (title.startsWith('bytes')) return value.toFixed(0);
  return value < 1 ? `${(value * 1_000).toFixed(0)} µs` : `${value.toFixed(1)} ms`;
}
