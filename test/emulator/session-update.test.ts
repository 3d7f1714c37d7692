import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { type Emulator, startEmulator } from '../../emulator/server.ts';
import { pick, pickString } from '../support/realtime-client.ts';
import { ask, configure, knock, openSession, soundOf } from './talk.ts';

let emulator: Emulator;
beforeAll(async () => {
  emulator = await startEmulator({ port: 0, pace: 0 });
});
afterAll(() => emulator.close());

const defaults = {
  type: 'realtime',
  object: 'realtime.session',
  id: expect.stringMatching(/^sess_[0-9A-Za-z]{21}$/),
  model: 'gpt-realtime',
  output_modalities: ['audio'],
  instructions: expect.any(String),
  tools: [],
  tool_choice: 'auto',
  max_output_tokens: 'inf',
  tracing: null,
  truncation: 'auto',
  prompt: null,
  expires_at: expect.any(Number),
  audio: {
    input: {
      format: { type: 'audio/pcm', rate: 24_000 },
      transcription: null,
      noise_reduction: null,
      turn_detection: {
        type: 'server_vad',
        threshold: 0.5,
        prefix_padding_ms: 300,
        silence_duration_ms: 200,
        idle_timeout_ms: null,
        create_response: true,
        interrupt_response: true,
      },
    },
    output: { format: { type: 'audio/pcm', rate: 24_000 }, voice: 'alloy', speed: 1 },
  },
  include: null,
};

describe('a session', () => {
  it('[E10] begins with session.created and the captured defaults, ends an hour later, and no conversation.created comes', async () => {
    const before = Math.floor(Date.now() / 1000);
    const client = await knock(emulator);
    const { type, session } = await client.next();
    expect([type, session]).toEqual(['session.created', defaults]);
    expect(Number(pick(session, 'expires_at')) - before - 3_600).toBeLessThan(5);
    client.send({ type: 'input_audio_buffer.clear' });
    expect((await client.next()).type).toBe('input_audio_buffer.cleared');
    await client.close();
  });

  it('[E11] takes an update as a whole: what is absent stays, empty clears, null switches off', async () => {
    const client = await openSession(emulator);
    const tools = [{ type: 'function', name: 'look', description: 'Looks.', parameters: { type: 'object' } }];
    const input = {
      transcription: { model: 'whisper-1', language: 'en' },
      noise_reduction: { type: 'near_field' },
    };
    const detection = { type: 'server_vad', threshold: 0.8 };
    const first = await configure(client, {
      instructions: 'Be kind.',
      tools,
      audio: { input: { ...input, turn_detection: detection }, output: { voice: 'cedar' } },
    });
    expect(first['session']).toMatchObject({
      instructions: 'Be kind.',
      tools,
      output_modalities: ['audio'],
      audio: {
        input: {
          ...input,
          format: { type: 'audio/pcm', rate: 24_000 },
          turn_detection: { threshold: 0.8, silence_duration_ms: 200, create_response: true },
        },
        output: { voice: 'cedar', speed: 1 },
      },
    });
    const second = await configure(client, {
      instructions: '',
      tools: [],
      audio: { input: { transcription: null, noise_reduction: null, turn_detection: null } },
    });
    expect(second['session']).toMatchObject({
      instructions: '',
      tools: [],
      audio: {
        input: { transcription: null, noise_reduction: null, turn_detection: null },
        output: { voice: 'cedar' },
      },
    });
    await client.close();
  });

  const refused: readonly (readonly [object, string, string | null])[] = [
    [{}, 'missing_required_parameter', 'session.type'],
    [{ type: 'transcription' }, 'invalid_value', 'session.type'],
    [{ type: 'realtime', voice: 'alloy' }, 'unknown_parameter', 'session.voice'],
    [{ type: 'realtime', modalities: ['text'] }, 'unknown_parameter', 'session.modalities'],
    [
      { type: 'realtime', output_modalities: ['text', 'audio'] },
      'invalid_value',
      'session.output_modalities',
    ],
    [{ type: 'realtime', instructions: 3 }, 'invalid_type', 'session.instructions'],
    [{ type: 'realtime', max_output_tokens: 0 }, 'integer_below_min_value', 'session.max_output_tokens'],
    [{ type: 'realtime', max_output_tokens: 5_000 }, 'integer_above_max_value', 'session.max_output_tokens'],
    [
      { type: 'realtime', audio: { input: { format: { type: 'audio/pcm', rate: 8_000 } } } },
      'integer_below_min_value',
      'session.audio.input.format.rate',
    ],
    [
      { type: 'realtime', audio: { output: { voice: 'bob' } } },
      'invalid_value',
      'session.audio.output.voice',
    ],
    [
      { type: 'realtime', audio: { input: { turn_detection: { type: 'none' } } } },
      'invalid_value',
      'session.audio.input.turn_detection.type',
    ],
    [
      { type: 'realtime', tools: [{ type: 'function' }] },
      'missing_required_parameter',
      'session.tools[0].name',
    ],
    [{ type: 'realtime', reasoning: { effort: 'low' } }, 'invalid_value', null],
  ];

  it.each(refused)('[E12] refuses %j as a whole: %s', async (session, code, param) => {
    const client = await openSession(emulator);
    const update = { instructions: 'Changed.', ...session };
    client.send({ type: 'session.update', event_id: 'mine', session: update });
    const error = pick(await client.next(), 'error');
    expect(error).toMatchObject({
      type: 'invalid_request_error',
      code,
      param,
      event_id: param ? 'mine' : null,
    });
    expect(pickString(error, 'message')).not.toBe('');
    const { session: after } = await configure(client, {});
    expect(after).toEqual({ ...defaults, instructions: expect.not.stringContaining('Changed.') });
    await client.close();
  });

  it('[E12] takes reasoning from a 2.x model', async () => {
    const client = await openSession(emulator, 'gpt-realtime-2.1');
    const { session } = await configure(client, { reasoning: { effort: 'low' } });
    expect(session).toMatchObject({ reasoning: { effort: 'low' } });
    await client.close();
  });

  it('[E13] keeps its voice once it has been heard, and drops the whole update that would change it', async () => {
    const client = await openSession(emulator);
    await configure(client, { audio: { output: { voice: 'echo' } } });
    await ask(client, 'Hello');
    const update = { type: 'realtime', instructions: 'Changed.', audio: { output: { voice: 'alloy' } } };
    client.send({ type: 'session.update', event_id: 'mine', session: update });
    expect(pick(await client.until('error'), 'error')).toMatchObject({
      code: 'cannot_update_voice',
      event_id: 'mine',
    });
    const { session } = await configure(client, { audio: { output: { voice: 'echo' } } });
    expect(session).toMatchObject({ instructions: expect.not.stringContaining('Changed.') });
    await client.close();
  });

  it('[E14] speaks and hears G.711 when it is told to', async () => {
    const client = await openSession(emulator);
    const pcm = soundOf(await ask(client, 'Hello'));
    for (const type of ['audio/pcmu', 'audio/pcma']) {
      await configure(client, { audio: { output: { format: { type } } } });
      expect(soundOf(await ask(client, 'Hello')).length).toBe(pcm.length / 6);
    }
    await client.close();
  });

  it('[E94] is shown in the stats as it is in force, instructions included', async () => {
    const client = await openSession(emulator);
    const { session } = await configure(client, { instructions: 'What reached Azure.' });
    expect(emulator.stats().last_session).toEqual(session);
    await client.close();
  });
});

