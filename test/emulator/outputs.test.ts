import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { type Emulator, startEmulator } from '../../emulator/server.ts';
import { connect, pick, pickNumber, type Received, type RealtimeClient } from '../support/realtime-client.ts';
import { speech } from '../support/speech.ts';
import { append, ask, configure, openSession, order, wordsOf } from './talk.ts';

let emulator: Emulator;
beforeAll(async () => {
  emulator = await startEmulator({ port: 0, pace: 0, rateLimits: 'none' });
});
afterAll(() => emulator.close());

const city = { type: 'object', properties: { city: { type: 'string' } } };
const weather = { type: 'function', name: 'get_weather', parameters: city };
const clock = { type: 'function', name: 'get_clock', parameters: city };

async function openTools(extra: object = {}, model?: string): Promise<RealtimeClient> {
  const client = await openSession(emulator, model);
  await configure(client, { output_modalities: ['text'], tools: [weather, clock], ...extra });
  return client;
}

function outputsOf(frames: readonly Received[]): unknown[] {
  const output = pick(frames.at(-1), 'response.output');
  return Array.isArray(output) ? output : [];
}

/** Opens a GA session that only transcribes, and reads nothing. */
function openTranscriber(more = ''): Promise<RealtimeClient> {
  const url = `${emulator.url}/openai/v1/realtime?intent=transcription${more}`;
  return connect(url, { headers: { 'api-key': 'any' } });
}

/** The header of a PNG of this size; nobody looks at the rest. */
function png(width: number, height: number): string {
  const bytes = Buffer.alloc(24);
  bytes.write('\u0089PNG\r\n\u001A\n', 0, 'latin1');
  bytes.writeUInt32BE(width, 16);
  bytes.writeUInt32BE(height, 20);
  return `data:image/png;base64,${bytes.toString('base64')}`;
}

/** Puts a picture into the conversation and returns what comes of it. */
async function show(client: RealtimeClient, part: object): Promise<Received> {
  const content = [
    { type: 'input_image', ...part },
    { type: 'input_text', text: 'Hello' },
  ];
  client.send({ type: 'conversation.item.create', item: { type: 'message', role: 'user', content } });
  return client.next();
}

describe('what a response calls', () => {
  const both = 'What is the weather in Oslo and the clock in Rome?';

  it('[L50] are several functions, each with its output_index, id and call_id', async () => {
    const client = await openTools();
    const frames = await ask(client, both);
    expect(outputsOf(frames)).toMatchObject([
      { type: 'function_call', name: 'get_weather', arguments: '{"city":"Oslo"}', status: 'completed' },
      { type: 'function_call', name: 'get_clock', arguments: '{"city":"Rome"}', status: 'completed' },
    ]);
    const dones = frames.filter((frame) => frame.type === 'response.function_call_arguments.done');
    expect(dones.map((frame) => frame['output_index'])).toEqual([0, 1]);
    expect(new Set(dones.map((frame) => frame['call_id'])).size).toBe(2);
    for (const done of dones) {
      const { call_id: callId, item_id: itemId } = done;
      expect(callId).toMatch(/^call_[0-9A-Za-z]{16,27}$/);
      const deltas = frames.filter((frame) => frame['item_id'] === itemId && 'delta' in frame);
      expect(deltas.length).toBeGreaterThan(1);
      expect(deltas.map((frame) => frame['delta']).join('')).toBe(done['arguments']);
    }
    await client.close();
  });

  it('[L50] are answered together, aloud, from all outputs', async () => {
    const client = await openTools({ output_modalities: ['audio'] });
    for (const [index, call] of outputsOf(await ask(client, both)).entries()) {
      const item = {
        type: 'function_call_output',
        call_id: pick(call, 'call_id'),
        output: `Answer ${index}.`,
      };
      client.send({ type: 'conversation.item.create', item });
      await client.until('conversation.item.done');
    }
    client.send({ type: 'response.create' });
    const frames = await client.allUntil('response.done');
    expect(wordsOf(frames)).toBe('Here is what the tool answered. Answer 0. Answer 1.');
    expect(order(frames)).toContain('response.output_audio.delta');
    await client.close();
  });

  it('[L51] can come after words in the same response', async () => {
    const client = await openTools();
    const frames = await ask(client, 'Say so first: what is the weather in Oslo?');
    expect(outputsOf(frames)).toMatchObject([
      { type: 'message', status: 'completed', content: [{ type: 'output_text' }] },
      { type: 'function_call', name: 'get_weather', status: 'completed' },
    ]);
    const places = frames.filter((frame) => frame.type === 'response.output_item.done');
    expect(places.map((frame) => frame['output_index'])).toEqual([0, 1]);
    await client.close();
  });

  it('[L52] is one function only without parallel_tool_calls, in the session or the response', async () => {
    const client = await openTools({ parallel_tool_calls: false });
    expect(outputsOf(await ask(client, both))).toHaveLength(1);
    await configure(client, { parallel_tool_calls: true });
    expect(outputsOf(await ask(client, both, { parallel_tool_calls: false }))).toHaveLength(1);
    expect(outputsOf(await ask(client, both))).toHaveLength(2);
    await client.close();
  });

  const choices: readonly (readonly [unknown, string, string, unknown])[] = [
    ['none', 'the weather in Oslo', 'message', undefined],
    ['auto', 'Hello', 'message', undefined],
    ['required', 'Hello', 'function_call', 'get_weather'],
    [{ type: 'function', name: 'get_clock' }, 'the weather in Oslo', 'function_call', 'get_clock'],
  ];

  it.each(choices)('[L53] follows tool_choice %j', async (choice, text, type, name) => {
    const client = await openTools();
    const [output, ...rest] = outputsOf(await ask(client, text, { tool_choice: choice }));
    expect([pick(output, 'type'), pick(output, 'name'), rest]).toEqual([type, name, []]);
    await client.close();
  });

  it('[L54] must have been called before its output is taken, under an id of at most 32 characters', async () => {
    const client = await openTools();
    const give = (call_id: string): void =>
      client.send({
        type: 'conversation.item.create',
        event_id: 'mine',
        item: { type: 'function_call_output', call_id, output: '1' },
      });
    give('call_nobody');
    expect(pick(await client.next(), 'error')).toMatchObject({
      code: 'invalid_tool_call_id',
      param: 'item.call_id',
      event_id: 'mine',
    });
    give('c'.repeat(33));
    expect(pick(await client.next(), 'error.code')).toBe('string_above_max_length');
    const call = { type: 'function_call', name: 'get_clock', call_id: 'call_mine', arguments: '{}' };
    client.send({ type: 'conversation.item.create', item: call });
    await client.until('conversation.item.done');
    give('call_mine');
    expect(pick(await client.until('conversation.item.done'), 'item.call_id')).toBe('call_mine');
    await client.close();
  });
});

