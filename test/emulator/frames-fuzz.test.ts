import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { type Emulator, startEmulator } from '../../emulator/server.ts';
import { pick, type Received, type RealtimeClient } from '../support/realtime-client.ts';
import { quiet, toBase64 } from '../support/speech.ts';
import { openPreview } from './preview-talk.ts';
import { openSession } from './talk.ts';

let emulator: Emulator;
beforeAll(async () => {
  emulator = await startEmulator({ port: 0, pace: 0, thinkMs: 0, rateLimits: 'none' });
});
afterAll(() => emulator.close());

/** Runs of each kind, and frames of one run. Both the seed, which a failure prints, and the runs may be given. */
const MOST_FRAMES = 40;
const { FUZZ_SEED: given, FUZZ_RUNS: runs = '60' } = process.env;
const seed = given === undefined ? Math.floor(Math.random() * 2 ** 31) : Number(given);

const types = [
  'session.update',
  'transcription_session.update',
  'input_audio_buffer.append',
  'input_audio_buffer.commit',
  'input_audio_buffer.clear',
  'conversation.item.create',
  'conversation.item.retrieve',
  'conversation.item.truncate',
  'conversation.item.delete',
  'response.create',
  'response.cancel',
  'output_audio_buffer.clear',
  'session.close',
  '__proto__',
  'constructor',
] as const;

/** Keys and values that are nearly right, or hostile. */
const key = fc.oneof(
  fc.constantFrom(
    'type',
    'event_id',
    'session',
    'item',
    'item_id',
    'response',
    'audio',
    'input',
    'output',
    'format',
    'voice',
    'turn_detection',
    'transcription',
    'tools',
    'tool_choice',
    'content',
    'role',
    'call_id',
    'modalities',
    'temperature',
    'output_modalities',
    'max_output_tokens',
    'max_response_output_tokens',
    'metadata',
    'previous_item_id',
    'content_index',
    'audio_end_ms',
    'idle_timeout_ms',
    'server_label',
    '__proto__',
    'constructor',
    'toString',
  ),
  fc.string({ maxLength: 8 }),
);
const leaf = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    true,
    0,
    -1,
    1e308,
    Number.MAX_SAFE_INTEGER,
    '',
    'root',
    'realtime',
    'transcription',
    'message',
    'user',
    'assistant',
    'system',
    'function',
    'function_call',
    'function_call_output',
    'mcp',
    'mcp_approval_response',
    'item_reference',
    'input_text',
    'input_audio',
    'input_image',
    'text',
    'audio',
    'server_vad',
    'semantic_vad',
    'none',
    'auto',
    'inf',
    'audio/pcm',
    'audio/pcmu',
    'pcm16',
    'g711_ulaw',
    'whisper-1',
    'alloy',
    'mine',
    'search docs',
    'count to three',
    '\u0000\uD800',
    toBase64(quiet(120, 3_000)),
  ),
  fc.integer(),
  fc.double(),
  fc.string({ unit: 'binary', maxLength: 20 }),
);
const { value } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    leaf,
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(key, tie('value'), { maxKeys: 5 }),
  ),
}));

/** Right frames among the wrong ones, so that sessions are in many states when the wrong ones come. */
const good = fc.constantFrom<object>(
  { type: 'input_audio_buffer.append', audio: toBase64(quiet(150, 4_000)) },
  { type: 'input_audio_buffer.commit' },
  { type: 'input_audio_buffer.clear' },
  { type: 'response.create' },
  { type: 'response.create', response: { conversation: 'none', input: [] } },
  { type: 'response.cancel' },
  {
    type: 'conversation.item.create',
    item: {
      id: 'mine',
      type: 'message',
      role: 'user',
      content: [{ type: 'input_text', text: 'count to three' }],
    },
  },
  { type: 'conversation.item.retrieve', item_id: 'mine' },
  { type: 'conversation.item.delete', item_id: 'mine' },
  { type: 'session.update', session: { type: 'realtime', output_modalities: ['text'] } },
  { type: 'session.update', session: { modalities: ['text'], turn_detection: { type: 'none' } } },
  {
    type: 'session.update',
    session: { type: 'realtime', tools: [{ type: 'mcp', server_label: 'docs', require_approval: 'never' }] },
  },
  { type: 'response.create', response: { tool_choice: { type: 'mcp', server_label: 'docs' } } },
);

const frame = fc.oneof(
  { weight: 4, arbitrary: good.map((event) => JSON.stringify(event)) },
  {
    weight: 6,
    arbitrary: fc
      .tuple(fc.constantFrom(...types), fc.dictionary(key, value, { maxKeys: 5 }))
      .map(([type, fields]) => JSON.stringify({ ...fields, type })),
  },
  { weight: 2, arbitrary: value.map((one) => JSON.stringify(one) ?? '') },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 40 }) },
  {
    weight: 1,
    arbitrary: fc.constantFrom('', '{', '[]', 'null', `${'['.repeat(5_000)}${']'.repeat(5_000)}`),
  },
);

/** Sends the frames, then asks something that is always answered; every event until then is a sound one. */
async function survives(client: RealtimeClient, frames: readonly string[]): Promise<void> {
  for (const text of frames) client.sendText(text);
  client.send({ type: 'no such event', event_id: 'the end' });
  let last: Received;
  do {
    last = await client.next();
    expect(last).toMatchObject({ type: expect.any(String), event_id: expect.stringMatching(/^event_/) });
  } while (pick(last, 'error.event_id') !== 'the end');
  const broken = client.received.filter(
    (one) => (pick(one, 'error.type') ?? pick(one, 'response.status_details.error.type')) === 'server_error',
  );
  expect(broken).toEqual([]);
  expect(await client.close()).toMatchObject({ code: 1000 });
}

/** How many events answer a frame that is wrong: one error, whatever else the session was doing. */
async function isAnswered(client: RealtimeClient, fields: object): Promise<void> {
  client.send({ ...fields, type: 'input_audio_buffer.clear', event_id: 'first' });
  client.send({ type: 'no such event', event_id: 'second' });
  const first = await client.next();
  expect(['error', 'input_audio_buffer.cleared']).toContain(first.type);
  expect(pick(await client.next(), 'error.event_id')).toBe('second');
  await client.close();
}

/** Checks a property of many frames. */
async function check<Input>(property: fc.IAsyncProperty<Input>): Promise<string | null> {
  return fc.defaultReportMessage(await fc.check(property, { numRuns: Number(runs), seed })) ?? null;
}

describe(`frames at random, seed ${seed}`, () => {
  it.each(['gpt-realtime', 'transcribes-first', 'content-filter'])(
    '[L70] never stop a GA session or the emulator: %s',
    async (model) => {
      const frames = fc.array(frame, { maxLength: MOST_FRAMES });
      const property = fc.asyncProperty(frames, async (texts) => {
        await survives(await openSession(emulator, model), texts);
      });
      expect(await check(property)).toBeNull();
    },
  );

  it('[L71] never stop a preview session or the emulator', async () => {
    const frames = fc.array(frame, { maxLength: MOST_FRAMES });
    const property = fc.asyncProperty(frames, async (texts) => {
      await survives(await openPreview(emulator), texts);
    });
    expect(await check(property)).toBeNull();
  });

  it('[L70] are each answered once, by an error or by the event they ask for', async () => {
    const property = fc.asyncProperty(fc.dictionary(key, value, { maxKeys: 4 }), async (fields) => {
      await isAnswered(await openSession(emulator), fields);
      await isAnswered(await openPreview(emulator), fields);
    });
    expect(await check(property)).toBeNull();
  });
});
