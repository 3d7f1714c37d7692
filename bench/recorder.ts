/**
 * `node bench/recorder.ts`: what it costs a call to remember, in microseconds a frame, beside the same frame when there is
 * nothing to remember. Sound is the frame that counts: none may wait. On the JSON lane, where nothing else is done with it;
 * the binary one decodes it, which Node does otherwise than the runtime.
 */
import { realtimePrice, transcriptionPrice } from '../src/azure/prices.ts';
import { freshDay } from '../src/durable-objects/budget.ts';
import type { Context } from '../src/durable-objects/context.ts';
import { azureConnected, fromAzure } from '../src/durable-objects/relay.ts';
import { dialling, type RelayState } from '../src/durable-objects/relay-state.ts';
import { spread } from './statistics.ts';

const ROUNDS = 15;
const ROUND_MS = 60;
const NOW = Date.parse('2026-11-25T12:00:00Z');
const NO_BUDGETS = { tokens: null, nanoUsd: null, voiceMs: null };

/** The sizes of Azure's pieces of sound, in bytes of PCM16: its first ones, and its longest. */
const PIECES = { 'sound, 100 ms': 4_800, 'sound, 750 ms': 36_000 };

const place = {
  response_id: 'resp_1',
  item_id: 'item_1xWGgFSNsDNgjEyWVXJg2',
  output_index: 0,
  content_index: 0,
};
const item = { id: place.item_id, type: 'message', role: 'assistant', status: 'in_progress', content: [] };

console.log('down, as Azure sends it');
for (const [name, bytes] of Object.entries(PIECES)) {
  const delta = Buffer.alloc(bytes).toString('base64');
  report(name, { type: 'response.output_audio.delta', event_id: 'event_1', ...place, delta });
}
const word = { event_id: 'event_1', ...place, delta: ' Paris', obfuscation: 'k3jd9sk' };
report('a word', { type: 'response.output_audio_transcript.delta', ...word });

function report(name: string, event: object): void {
  const frame = JSON.stringify(event);
  const { forgetful, listening } = statesOf();
  // In turn, so that neither has the warmer machine.
  const rounds = Array.from({ length: ROUNDS + 3 }, () => [
    roundOf(forgetful, frame),
    roundOf(listening, frame),
  ]).slice(3);
  const [without, beside] = [0, 1].map((at) => spread(rounds.map((round) => round[at] ?? 0)).median);
  const figures = `${(without ?? 0).toFixed(2).padStart(8)} µs with nothing to remember`;
  console.log(`  ${name.padEnd(20)}${(beside ?? 0).toFixed(2).padStart(8)} µs ${figures}`);
}

/** Two open calls in the middle of an answer: one that has no item to remember, and one that has. */
function statesOf(): { forgetful: RelayState; listening: RelayState } {
  const context = contextOf();
  const opening = [
    { type: 'session.created', session: {} },
    { type: 'session.updated', session: {} },
    { type: 'response.created', response: { id: 'resp_1' } },
  ];
  const part = {
    type: 'response.content_part.added',
    event_id: 'event_1',
    ...place,
    part: { type: 'audio' },
  };
  const told = (events: readonly object[]): RelayState =>
    events.reduce<RelayState>(
      (state, event) => fromAzure(context, state, { frame: JSON.stringify(event), now: NOW }).state,
      azureConnected(context, dialling, { briefed: null, now: NOW }).state,
    );
  return {
    forgetful: told([...opening, part]),
    listening: told([...opening, { type: 'conversation.item.added', item }, part]),
  };
}

function roundOf(from: RelayState, frame: string): number {
  const context = contextOf();
  let state = from;
  let count = 0;
  const start = performance.now();
  while (performance.now() - start < ROUND_MS) {
    for (let at = 0; at < 100; at += 1) state = fromAzure(context, state, { frame, now: NOW }).state;
    count += 100;
  }
  if (state.name !== 'open') throw new Error('The call is over');
  return ((performance.now() - start) * 1_000) / count;
}

function contextOf(): Context {
  const operator = {
    instructions: 'Be kind.',
    voice: 'alloy',
    transcriptionDeployment: 'whisper-1',
    tools: [],
    isLocked: true,
  };
  const tariff = {
    answers: realtimePrice('gpt-realtime', '2026-11-25'),
    transcripts: transcriptionPrice('whisper-1', '2026-11-25'),
  };
  const view = {
    used: freshDay,
    reserved: { tokens: 0, nanoUsd: 0 },
    budgets: NO_BUDGETS,
    resetsAt: 0,
    sessions: 1,
  };
  const allowance = { waitForRequest: () => null, budget: () => view };
  return { lane: 'json', wire: 'ga', operator, tariff, allowance, replayed: [] };
}