describe('a response that ends badly', () => {
  it.each([
    ['content-filter', 'Count to thirty'],
    ['gpt-realtime', 'Count to thirty, and trip the content filter'],
  ])('[L60] is stopped by the content filter: %s, "%s"', async (model, text) => {
    for (const modality of ['audio', 'text']) {
      const client = await openSession(emulator, model);
      const frames = await ask(client, text, { output_modalities: [modality] });
      expect(pick(frames.at(-1), 'response')).toMatchObject({
        status: 'incomplete',
        status_details: { type: 'incomplete', reason: 'content_filter' },
        output: [{ status: 'incomplete' }],
      });
      await client.close();
    }
  });

  it('[L60] says max_output_tokens when that limit is met before the filter', async () => {
    const client = await openSession(emulator, 'content-filter');
    const done = (await ask(client, 'Count to thirty', { max_output_tokens: 3 })).at(-1);
    expect(pick(done, 'response.status_details.reason')).toBe('max_output_tokens');
    await client.close();
  });

  it.each([
    ['no-quota', 'insufficient_quota'],
    ['server-error', 'server_error'],
  ])('[L61] %s fails every response with %s, and the session lives', async (model, code) => {
    const client = await openSession(emulator, model);
    for (let round = 0; round < 2; round += 1) {
      const frames = await ask(client, 'Hello');
      expect(order(frames)).toEqual(['response.created', 'response.done']);
      expect(pick(frames.at(-1), 'response')).toMatchObject({
        status: 'failed',
        status_details: { type: 'failed', error: { type: code, code, message: expect.any(String) } },
        output: [],
      });
    }
    await client.close();
  });
});

