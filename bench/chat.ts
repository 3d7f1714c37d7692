/** `npm run bench:chat`: how much later the first words of an answer come through the gateway than from Azure's stand-in itself. */
import { availableParallelism, cpus } from 'node:os';
import { setTimeout as wait } from 'node:timers/promises';
import { WebSocket } from 'ws';
import { startEmulator } from '../emulator/server.ts';
import { cpuMs } from './cpu.ts';
import { percentile } from './statistics.ts';
import { tokenOf, voxgateItself } from './subjects.ts';
import { startWorkerd } from './workerd.ts';

const ROUNDS = 150;
/** Thrown away: the SDK is loaded by the first answer, and both ends grow warm. */
const WARM_UP = 10;

/** Messages that a longer conversation has before it is measured. */
const TURNS_BEFORE = 20;

const PAUSE_MS = 60;

const MESSAGE = 'Count to three';
const KEY = 'no key at all';

/** How long it took until a message was told to be kept, each. */
const kept: number[] = [];

const DIRECT = 'the emulator itself';
const DIRECT_LONG = `the emulator itself, after ${TURNS_BEFORE} turns`;

/** Asks once, and tells how long the first words took, in milliseconds. */
type Way = () => Promise<number>;

// Its answers come at once: what is measured is what lies between.
const emulator = await startEmulator({ port: 0, pace: 0, thinkMs: 0 });
const voxgate = await startWorkerd(
  await voxgateItself(emulator.url, {
    AZURE_API_KEY: KEY,
    MAX_REQUESTS_PER_MINUTE: '1000000',
    INSTRUCTIONS: 'Be helpful.',
  }),
);
const headers = { Authorization: `Bearer ${await tokenOf('bench')}` };
const open = await openChat();
/** The last message of each socket: in the long conversation each round takes its place, so that it stays as long as it is. */
const last = new Map<WebSocket, string>();
for (let turn = 0; turn < TURNS_BEFORE; turn += 1) await firstWords(open, MESSAGE);

const ways: readonly (readonly [string, Way])[] = [
  [DIRECT, () => direct(0)],
  [DIRECT_LONG, () => direct(TURNS_BEFORE)],
  ['a new conversation', newConversation],
  ['a long conversation', () => firstWords(open, MESSAGE, last.get(open))],
];
const times = new Map<string, number[]>(ways.map(([name]) => [name, []]));
let cpuBefore: number | null = null;
for (let round = -WARM_UP; round < ROUNDS; round += 1) {
  if (round === 0) cpuBefore = await cpuMs(voxgate.pid);
  for (const [name, way] of ways) {
    // Nobody answers at once: what the turn before left to do is done.
    await wait(PAUSE_MS);
    const ms = await way();
    if (round >= 0) times.get(name)?.push(ms);
  }
}
console.log(`Told as kept after ${percentile(kept, 0.5).toFixed(2)} ms (p50).`);
const cpuAfter = await cpuMs(voxgate.pid);
print();
if (cpuBefore !== null && cpuAfter !== null) {
  // Two turns a round: in the new and in the long conversation.
  const ms = (cpuAfter - cpuBefore) / (2 * ROUNDS);
  console.log(
    `\nProcessor time of the gateway for a whole turn, opening a socket every other time: ${ms.toFixed(1)} ms.`,
  );
}
open.close();
await voxgate[Symbol.asyncDispose]();
await emulator.close();

/** What the agent asks of Azure, asked by a program of its own. */
async function direct(turnsBefore: number): Promise<number> {
  const started = performance.now();
  const answer = await fetch(`${emulator.url}/openai/v1/chat/completions`, {
    method: 'POST',
    headers: { 'api-key': KEY, 'content-type': 'application/json' },
    body: JSON.stringify({
      model: 'gpt-4o',
      stream: true,
      stream_options: { include_usage: true },
      messages: [
        { role: 'system', content: 'Be helpful.' },
        ...Array.from({ length: turnsBefore }, () => [
          { role: 'user', content: MESSAGE },
          { role: 'assistant', content: 'One, two, three.' },
        ]).flat(),
        { role: 'user', content: MESSAGE },
      ],
    }),
  });
  let text = '';
  let ms = Number.NaN;
  const decoder = new TextDecoder();
  for await (const bytes of answer.body ?? []) {
    text += decoder.decode(bytes, { stream: true });
    if (Number.isNaN(ms) && /"delta":\{[^}]*"content":"[^"]/.test(text)) ms = performance.now() - started;
  }
  return ms;
}

async function newConversation(): Promise<number> {
  const chat = await openChat();
  await wait(PAUSE_MS);
  const ms = await firstWords(chat, MESSAGE);
  chat.close();
  return ms;
}

async function openChat(): Promise<WebSocket> {
  const chat = new WebSocket(`${voxgate.url}/ws/text`, 'voxgate.chat.v1', { headers });
  await new Promise((resolve, reject) => chat.once('open', resolve).once('error', reject));
  return chat;
}

/** Says something, and waits for the whole answer. */
async function firstWords(chat: WebSocket, content: string, replaces?: string): Promise<number> {
  const started = performance.now();
  let ms = Number.NaN;
  return new Promise((resolve, reject) => {
    const hear = (data: unknown): void => {
      const event = JSON.parse(String(data));
      if (event.type === 'text_delta' && Number.isNaN(ms)) ms = performance.now() - started;
      if (event.type === 'message') {
        last.set(chat, event.message_id);
        kept.push(performance.now() - started);
      }
      if (event.type === 'error') reject(new Error(event.message));
      if (event.type !== 'usage') return;
      chat.off('message', hear);
      resolve(ms);
    };
    chat.on('message', hear);
    chat.send(JSON.stringify({ type: 'message', content, replaces }));
  });
}

function print(): void {
  console.log(
    `First words, ${ROUNDS} rounds in turns, on ${cpus()[0]?.model}, ${availableParallelism()} cores.\n`,
  );
  console.log('| | p50 ms | p90 ms | later than the emulator asked the same, p50 |');
  console.log('| --- | --- | --- | --- |');
  for (const [name, of] of times) {
    const base = times.get(name.includes('long') || name === DIRECT_LONG ? DIRECT_LONG : DIRECT) ?? [];
    const later = of.map((ms, round) => ms - (base[round] ?? Number.NaN));
    const cells = [percentile(of, 0.5), percentile(of, 0.9), percentile(later, 0.5)];
    console.log(`| ${name} | ${cells.map((ms) => ms.toFixed(2)).join(' | ')} |`);
  }
}
