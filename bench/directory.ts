/** `npm run bench:directory`: what a shard of the directory takes to hear a report and to answer, by how full it is. */
import { availableParallelism, cpus } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { type RunningBundle, startBundle } from '../scripts/bundle.ts';
import { percentile } from './statistics.ts';

/** A sixteenth of a million users, and more in one shard than that. */
const SIZES = [1_000, 62_500, 100_000];
const DAYS = 90;
const ROUNDS = 7;

/** What is asked, how it reads in the table, and how often in one turn. */
const QUESTIONS = [
  { what: 'heartbeat', title: 'report, nothing spent', times: 2_000 },
  { what: 'paid', title: 'report, a response paid', times: 2_000 },
  { what: 'reopened', title: 'report, one session ended and one begun', times: 2_000 },
  { what: 'stats', title: 'stats', times: 50 },
  { what: 'sessions', title: 'page of 50 sessions', times: 200 },
  { what: 'users', title: 'page of 50 users', times: 200 },
  { what: 'find', title: 'whose is a session', times: 2_000 },
] as const;

const code = await bundleShard();
const columns = [];
for (const users of SIZES) columns.push(await measure(users));
print(columns);

interface Column {
  readonly users: number;
  readonly rows: ReadonlyMap<string, string>;
}

async function measure(users: number): Promise<Column> {
  const runtime = await startBundle({ code, durableObjects: { SHARDS: 'FilledShard' }, vars: {} });
  try {
    const rows = new Map<string, string>();
    const bare = await ask(runtime, { do: 'fillUsers', count: users });
    let full = bare;
    for (let daysAgo = DAYS; daysAgo >= 0; daysAgo -= 1)
      full = await ask(runtime, { do: 'fillDay', daysAgo });
    for (const { what, title, times } of QUESTIONS)
      rows.set(title, shown(await msOf(runtime, { what, times })));
    rows.set('reports by RPC, 64 at a time', `${await reportsPerSecond(runtime)}/s`);
    // The next day over the edge, swept as it would be at midnight.
    await ask(runtime, { do: 'fillDay', daysAgo: DAYS + 1 });
    rows.set('sweep of one day of everybody', shown(await timed(() => ask(runtime, { do: 'sweep' }))));
    rows.set('bytes a user, no days kept', (bare / users).toFixed(0));
    rows.set(`bytes a user, ${DAYS + 1} days kept`, (full / users).toFixed(0));
    rows.set('database', `${(full / 2 ** 20).toFixed(0)} MiB`);
    return { users, rows };
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
    const full = await timed(() => ask(runtime, { do: 'work', what, times }));
    if (round >= 0) rounds.push((full - empty) / times);
  }
  return percentile(rounds, 0.5);
}

async function reportsPerSecond(runtime: RunningBundle): Promise<number> {
  const times = 5_000;
  const rounds: number[] = [];
  for (let round = -1; round < ROUNDS; round += 1) {
    const ms = await timed(() => ask(runtime, { do: 'reports', times, 'at-once': 64 }));
    if (round >= 0) rounds.push((times / ms) * 1_000);
  }
  return Math.round(percentile(rounds, 0.5));
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

async function bundleShard(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [join(import.meta.dirname, 'shard/worker.ts')],
    bundle: true,
    format: 'esm',
    target: 'es2024',
    external: ['cloudflare:workers'],
    write: false,
  });
  return outputFiles[0]?.text ?? '';
}

function shown(ms: number): string {
  return ms < 1 ? `${(ms * 1_000).toFixed(0)} µs` : `${ms.toFixed(1)} ms`;
}

function print(measured: readonly Column[]): void {
  const heads = ['', ...measured.map(({ users }) => `${users.toLocaleString('en')} users`)];
  const titles = [...(measured[0]?.rows.keys() ?? [])];
  const lines = titles.map((title) => [title, ...measured.map(({ rows }) => rows.get(title) ?? '')]);
  for (const row of [heads, heads.map(() => '---'), ...lines]) console.log(`| ${row.join(' | ')} |`);
  console.log(
    `\n${cpus()[0]?.model ?? 'unknown'}, ${availableParallelism()} cores; medians of ${ROUNDS} rounds.`,
  );
}