const typesToTry = [
  'session.update',
  'input_audio_buffer.append',
  'input_audio_buffer.commit',
  'conversation.item.create',
  'conversation.item.truncate',
  'response.create',
  'response.cancel',
  '__proto__',
  'constructor',
  'x',
];

describe('fuzz', () => {
  it('[E17] whatever text or bytes a client sends, every frame is answered or obeyed and the session lives', async () => {
    const client = await openSession(emulator);
    const types = fc.constantFrom(...typesToTry);
    const keys = fc.constantFrom(
      'type',
      'session',
      'item',
      'audio',
      'response',
      'event_id',
      'item_id',
      'content',
      'role',
    );
    const nested = fc.dictionary(keys, fc.anything({ key: keys, withNullPrototype: false }));
    const event = fc.tuple(types, nested).map(([type, rest]) => toJson({ ...rest, type }));
    const text = fc.oneof(fc.string(), fc.json(), event);
    for (const sample of fc.sample(text, { numRuns: 400, seed: 7 })) client.sendText(sample);
    for (const bytes of fc.sample(fc.uint8Array(), { numRuns: 20, seed: 7 })) client.sendBinary(bytes);
    client.send({ type: 'conversation.item.retrieve', item_id: 'none', event_id: 'the end' });
    for (;;) {
      const frame = await client.until('error');
      if (pick(frame, 'error.event_id') === 'the end') break;
    }
    expect(pick(await configure(client, {}), 'session.type')).toBe('realtime');
    await client.close();
  });
});

describe('nesting', () => {
  it('[E17] frames nested a hundred thousand deep are refused, wherever the depth is', async () => {
    const client = await openSession(emulator);
    const deep = '['.repeat(100_000) + ']'.repeat(100_000);
    const tool = `{"type":"function","name":"x","parameters":{"a":${deep}}}`;
    for (const text of [
      deep,
      `{"type":${deep}}`,
      `{"type":"session.update","session":{"type":"realtime","tools":[${tool}]}}`,
    ]) {
      client.sendText(text);
      expect(pick(await client.next(), 'error.code')).toBe('invalid_json');
    }
    await configure(client, {});
    await client.close();
  });
});

function toJson(value: unknown): string {
  return JSON.stringify(value, (_key, one: unknown) => (typeof one === 'bigint' ? `${one}` : one));
}
