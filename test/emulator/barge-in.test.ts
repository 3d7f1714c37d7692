import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { type Emulator, startEmulator } from '../../emulator/server.ts';
import { pick, pickNumber, pickString } from '../support/realtime-client.ts';
import { speech } from '../support/speech.ts';
import { append, ask, configure, openSession, order, soundOf, typeText } from './talk.ts';

const counting = 'Count to thirty';
const closingBlock = [
  'response.output_audio.done',
  'response.output_audio_transcript.done',
  'response.content_part.done',
  'conversation.item.done',
  'response.output_item.done',
  'response.done',
];

let emulator: Emulator;
let thoughtful: Emulator;
let interruption: Int16Array;
let unfinished: Int16Array;
beforeAll(async () => {
  [emulator, thoughtful] = await Promise.all([
    startEmulator({ port: 0, pace: 0.3, thinkMs: 0 }),
    startEmulator({ port: 0, pace: 1, thinkMs: 60_000 }),
  ]);
  interruption = await speech('Stop it please');
  unfinished = await speech('Stop it please', { silenceAfterMs: 0 });
});
afterAll(() => Promise.all([emulator.close(), thoughtful.close()]));

describe('barge-in', () => {
  it('[E30] while the answer is generated: speech_started, the closing block, cancelled, and then the new turn', async () => {
    const client = await openSession(emulator);
    await typeText(client, counting);
    client.send({ type: 'response.create' });
    await client.until('response.output_audio.delta');
    const late = client.unread();
    append(client, interruption);
    const frames = [...late, ...(await client.allUntil('response.created'))];
    const types = order(
      frames.slice(frames.findIndex((one) => one.type === 'input_audio_buffer.speech_started')),
    );
    expect(types.filter((type) => type !== 'rate_limits.updated')).toEqual([
      'input_audio_buffer.speech_started',
      ...closingBlock,
      'input_audio_buffer.speech_stopped',
      'input_audio_buffer.committed',
      'conversation.item.added',
      'conversation.item.done',
      'response.created',
    ]);
    const done = frames.find((frame) => frame.type === 'response.done');
    expect(pick(done, 'response')).toMatchObject({
      status: 'cancelled',
      status_details: { type: 'cancelled', reason: 'turn_detected' },
      output: [{ status: 'incomplete' }],
    });
    expect(pickNumber(done, 'response.usage.output_token_details.audio_tokens')).toBeGreaterThan(0);
    await client.close();
  });

  it('[E31] before the answer has an item only response.done follows', async () => {
    const client = await openSession(thoughtful);
    await typeText(client, counting);
    client.send({ type: 'response.create' });
    await client.until('response.created');
    append(client, unfinished);
    expect(order(await client.allUntil('response.done'))).toEqual([
      'input_audio_buffer.speech_started',
      'response.done',
    ]);
    await client.close();
  });

  it('[E32] after the answer was generated only speech_started comes, and the client truncates what was not heard', async () => {
    const client = await openSession(emulator);
    await configure(client, {
      audio: { input: { turn_detection: { type: 'server_vad', create_response: false } } },
    });
    const frames = await ask(client, 'Hello');
    await client.until('rate_limits.updated');
    append(client, unfinished);
    await client.until('input_audio_buffer.speech_started');
    const item = pickString(frames.at(-1), 'response.output.0.id');
    client.send({ type: 'conversation.item.truncate', item_id: item, content_index: 0, audio_end_ms: 300 });
    expect(await client.next()).toMatchObject({
      type: 'conversation.item.truncated',
      item_id: item,
      content_index: 0,
      audio_end_ms: 300,
    });
    await client.close();
  });

  it('[E33] with interrupt_response false speech is reported and the answer goes on', async () => {
    const client = await openSession(emulator);
    const detection = { type: 'server_vad', create_response: false, interrupt_response: false };
    await configure(client, { audio: { input: { turn_detection: detection } } });
    await typeText(client, 'What can you do?');
    client.send({ type: 'response.create' });
    await client.until('response.output_audio.delta');
    append(client, interruption);
    const frames = await client.allUntil('response.done');
    expect(order(frames)).toContain('input_audio_buffer.speech_started');
    expect(pick(frames.at(-1), 'response.status')).toBe('completed');
    await client.close();
  });

  it('[E34] response.cancel stops the answer where it is, once', async () => {
    const client = await openSession(emulator);
    await typeText(client, counting);
    client.send({ type: 'response.create' });
    await client.until('response.output_audio.delta');
    client.send({ type: 'response.cancel' });
    const frames = await client.allUntil('response.done');
    expect(order(frames).slice(-6)).toEqual(closingBlock);
    expect(pick(frames.at(-1), 'response.status_details')).toEqual({
      type: 'cancelled',
      reason: 'client_cancelled',
    });
    client.send({ type: 'response.cancel', event_id: 'late' });
    const error = pick(await client.until('error'), 'error');
    expect(error).toMatchObject({ code: 'response_cancel_not_active', event_id: 'late' });
    await client.close();
  });

  it('[E39] a second answer is refused while one runs, naming it, and the first goes on', async () => {
    const client = await openSession(emulator);
    await typeText(client, 'Hello');
    client.send({ type: 'response.create' });
    const created = await client.until('response.created');
    client.send({ type: 'response.create', event_id: 'second' });
    const error = pick(await client.until('error'), 'error');
    expect(error).toMatchObject({ code: 'conversation_already_has_active_response', event_id: 'second' });
    expect(pickString(error, 'message')).toContain(pickString(created, 'response.id'));
    expect(pick(await client.until('response.done'), 'response.status')).toBe('completed');
    await client.close();
  });

  it('[E41] out of band several answers run at once, without items of the conversation', async () => {
    const client = await openSession(emulator);
    await typeText(client, 'Hello');
    const content = [{ type: 'input_text', text: 'Repeat after me: aside' }];
    const aside = { conversation: 'none', metadata: { topic: 'aside' }, output_modalities: ['text'] };
    client.send({ type: 'response.create' });
    client.send({
      type: 'response.create',
      response: { ...aside, input: [{ type: 'message', role: 'user', content }] },
    });
    const first = await client.allUntil('response.done');
    const done = pick(first.at(-1), 'response');
    expect(done).toMatchObject({ conversation_id: null, metadata: { topic: 'aside' }, status: 'completed' });
    expect(pick(done, 'output.0.content.0.text')).toBe('aside');
    const asideId = pickString(done, 'output.0.id');
    expect(pick(await client.until('response.done'), 'response.status')).toBe('completed');
    const items = client.received.filter((frame) => frame.type.startsWith('conversation.item.'));
    expect(items.map((frame) => pick(frame, 'item.id'))).not.toContain(asideId);
    await client.close();
  });
});

