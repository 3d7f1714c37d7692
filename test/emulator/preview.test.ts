import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { type Emulator, startEmulator } from '../../emulator/server.ts';
import { connect, pick, pickString, refusal } from '../support/realtime-client.ts';
import { speech } from '../support/speech.ts';
import { askPreview, configurePreview, knockPreview, openPreview, previewUrl } from './preview-talk.ts';
import { append, order } from './talk.ts';

let emulator: Emulator;
beforeAll(async () => {
  emulator = await startEmulator({ port: 0, pace: 0, rateLimits: 'none' });
});
afterAll(() => emulator.close());

const key = { headers: { 'api-key': 'any' } };
const weather = {
  type: 'function',
  name: 'get_weather',
  description: 'Tells the weather.',
  parameters: { type: 'object', properties: { city: { type: 'string' } } },
};

describe('the preview door', () => {
  it('[L1] needs an api-version, a deployment that is there, and a key', async () => {
    const path = `${emulator.url}/openai/realtime`;
    const noVersion = await refusal(`${path}?deployment=gpt-realtime`, key);
    expect(noVersion).toMatchObject({ status: 404, body: { error: { code: '404' } } });
    expect(await refusal(previewUrl(emulator, 'deployment=nobody'), key)).toMatchObject({
      status: 404,
      body: { error: { code: 'DeploymentNotFound' } },
    });
    expect(await refusal(previewUrl(emulator, ''), key)).toMatchObject({ status: 404 });
    expect(await refusal(previewUrl(emulator))).toMatchObject({ status: 401 });
    expect(await refusal(previewUrl(emulator, 'deployment=refuses-429'), key)).toMatchObject({ status: 429 });
    expect((await fetch(previewUrl(emulator), key)).status).toBe(426);
    const withQuery = await connect(`${previewUrl(emulator)}&api-key=any`);
    expect((await withQuery.next()).type).toBe('session.created');
    await withQuery.close();
  });
});

