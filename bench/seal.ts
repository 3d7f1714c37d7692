/**
 * `node bench/seal.ts`: what policing a frame costs, in microseconds, beside the least there is to do with it: nothing
 * for what goes up or comes down as it stands, JSON.parse and JSON.stringify for what is written anew.
 */
import { scrubFrame } from '../src/azure/scrub.ts';
import type { Operator } from '../src/azure/session.ts';
import { readBrowserFrame } from '../src/durable-objects/browser-frame.ts';
import { spread } from './statistics.ts';

const ROUNDS = 15;
const ROUND_MS = 60;

/** Some 4,000 characters, as an operator with much to say has. */
const instructions = Array.from(
  { length: 60 },
  (_, at) => `Rule ${at}: be kind, be brief, and say "no" to ${at * 7} of these things.\n`,
).join('');

const operator: Operator = {
  instructions,
  voice: 'alloy',
  transcriptionDeployment: 'whisper-1',
  tools: [],
  isLocked: true,
};
const reader = { lane: 'json', wire: 'ga', operator } as const;

const base64 = 'A'.repeat(1_280);
const tools = [
  { type: 'function', name: 'get_weather', description: 'The weather.', parameters: { type: 'object' } },
];
const detection = { type: 'server_vad', threshold: 0.5, silence_duration_ms: 500, create_response: true };
const message = {
  id: 'item_1xWGgFSNsDNgjEyWVXJg2',
  type: 'message',
  role: 'user',
  status: 'completed',
  content: [{ type: 'input_text', text: 'What is the weather like in Paris today?' }],
};
const usage = {
  total_tokens: 320,
  input_tokens: 132,
  output_tokens: 188,
  input_token_details: { text_tokens: 59 },
};

const up = {
  'append, 20 ms': { type: 'input_audio_buffer.append', audio: base64 },
  'response.cancel': { type: 'response.cancel' },
  'response.create': { type: 'response.create' },
  'conversation.item.truncate': {
    type: 'conversation.item.truncate',
    item_id: message.id,
    content_index: 0,
    audio_end_ms: 900,
  },
  'conversation.item.create': { type: 'conversation.item.create', item: message },
  'session.update': {
    type: 'session.update',
    session: {
      type: 'realtime',
      instructions: instructions.slice(0, 400),
      tools,
      output_modalities: ['audio'],
      audio: { input: { turn_detection: detection }, output: { voice: 'echo' } },
    },
  },
};

const down = {
  'response.output_audio.delta': {
    type: 'response.output_audio.delta',
    item_id: message.id,
    delta: 'A'.repeat(19_200),
  },
  'response.output_text.delta': { type: 'response.output_text.delta', item_id: message.id, delta: ' Paris' },
  'conversation.item.added': {
    type: 'conversation.item.added',
    event_id: 'event_1',
    previous_item_id: null,
    item: message,
  },
  'response.done': {
    type: 'response.done',
    response: { id: 'resp_1', status: 'completed', output: [message], usage, metadata: null },
  },
  'unknown, short': { type: 'response.something.new', item_id: message.id, value: 'x'.repeat(200) },
  'unknown, 36 kB': { type: 'response.something.new', item_id: message.id, delta: 'A'.repeat(36_000) },
  'session.updated': {
    type: 'session.updated',
    session: { type: 'realtime', instructions, tools, audio: { output: { voice: 'echo' } } },
  },
};

console.log('up, as the browser sends it');
for (const [name, event] of Object.entries(up)) {
  const frame = JSON.stringify(event);
  const isSound = name.startsWith('append');
  report(name, () => readUp(frame), isSound ? null : () => JSON.stringify(JSON.parse(frame)));
}
console.log('down, as Azure sends it');
for (const [name, event] of Object.entries(down)) {
  const frame = JSON.stringify(event);
  report(name, () => scrubFrame({ type: event.type, frame }, operator), null);
}

/** What a call does with a frame before it sends it. */
function readUp(frame: string): string {
  const read = readBrowserFrame(frame, reader);
  if (read.kind === 'audio') return read.text;
  return read.kind === 'control' ? JSON.stringify(read.event) : '';
}

function report(name: string, police: () => string, pass: (() => string) | null): void {
  const policed = measure(police);
  const passed = pass ? `${measure(pass).toFixed(2).padStart(8)} µs parsed and written alone` : '';
  console.log(`  ${name.padEnd(30)}${policed.toFixed(2).padStart(8)} µs ${passed}`);
}

/** Median over the rounds of one call's time, in microseconds. */
function measure(work: () => string): number {
  let kept = 0;
  const rounds = Array.from({ length: ROUNDS + 3 }, () => {
    const start = performance.now();
    let count = 0;
    while (performance.now() - start < ROUND_MS) {
      for (let i = 0; i < 100; i += 1) kept += work().length;
      count += 100;
    }
    return ((performance.now() - start) * 1_000) / count;
  });
  if (kept === 0) throw new Error('nothing was done');
  return spread(rounds.slice(3)).median;
}
