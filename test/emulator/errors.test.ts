import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { type Emulator, startEmulator } from '../../emulator/server.ts';
import { pick } from '../support/realtime-client.ts';
import { quiet, toBase64 } from '../support/speech.ts';
import { configure, openSession } from './talk.ts';

let emulator: Emulator;
beforeAll(async () => {
  emulator = await startEmulator({ port: 0, pace: 0 });
});
afterAll(() => emulator.close());

describe('frames that are wrong', () => {
  const wrong: readonly (readonly [string, object])[] = [
    ['{"type":', { code: 'invalid_json', param: null, event_id: null }],
    ['[]', { code: 'invalid_event', param: null }],
    ['{"event_id":"mine"}', { code: 'invalid_event', event_id: 'mine' }],
    [
      '{"type":"session.delete","event_id":"mine"}',
      { code: 'invalid_value', param: 'type', event_id: 'mine' },
    ],
    ['{"type":"transcription_session.update"}', { code: 'invalid_value', param: 'type' }],
    ['{"type":"input_audio_buffer.append"}', { code: 'missing_required_parameter', param: 'audio' }],
    ['{"type":"input_audio_buffer.append","audio":"?"}', { code: 'invalid_value', param: 'audio' }],
    ['{"type":"input_audio_buffer.commit","audio":""}', { code: 'unknown_parameter', param: 'audio' }],
    [
      '{"type":"response.create","response":{"modalities":["text"]}}',
      { code: 'unknown_parameter', param: 'response.modalities' },
    ],
    ['{"type":"input_audio_buffer.commit"}', { code: 'input_audio_buffer_commit_empty' }],
  ];

  it.each(wrong)('[E16] %s is answered with an error and the session lives', async (text, expected) => {
    const client = await openSession(emulator);
    client.sendText(text);
    const frame = await client.next();
    expect(frame).toMatchObject({ type: 'error', error: { type: 'invalid_request_error', ...expected } });
    expect(Object.keys(Object(frame['error']))).toEqual(['type', 'code', 'message', 'param', 'event_id']);
    await configure(client, {});
    await client.close();
  });

  it('[E16] a binary frame is an invalid_event', async () => {
    const client = await openSession(emulator);
    client.sendBinary(new Uint8Array([1, 2, 3]));
    expect(pick(await client.next(), 'error.code')).toBe('invalid_event');
    await configure(client, {});
    await client.close();
  });

  it('[E16] an append of more than 15 MiB is refused, one of exactly that is heard', async () => {
    const client = await openSession(emulator);
    await configure(client, { audio: { input: { turn_detection: null } } });
    const most = new Int16Array((15 * 1024 * 1024) / 2);
    const more = new Int16Array(most.length + 1);
    client.send({ type: 'input_audio_buffer.append', audio: toBase64(more) });
    expect(pick(await client.next(), 'error')).toMatchObject({
      code: 'string_above_max_length',
      param: 'audio',
    });
    client.send({ type: 'input_audio_buffer.append', audio: toBase64(most) });
    client.send({ type: 'input_audio_buffer.commit' });
    await client.until('input_audio_buffer.committed');
    await client.close();
  });

  it('[E18] an append is never acknowledged, and samples cut in half between two appends are whole again', async () => {
    const client = await openSession(emulator);
    await configure(client, { audio: { input: { turn_detection: null } } });
    const bytes = Buffer.from(toBase64(quiet(200, 2_000)), 'base64');
    for (const piece of [bytes.subarray(0, 3_333), bytes.subarray(3_333)]) {
      client.send({ type: 'input_audio_buffer.append', audio: piece.toString('base64') });
    }
    client.send({ type: 'input_audio_buffer.commit' });
    const committed = await client.next();
    expect(committed.type).toBe('input_audio_buffer.committed');
    client.send({ type: 'conversation.item.retrieve', item_id: committed['item_id'] });
    const retrieved = await client.until('conversation.item.retrieved');
    expect(pick(retrieved, 'item.content.0.audio')).toBe(bytes.toString('base64'));
    await client.close();
  });
});
