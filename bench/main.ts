/** `npm run bench`: every way of a frame measured in turns, in one run on one machine. Ratios are the result. */
import { writeFile } from 'node:fs/promises';
import { availableParallelism, cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { type Caller, openCall } from './caller.ts';
import { cpuMs } from './cpu.ts';
import { framesPerSecond, roundTrips } from './measure.ts';
import { type Result, type Round, summarise, toTable } from './report.ts';
import { percentile, rotated } from './statistics.ts';
import { BARE, DIRECT, startSubjects, type Subject } from './subjects.ts';

const CALLS = 32;

/** How long each thing is measured in each round; the first round only warms up and is thrown away. */
interface Plan {
  readonly rounds: number;
  readonly latencyMs: number;
  readonly oneMs: number;
  readonly manyMs: number;
}

const FULL: Plan = { rounds: 10, latencyMs: 700, oneMs: 700, manyMs: 1_200 };
const QUICK: Plan = { rounds: 3, latencyMs: 250, oneMs: 250, manyMs: 400 };

interface OpenSubject {
  readonly subject: Subject;
  readonly callers: readonly Caller[];
}

const { values } = parseArgs({
  options: { json: { type: 'string' }, quick: { type: 'boolean', default: false } },
});
await main(values.quick ? QUICK : FULL, values.json ?? null);

async function main(plan: Plan, jsonFile: string | null): Promise<void> {
  const { subjects, close } = await startSubjects(CALLS);
  try {
    const opened: OpenSubject[] = [];
    for (const subject of subjects) opened.push({ subject, callers: await openCalls(subject) });
    const results = await measure(opened, plan);
    const summaries = summarise(results, { direct: DIRECT, floor: BARE });
    console.log(`${toTable(summaries, CALLS)}\n`);
    console.log(
      'Median of the rounds (least–most). Floor: the bare Durable Object relay, same runtime and settings.',
    );
    if (jsonFile)
      await writeFile(jsonFile, JSON.stringify({ machine: machine(), plan, summaries, results }, null, 2));
    for (const { callers } of opened) for (const caller of callers) caller.close();
  } finally {
    await close();
  }
}

async function openCalls(subject: Subject): Promise<readonly Caller[]> {
  const callers: Caller[] = [];
  for (let index = 0; index < CALLS; index += 1) callers.push(await openCall(subject.destination(index)));
  return callers;
}

async function measure(opened: readonly OpenSubject[], plan: Plan): Promise<readonly Result[]> {
  const rounds = new Map<string, Round[]>(opened.map(({ subject }) => [subject.name, []]));
  for (let round = -1; round < plan.rounds; round += 1) {
    for (const one of rotated(opened, round + 1)) {
      const measured = await Promise.race([
        measureOnce(one, plan),
        ...one.callers.map(({ broken }) => broken),
      ]);
      if (round >= 0) rounds.get(one.subject.name)?.push(measured);
    }
    if (process.stderr.isTTY) process.stderr.write(`\r${round + 1} of ${plan.rounds} rounds `);
  }
  if (process.stderr.isTTY) process.stderr.write('\r\x1b[K');
  return [...rounds].map(([name, of]) => ({ name, rounds: of }));
}

async function measureOnce({ subject, callers }: OpenSubject, plan: Plan): Promise<Round> {
  const first = callers.slice(0, 1);
  const [caller] = first;
  if (!caller) throw new Error(`${subject.name} has no call to measure`);
  const times = await roundTrips(caller, plan.latencyMs);
  const fpsOne = await framesPerSecond(first, plan.oneMs);
  const before = await cpuMs(subject.pid);
  const fpsMany = await framesPerSecond(callers, plan.manyMs);
  const after = await cpuMs(subject.pid);
  const frames = (fpsMany * plan.manyMs) / 1000;
  return {
    p50Ms: percentile(times, 0.5),
    p99Ms: percentile(times, 0.99),
    fpsOne,
    fpsMany,
    cpuUs: before === null || after === null ? null : ((after - before) * 1000) / frames,
  };
}

function machine(): object {
  const { node, v8 } = process.versions;
  return { cpu: cpus()[0]?.model ?? 'unknown', cores: availableParallelism(), node, v8 };
}