describe('truncation', () => {
  it('[E35] cuts the sound and takes the words away', async () => {
    const client = await openSession(emulator);
    const frames = await ask(client, 'Hello');
    const item = pickString(frames.at(-1), 'response.output.0.id');
    client.send({ type: 'conversation.item.truncate', item_id: item, content_index: 0, audio_end_ms: 500 });
    await client.until('conversation.item.truncated');
    client.send({ type: 'conversation.item.retrieve', item_id: item });
    const part = pick(await client.until('conversation.item.retrieved'), 'item.content.0');
    expect(Object.keys(Object(part))).toEqual(['type', 'audio']);
    const kept = Buffer.from(pickString(part, 'audio'), 'base64');
    expect(kept.equals(soundOf(frames).subarray(0, 24_000))).toBe(true);
    await client.close();
  });

  it('[E36] is refused beyond the sound, twice, of nothing, of what is no answer, and below zero', async () => {
    const client = await openSession(emulator);
    const typed = await typeText(client, 'Hello');
    client.send({ type: 'response.create' });
    const frames = await client.allUntil('response.done');
    const item = pickString(frames.at(-1), 'response.output.0.id');
    const lengthMs = soundOf(frames).length / 48;
    const attempt = async (fields: object): Promise<unknown> => {
      client.send({
        type: 'conversation.item.truncate',
        item_id: item,
        content_index: 0,
        audio_end_ms: 0,
        ...fields,
      });
      return pick(await client.until('error'), 'error');
    };
    const beyond = await attempt({ audio_end_ms: lengthMs + 1 });
    expect(beyond).toMatchObject({ code: 'invalid_value', param: 'audio_end_ms' });
    expect(pickString(beyond, 'message')).toContain(
      `${lengthMs}ms is already shorter than ${lengthMs + 1}ms`,
    );
    expect(await attempt({ item_id: 'item_none' })).toMatchObject({ code: 'item_truncate_invalid_item_id' });
    expect(await attempt({ item_id: pick(typed, 'item.id') })).toMatchObject({
      code: 'unsupported_content_type',
    });
    expect(await attempt({ content_index: 1 })).toMatchObject({ code: 'unsupported_content_type' });
    expect(await attempt({ audio_end_ms: -1 })).toMatchObject({
      code: 'integer_below_min_value',
      param: 'audio_end_ms',
    });
    client.send({
      type: 'conversation.item.truncate',
      item_id: item,
      content_index: 0,
      audio_end_ms: lengthMs,
    });
    await client.until('conversation.item.truncated');
    expect(await attempt({})).toMatchObject({ code: 'item_already_truncated' });
    await client.close();
  });
});
