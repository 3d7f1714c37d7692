/**
 * `npm run bench:emulator`: whether many calls at once keep their pacing. Prints how late pieces of sound come, and how
 * late the emulator's event loop ran. `-- --calls N --seconds N`; `--arrival 0 --spoken 1` lets everybody speak at the
 * same moment; `--profile` leaves a CPU profile of the emulator in node_modules/.cache/profile.
 */
import { fork } from 'node:child_process';
import { on, once } from 'node:events';
import { availableParallelism, cpus } from 'node:os';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';

import { recall } from '../emulator/voice/speech-cache.ts';
import type { SubjectMessage } from './emulator-subject.ts';
import { percentile } from './statistics.ts';
import { type Question, talk, type Talker } from './talker.ts';

/** Calls begin one after the other within this time, as callers do. */
const ARRIVAL_MS = 2_000;

/** Short and long answers. */
const TYPED = ['Hello', 'Count to twelve', 'What can you do?'];

/** One in three calls is spoken: the emulator finds the turn, measures it, and plays it back. */
const SPOKEN = 'Please tell me everything you know about the weather in Paris';
const TURN_END_BYTES = 48_000;

const { values } = parseArgs({
  options: {
    calls: { type: 'string', default: '200' },
    seconds: { type: 'string', default: '20' },
    arrival: { type: 'string', default: `${ARRIVAL_MS}` },
    spoken: { type: 'string', default: '3' },
    profile: { type: 'boolean', default: false },
  },
});
await main(Number(values.calls), Number(values.seconds));

async function main(calls: number, seconds: number): Promise<void> {
  const profiling = values.profile ? ['--cpu-prof', '--cpu-prof-dir=node_modules/.cache/profile'] : [];
  const subject = fork(resolve(import.meta.dirname, 'emulator-subject.ts'), {
    execArgv: profiling,
  });
  const next = async (): Promise<SubjectMessage> => {
    for await (const [message] of on(subject, 'message')) return message;
    throw new Error('The emulator has ended');
  };
  try {
    const listening = await next();
    if (listening.name !== 'listening') throw new Error('The emulator did not tell its address');
    subject.send('start');
    const talkers = await arrive(listening.url, calls);
    await sleep(seconds * 1000);
    const report = next();
    subject.send('report');
    print(talkers, await report, seconds);
    for (const talker of talkers) talker.hangUp();
  } finally {
    const ended = once(subject, 'exit');
    subject.disconnect();
    await ended;
  }
}

async function arrive(url: string, calls: number): Promise<Talker[]> {
  const talkers: Promise<Talker>[] = [];
  const sound = await recall({ text: SPOKEN, voice: 'echo', speed: 1 }, 24_000);
  const spoken = Buffer.concat([sound, Buffer.alloc(TURN_END_BYTES)]);
  for (let index = 0; index < calls; index += 1) {
    const typed = TYPED[index % TYPED.length] ?? 'Hello';
    const question: Question = index % Number(values.spoken) === 0 ? spoken : typed;
    talkers.push(talk(url, question));
    const pauseMs = Number(values.arrival) / calls;
    if (pauseMs > 0) await sleep(pauseMs);
  }
  return Promise.all(talkers);
}

function print(talkers: readonly Talker[], loop: SubjectMessage, seconds: number): void {
  const lateness = talkers.flatMap(({ seen }) => seen.latenessMs);
  const answers = talkers.reduce((sum, { seen }) => sum + seen.answers, 0);
  const [p50, p99, worst] = [0.5, 0.99, 1].map((share) => percentile(lateness, share).toFixed(1));
  console.log(
    `${talkers.length} calls at the pace of life for ${seconds} s, each with a microphone (50 frames/s).`,
  );
  console.log(
    `${availableParallelism()} cores of ${cpus()[0]?.model ?? 'an unknown make'}, Node ${process.version}`,
  );
  console.log(`${lateness.length} pieces of sound in ${answers} answers came late by:`);
  console.log(`  p50 ${p50} ms   p99 ${p99} ms   worst ${worst} ms`);
  if (loop.name !== 'report') return;
  const [half, most, max] = [loop.p50Ms, loop.p99Ms, loop.maxMs].map((ms) => ms.toFixed(1));
  console.log(`The emulator's event loop was late by (samples every 5 ms included):`);
  console.log(`  p50 ${half} ms   p99 ${most} ms   worst ${max} ms`);
}

function sleep(ms: number): Promise<void> {
  return new Promise((done) => {
    setTimeout(done, ms);
  });
}