describe('a preview session', () => {
  it('[L2] begins with session.created and, at once, conversation.created', async () => {
    const client = await knockPreview(emulator);
    const created = await client.next();
    const conversation = await client.next();
    expect([created.type, conversation.type]).toEqual(['session.created', 'conversation.created']);
    expect(conversation['conversation']).toEqual({
      id: expect.stringMatching(/^conv_/),
      object: 'realtime.conversation',
    });
    const done = (await askPreview(client, 'Hello')).at(-1);
    expect(pick(done, 'response.conversation_id')).toBe(pick(conversation, 'conversation.id'));
    await client.close();
  });

  it('[L3] shows its settings flat, under the names and with the defaults of the preview', async () => {
    const client = await knockPreview(emulator);
    expect((await client.next())['session']).toEqual({
      id: expect.stringMatching(/^sess_/),
      object: 'realtime.session',
      model: 'gpt-4o-realtime-preview',
      expires_at: expect.any(Number),
      modalities: ['text', 'audio'],
      instructions: expect.any(String),
      voice: 'alloy',
      turn_detection: {
        type: 'server_vad',
        threshold: 0.5,
        prefix_padding_ms: 300,
        silence_duration_ms: 200,
        create_response: true,
        interrupt_response: true,
      },
      input_audio_format: 'pcm16',
      input_audio_transcription: null,
      input_audio_noise_reduction: null,
      output_audio_format: 'pcm16',
      speed: 1,
      tools: [],
      tool_choice: 'auto',
      temperature: 0.8,
      max_response_output_tokens: 'inf',
      tracing: null,
      client_secret: null,
    });
    await client.close();
  });

  const settings: readonly (readonly [string, unknown])[] = [
    ['modalities', ['text']],
    ['instructions', 'Be brief.'],
    ['voice', 'echo'],
    ['input_audio_format', 'g711_ulaw'],
    ['output_audio_format', 'g711_alaw'],
    ['input_audio_transcription', { model: 'whisper-1', language: 'en', prompt: 'names' }],
    ['input_audio_noise_reduction', { type: 'near_field' }],
    ['speed', 1.2],
    ['temperature', 1.1],
    ['max_response_output_tokens', 200],
    ['tools', [weather]],
    ['tool_choice', 'required'],
    ['tracing', { workflow_name: 'test' }],
    [
      'turn_detection',
      { type: 'semantic_vad', eagerness: 'high', create_response: false, interrupt_response: true },
    ],
  ];

  it.each(settings)('[L4] takes %s as %j and shows it', async (name, value) => {
    const client = await openPreview(emulator);
    const updated = await configurePreview(client, { [name]: value });
    expect(pick(updated, `session.${name}`)).toEqual(value);
    const again = await configurePreview(client, {});
    expect(pick(again, `session.${name}`)).toEqual(value);
    await client.close();
  });

  it('[L4] merges turn detection within its kind and keeps what an update does not name', async () => {
    const client = await openPreview(emulator);
    await configurePreview(client, {
      temperature: 0.7,
      turn_detection: { type: 'server_vad', threshold: 0.8 },
    });
    const updated = await configurePreview(client, {
      turn_detection: { type: 'server_vad', silence_duration_ms: 400 },
    });
    expect(updated['session']).toMatchObject({
      temperature: 0.7,
      turn_detection: { threshold: 0.8, silence_duration_ms: 400, prefix_padding_ms: 300 },
    });
    await client.close();
  });

  it('[L5] speaks and writes, or only writes; sound alone is refused', async () => {
    const client = await openPreview(emulator);
    for (const modalities of [['audio'], [], ['video']]) {
      client.send({ type: 'session.update', event_id: 'mine', session: { modalities } });
      expect(pick(await client.next(), 'error')).toMatchObject({
        code: 'invalid_value',
        param: 'session.modalities',
        event_id: 'mine',
      });
    }
    const updated = await configurePreview(client, { modalities: ['audio', 'text'] });
    expect(pick(updated, 'session.modalities')).toEqual(['text', 'audio']);
    await client.close();
  });

  it.each([null, { type: 'none' }])('[L6] turn_detection %j switches it off', async (detection) => {
    const client = await openPreview(emulator);
    const updated = await configurePreview(client, { turn_detection: detection });
    expect(pick(updated, 'session.turn_detection')).toBeNull();
    await client.close();
  });

  it('[L7] overlooks keys it does not know, wherever they are', async () => {
    const client = await openPreview(emulator);
    client.send({
      type: 'session.update',
      shiny: 1,
      session: {
        shiny: 2,
        instructions: 'Be kind.',
        turn_detection: { type: 'server_vad', shiny: 3, idle_timeout_ms: 5_000 },
        tools: [{ ...weather, shiny: 4 }],
        input_audio_transcription: { model: 'whisper-1', shiny: 5 },
      },
    });
    const updated = await client.next();
    expect(updated.type).toBe('session.updated');
    expect(pick(updated, 'session.instructions')).toBe('Be kind.');
    expect(JSON.stringify(updated)).not.toMatch(/shiny|idle_timeout/);
    client.send({ type: 'input_audio_buffer.clear', shiny: true });
    expect((await client.next()).type).toBe('input_audio_buffer.cleared');
    await client.close();
  });

  const wrong: readonly (readonly [object, string, string])[] = [
    [{ type: 'realtime' }, 'unknown_parameter', 'session.type'],
    [{ audio: {} }, 'unknown_parameter', 'session.audio'],
    [{ output_modalities: ['text'] }, 'unknown_parameter', 'session.output_modalities'],
    [{ max_output_tokens: 5 }, 'unknown_parameter', 'session.max_output_tokens'],
    [{ voice: 'marin' }, 'invalid_value', 'session.voice'],
    [{ input_audio_format: 'mp3' }, 'invalid_value', 'session.input_audio_format'],
    [{ output_audio_format: { type: 'audio/pcm' } }, 'invalid_value', 'session.output_audio_format'],
    [{ temperature: 0.5 }, 'decimal_below_min_value', 'session.temperature'],
    [{ temperature: 1.3 }, 'decimal_above_max_value', 'session.temperature'],
    [{ temperature: 'hot' }, 'invalid_type', 'session.temperature'],
    [{ speed: 9 }, 'decimal_above_max_value', 'session.speed'],
    [
      { turn_detection: { type: 'server_vad', threshold: 7 } },
      'integer_above_max_value',
      'session.turn_detection.threshold',
    ],
    [{ max_response_output_tokens: 0 }, 'integer_below_min_value', 'session.max_response_output_tokens'],
    [{ tools: [{ type: 'mcp', server_label: 'docs' }] }, 'invalid_value', 'session.tools[0].type'],
    [{ instructions: 7 }, 'invalid_type', 'session.instructions'],
  ];

  it.each(wrong)('[L7] refuses %j as a whole, in its own words', async (session, code, param) => {
    const client = await openPreview(emulator);
    const before = pick(await configurePreview(client, {}), 'session');
    client.send({ type: 'session.update', event_id: 'mine', session: { temperature: 1, ...session } });
    const error = pick(await client.next(), 'error');
    expect(error).toMatchObject({ type: 'invalid_request_error', code, param, event_id: 'mine' });
    expect(pickString(error, 'message')).not.toMatch(/audio\.(?:in|out)put|output_modalities'?:/);
    expect(pick(await configurePreview(client, {}), 'session')).toEqual(before);
    await client.close();
  });
});

describe('a preview turn', () => {
  it('[L8] typed and spoken aloud has the names and the order of the preview', async () => {
    const client = await openPreview(emulator);
    expect(order(await askPreview(client, 'Say "yes"'))).toEqual([
      'conversation.item.created',
      'response.created',
      'response.output_item.added',
      'conversation.item.created',
      'response.content_part.added',
      'response.audio_transcript.delta',
      'response.audio.delta',
      'response.audio.done',
      'response.audio_transcript.done',
      'response.content_part.done',
      'response.output_item.done',
      'response.done',
    ]);
    await client.close();
  });

  it('[L8] in writing has text events', async () => {
    const client = await openPreview(emulator);
    const types = order(await askPreview(client, 'Hello', { modalities: ['text'] }));
    expect(types.slice(4)).toEqual([
      'response.content_part.added',
      'response.text.delta',
      'response.text.done',
      'response.content_part.done',
      'response.output_item.done',
      'response.done',
    ]);
    await client.close();
  });

  it('[L8] spoken is found by server VAD, and its item is created once', async () => {
    const client = await openPreview(emulator);
    append(client, await speech('Hello there'));
    const types = order(await client.allUntil('response.done'));
    expect(types.slice(0, 6)).toEqual([
      'input_audio_buffer.speech_started',
      'input_audio_buffer.speech_stopped',
      'input_audio_buffer.committed',
      'conversation.item.created',
      'response.created',
      'response.output_item.added',
    ]);
    await client.close();
  });

  it('[L9] tells every item with its object and the part types of the preview, and pads no delta', async () => {
    const client = await openPreview(emulator);
    const frames = await askPreview(client, 'Say "yes"');
    for (const { item } of frames.filter((frame) => 'item' in frame)) {
      expect(item).toMatchObject({ object: 'realtime.item' });
    }
    const told = JSON.stringify(frames.map((frame) => ({ ...frame, delta: '' })));
    expect(told).not.toMatch(/obfuscation|output_audio"|output_text|output_modalities|image_tokens/);
    const done = frames.findLast((frame) => frame.type === 'response.output_item.done');
    expect(pick(done, 'item.content')).toEqual([{ type: 'audio', transcript: 'yes' }]);
    const written = await askPreview(client, 'Say "yes"', { modalities: ['text'] });
    expect(pick(written.at(-1), 'response.output.0.content')).toEqual([{ type: 'text', text: 'yes' }]);
    await client.close();
  });

  it('[L10] ends with a flat response that names its temperature and its sound, and counts no images', async () => {
    const client = await openPreview(emulator);
    const settings = { temperature: 1.2, voice: 'sage', output_audio_format: 'g711_ulaw' };
    const response = pick((await askPreview(client, 'Hello', settings)).at(-1), 'response');
    expect(response).toEqual({
      object: 'realtime.response',
      id: expect.stringMatching(/^resp_/),
      status: 'completed',
      status_details: null,
      output: [expect.objectContaining({ object: 'realtime.item', role: 'assistant' })],
      conversation_id: expect.stringMatching(/^conv_/),
      modalities: ['text', 'audio'],
      max_output_tokens: 'inf',
      metadata: null,
      ...settings,
      usage: {
        total_tokens: expect.any(Number),
        input_tokens: expect.any(Number),
        output_tokens: expect.any(Number),
        input_token_details: {
          text_tokens: expect.any(Number),
          audio_tokens: 0,
          cached_tokens: 0,
          cached_tokens_details: { text_tokens: 0, audio_tokens: 0 },
        },
        output_token_details: { text_tokens: expect.any(Number), audio_tokens: expect.any(Number) },
      },
    });
    const next = await askPreview(client, 'Hello', { modalities: ['text'], max_response_output_tokens: 2 });
    expect(pick(next.at(-1), 'response')).toMatchObject({
      temperature: 0.8,
      status: 'incomplete',
      max_output_tokens: 2,
    });
    await client.close();
  });

  it('[L11] calls a function; the done event of its arguments has no name', async () => {
    const client = await openPreview(emulator);
    await configurePreview(client, { tools: [weather] });
    const frames = await askPreview(client, 'What is the weather in Oslo?');
    const done = frames.find((frame) => frame.type === 'response.function_call_arguments.done');
    expect(Object.keys(done ?? {}).toSorted()).toEqual(
      ['arguments', 'call_id', 'event_id', 'item_id', 'output_index', 'response_id', 'type'].toSorted(),
    );
    const item = { type: 'function_call_output', call_id: done?.['call_id'], output: 'Sunny.' };
    client.send({ type: 'conversation.item.create', item });
    expect((await client.until('conversation.item.created'))['item']).toMatchObject({
      object: 'realtime.item',
      ...item,
    });
    client.send({ type: 'response.create' });
    const answer = await client.until('response.audio_transcript.done');
    expect(answer['transcript']).toContain('Sunny.');
    await client.close();
  });

  it('[L11] tool_choice may be the name of a function', async () => {
    const client = await openPreview(emulator);
    await configurePreview(client, { tools: [weather] });
    const frames = await askPreview(client, 'Hello', { tool_choice: 'get_weather' });
    expect(pick(frames.at(-1), 'response.output.0')).toMatchObject({
      type: 'function_call',
      name: 'get_weather',
    });
    await client.close();
  });

  it('[L12] takes an assistant item with text parts, and shows, cuts and deletes items', async () => {
    const client = await openPreview(emulator);
    const item = {
      id: 'mine',
      type: 'message',
      role: 'assistant',
      content: [{ type: 'text', text: 'Yes.' }],
    };
    client.send({ type: 'conversation.item.create', previous_item_id: 'root', item });
    const created = await client.next();
    expect(created).toMatchObject({
      type: 'conversation.item.created',
      previous_item_id: null,
      item: { ...item, object: 'realtime.item', status: 'completed' },
    });
    client.send({ type: 'conversation.item.retrieve', item_id: 'mine' });
    expect(await client.next()).toMatchObject({ type: 'conversation.item.retrieved', item });
    const spoken = pickString((await askPreview(client, 'Hello')).at(-1), 'response.output.0.id');
    const cut = { type: 'conversation.item.truncate', item_id: spoken, content_index: 0 };
    client.send({ ...cut, audio_end_ms: 9_999_999 });
    expect(pick(await client.next(), 'error')).toMatchObject({ code: null, param: 'audio_end_ms' });
    client.send({ ...cut, audio_end_ms: 100 });
    expect((await client.next()).type).toBe('conversation.item.truncated');
    client.send({ type: 'conversation.item.delete', item_id: spoken });
    expect((await client.next()).type).toBe('conversation.item.deleted');
    await client.close();
  });

  it('[L13] transcribes only, when that is what it was opened for', async () => {
    const client = await knockPreview(emulator, 'intent=transcription');
    const created = await client.next();
    expect(created).toMatchObject({
      type: 'transcription_session.created',
      session: { object: 'realtime.transcription_session', input_audio_format: 'pcm16', client_secret: null },
    });
    client.send({
      type: 'transcription_session.update',
      session: { input_audio_transcription: { model: 'whisper-1' }, input_audio_format: 'pcm16' },
    });
    const updated = await client.next();
    expect(updated).toMatchObject({
      type: 'transcription_session.updated',
      session: { input_audio_transcription: { model: 'whisper-1' } },
    });
    append(client, await speech('Hello there'));
    const types = order(await client.allUntil('conversation.item.input_audio_transcription.completed'));
    expect(types.join(' ')).not.toContain('response.');
    client.send({ type: 'session.update', event_id: 'mine', session: { instructions: 'Speak.' } });
    expect((await client.next()).type).toBe('error');
    await client.close();
  });
});