describe('hearing', () => {
  const transcript = 'conversation.item.input_audio_transcription.completed';
  const whisper = {
    audio: { input: { transcription: { model: 'whisper-1' } } },
    output_modalities: ['text'],
  };

  it('[L62] is transcribed before the answer by transcribes-first, after it by transcribes-last', async () => {
    const said = await speech('Hello there');
    const first = await openSession(emulator, 'transcribes-first');
    await configure(first, whisper);
    append(first, said);
    const early = order(await first.allUntil('response.done'));
    expect(early.indexOf(transcript)).toBeLessThan(early.indexOf('response.created'));
    expect(early).toContain(transcript);
    await first.close();
    const last = await openSession(emulator, 'transcribes-last');
    await configure(last, whisper);
    append(last, said);
    const late = order(await last.allUntil(transcript));
    expect(late.at(-2)).toBe('response.done');
    await last.close();
  });

  it('[L62] fails to be transcribed by transcription-fails, and is answered', async () => {
    const client = await openSession(emulator, 'transcription-fails');
    await configure(client, whisper);
    append(client, await speech('Hello there'));
    const failed = await client.until('conversation.item.input_audio_transcription.failed');
    expect(failed).toMatchObject({ content_index: 0, error: { type: 'server_error' } });
    await client.until('response.done');
    await client.close();
  });

  it('[L63] with semantic_vad is reported and interrupts on semantic-vad-works', async () => {
    const client = await openSession(emulator, 'semantic-vad-works');
    await configure(client, { audio: { input: { turn_detection: { type: 'semantic_vad' } } } });
    append(client, await speech('Hello there', { silenceAfterMs: 1_500 }));
    expect(order(await client.allUntil('input_audio_buffer.committed'))).toEqual([
      'input_audio_buffer.speech_started',
      'input_audio_buffer.speech_stopped',
      'input_audio_buffer.committed',
    ]);
    await client.close();
  });

  it('[L20] for transcription only begins with a session of that type', async () => {
    const client = await openTranscriber();
    expect((await client.next())['session']).toEqual({
      type: 'transcription',
      object: 'realtime.transcription_session',
      id: expect.stringMatching(/^sess_/),
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
          },
        },
      },
      include: null,
    });
    await client.close();
  });

  it('[L21] for transcription only is set as such and answers nothing', async () => {
    const client = await openTranscriber();
    await client.next();
    const wrong = [
      [{ type: 'session.update', session: { type: 'realtime' } }, 'invalid_value', 'session.type'],
      [{ type: 'session.update', session: {} }, 'missing_required_parameter', 'session.type'],
      [
        { type: 'session.update', session: { type: 'transcription', instructions: 'x' } },
        'unknown_parameter',
        'session.instructions',
      ],
      [{ type: 'response.create' }, 'invalid_value', 'type'],
    ] as const;
    for (const [event, code, param] of wrong) {
      client.send(event);
      expect(pick(await client.next(), 'error')).toMatchObject({ code, param });
    }
    const conversation = await openSession(emulator);
    conversation.send({ type: 'session.update', session: { type: 'transcription' } });
    expect(pick(await conversation.next(), 'error')).toMatchObject({
      code: 'invalid_value',
      param: 'session.type',
    });
    await conversation.close();
    await client.close();
  });

  it('[L22] for transcription only finds turns and tells their transcript, and no more', async () => {
    const client = await openTranscriber('&model=transcribes-last');
    await client.next();
    const audio = { input: { transcription: { model: 'gpt-realtime-whisper' } } };
    client.send({ type: 'session.update', session: { type: 'transcription', audio } });
    await client.until('session.updated');
    append(client, await speech('Hello there'));
    expect(order(await client.allUntil(transcript))).toEqual([
      'input_audio_buffer.speech_started',
      'input_audio_buffer.speech_stopped',
      'input_audio_buffer.committed',
      'conversation.item.added',
      'conversation.item.done',
      'conversation.item.input_audio_transcription.delta',
      transcript,
    ]);
    await client.close();
  });
});

describe('a picture', () => {
  it.each([
    [{ image_url: png(512, 512) }, 255],
    [{ image_url: png(1_024, 1_024) }, 765],
    [{ image_url: png(4_096, 512), detail: 'high' }, 765],
    [{ image_url: png(4_096, 4_096), detail: 'low' }, 85],
  ])('[L64] is counted by its tiles: case %#', async (part, tokens) => {
    const client = await openSession(emulator);
    expect(pick(await show(client, part), 'item.content.0')).toEqual({ type: 'input_image', ...part });
    client.send({ type: 'response.create', response: { output_modalities: ['text'] } });
    const usage = pick(await client.until('response.done'), 'response.usage');
    expect(pick(usage, 'input_token_details.image_tokens')).toBe(tokens);
    const details = ['text_tokens', 'audio_tokens', 'image_tokens'] as const;
    const sum = details.reduce((all, name) => all + pickNumber(usage, `input_token_details.${name}`), 0);
    expect(pickNumber(usage, 'input_tokens')).toBe(sum);
    await client.close();
  });

  it.each(['https://example.com/a.png', 'data:image/gif;base64,AAAA', 'data:image/png;base64,?', ''])(
    '[L64] is refused unless it is a PNG or JPEG as a data URI: %j',
    async (image_url) => {
      const client = await openSession(emulator);
      expect(pick(await show(client, { image_url }), 'error')).toMatchObject({
        code: 'invalid_value',
        param: 'item.content[0].image_url',
      });
      await client.close();
    },
  );
});
