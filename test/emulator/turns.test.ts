import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { type Emulator, startEmulator } from '../../emulator/server.ts';
import { pick, pickNumber, pickString, type Received } from '../support/realtime-client.ts';
import { loudness, quiet, speech, toBase64 } from '../support/speech.ts';
import { append, ask, configure, openSession, order, soundOf, typeText, wordsOf } from './talk.ts';

let emulator: Emulator;
beforeAll(async () => {
  emulator = await startEmulator({ port: 0, pace: 0 });
});
afterAll(() => emulator.close());

const spokenAnswer = [
  'response.created',
  'response.output_item.added',
  'conversation.item.added',
  'response.content_part.added',
  'response.output_audio_transcript.delta',
  'response.output_audio.delta',
  'response.output_audio.done',
  'response.output_audio_transcript.done',
  'response.content_part.done',
  'conversation.item.done',
  'response.output_item.done',
  'response.done',
];

const spokenTurn = [
  'input_audio_buffer.speech_started',
  'input_audio_buffer.speech_stopped',
  'input_audio_buffer.committed',
  'conversation.item.added',
  'conversation.item.done',
  ...spokenAnswer,
];

const manual = { audio: { input: { turn_detection: null } } };

function find(frames: readonly Received[], type: string): Received {
  const frame = frames.find((one) => one.type === type);
  if (!frame) throw new Error(`${type} is not among ${order(frames).join(', ')}`);
  return frame;
}

describe('a typed turn', () => {
  it('[E20] answered aloud: the exact order of events, the sound and its words in one item', async () => {
    const client = await openSession(emulator);
    await typeText(client, 'Count to three');
    client.send({ type: 'response.create' });
    const frames = await client.allUntil('rate_limits.updated');
    expect(order(frames)).toEqual([...spokenAnswer, 'rate_limits.updated']);
    expect(frames[3]).toMatchObject({
      content_index: 0,
      output_index: 0,
      part: { type: 'audio', transcript: '' },
    });
    const done = find(frames, 'response.done');
    expect(pick(done, 'response')).toMatchObject({
      object: 'realtime.response',
      status: 'completed',
      status_details: null,
      output_modalities: ['audio'],
      audio: { output: { voice: 'alloy', format: { type: 'audio/pcm', rate: 24_000 } } },
      metadata: null,
      output: [
        {
          type: 'message',
          role: 'assistant',
          status: 'completed',
          content: [{ type: 'output_audio', transcript: 'One, two, three.' }],
        },
      ],
    });
    expect(loudness(soundOf(frames).toString('base64'))).toBeGreaterThan(500);
    await client.close();
  });

  it('[E55] the words run ahead of the sound, in pieces with padding, and all of them come before the last sound', async () => {
    const client = await openSession(emulator);
    const frames = await ask(client, 'What can you do?');
    const types = frames.map((frame) => frame.type);
    const words = types.indexOf('response.output_audio_transcript.delta');
    expect(words).toBeLessThan(types.indexOf('response.output_audio.delta'));
    const lastWords = types.lastIndexOf('response.output_audio_transcript.delta');
    expect(lastWords).toBeLessThan(types.lastIndexOf('response.output_audio.delta'));
    expect(lastWords).toBeGreaterThan(types.indexOf('response.output_audio.delta'));
    const deltas = frames.filter((frame) => frame.type === 'response.output_audio_transcript.delta');
    expect(deltas.map((frame) => pickString(frame, 'delta')).join('')).toBe(wordsOf(frames));
    expect(deltas.every((frame) => /^\w{1,16}$/.test(pickString(frame, 'obfuscation')))).toBe(true);
    await client.close();
  });

  it('[E21] answered in writing: the exact order, pieces that make up the text, and padding on each', async () => {
    const client = await openSession(emulator);
    const frames = await ask(client, 'My name is Alice', { output_modalities: ['text'] });
    expect(order(frames)).toEqual([
      'response.created',
      'response.output_item.added',
      'conversation.item.added',
      'response.content_part.added',
      'response.output_text.delta',
      'response.output_text.done',
      'response.content_part.done',
      'conversation.item.done',
      'response.output_item.done',
      'response.done',
    ]);
    const deltas = frames.filter((frame) => frame.type === 'response.output_text.delta');
    expect(deltas.map((frame) => pickString(frame, 'delta')).join('')).toBe('Nice to meet you, Alice.');
    expect(deltas.every((frame) => pickString(frame, 'obfuscation').length > 0)).toBe(true);
    expect(wordsOf(frames)).toBe('Nice to meet you, Alice.');
    await client.close();
  });

  it('[E15] every frame begins with its type and an event_id of its own', async () => {
    const client = await openSession(emulator);
    await ask(client, 'Hello');
    const ids = client.received.map((frame) => pickString(frame, 'event_id'));
    expect(client.received.every((frame) => Object.keys(frame).slice(0, 2).join() === 'type,event_id')).toBe(
      true,
    );
    expect(ids.every((id) => /^event_[0-9A-Za-z]{21}$/.test(id))).toBe(true);
    expect(new Set(ids).size).toBe(ids.length);
    const delta = find(client.received, 'response.output_audio.delta');
    expect(Object.keys(delta)).toEqual(
      'type event_id response_id item_id output_index content_index delta'.split(' '),
    );
    await client.close();
  });
});

describe('a spoken turn', () => {
  it('[E22] server VAD finds it, commits it under the id it announced, and answers: the exact order of events', async () => {
    const client = await openSession(emulator);
    append(client, await speech('What time is it in London?'));
    const frames = await client.allUntil('response.done');
    expect(order(frames)).toEqual(
      spokenTurn.filter((type, index) => spokenTurn.indexOf(type) === index || !type.endsWith('.delta')),
    );
    const itemId = pickString(frames[0], 'item_id');
    expect(frames.slice(0, 3).map((frame) => frame['item_id'])).toEqual([itemId, itemId, itemId]);
    expect(frames[2]).toMatchObject({ previous_item_id: null });
    expect(frames[3]).toMatchObject({
      previous_item_id: null,
      item: {
        id: itemId,
        status: 'completed',
        role: 'user',
        content: [{ type: 'input_audio', transcript: null }],
      },
    });
    expect(pickNumber(frames[0], 'audio_start_ms')).toBeLessThan(pickNumber(frames[1], 'audio_end_ms'));
    await client.close();
  });

  it('[E23] it makes no difference whether the sound comes in 20 ms, in 100 ms or all at once', async () => {
    const said = await speech('Does it matter how this is sent?');
    const marks: unknown[] = [];
    for (const chunkMs of [20, 100, 60_000]) {
      const client = await openSession(emulator);
      append(client, said, chunkMs);
      const started = await client.until('input_audio_buffer.speech_started');
      const stopped = await client.until('input_audio_buffer.speech_stopped');
      await client.until('response.done');
      marks.push([started['audio_start_ms'], stopped['audio_end_ms']]);
      await client.close();
    }
    expect(marks[1]).toEqual(marks[0]);
    expect(marks[2]).toEqual(marks[0]);
  });

  it('[E60] the first answer admits that it understands no speech, says how long it heard, and plays it back', async () => {
    const client = await openSession(emulator);
    const said = await speech('Play this back to me now.');
    append(client, said);
    const first = await client.allUntil('response.done');
    expect(wordsOf(first)).toMatch(/emulator.+cannot understand speech.+I heard you for 1\.\d seconds/s);
    append(client, said);
    const second = await client.allUntil('response.done');
    expect(wordsOf(second)).toMatch(/^I heard you for 1\.\d seconds\.$/);
    const alone = await speech(wordsOf(second), { voice: 'alloy', silenceBeforeMs: 0, silenceAfterMs: 0 });
    expect(soundOf(second).length).toBeGreaterThan(alone.byteLength + 48 * 1_200);
    await client.close();
  });

  it('[E29] with create_response false it is committed, and the answer waits to be asked for', async () => {
    const client = await openSession(emulator);
    await configure(client, {
      audio: { input: { turn_detection: { type: 'server_vad', create_response: false } } },
    });
    append(client, await speech('Wait for it.'));
    await client.until('conversation.item.done');
    client.send({ type: 'input_audio_buffer.clear' });
    expect((await client.next()).type).toBe('input_audio_buffer.cleared');
    client.send({ type: 'response.create' });
    expect(order(await client.allUntil('response.done'))).toEqual(spokenAnswer);
    await client.close();
  });

  it('[E40] semantic_vad answers, but says nothing of speech, as on Azure; unless it is told to', async () => {
    const client = await openSession(emulator);
    const semantic = { audio: { input: { turn_detection: { type: 'semantic_vad', eagerness: 'high' } } } };
    const said = await speech('Is anybody there?', { silenceAfterMs: 2_000 });
    await configure(client, semantic);
    append(client, said);
    const types = order(await client.allUntil('response.done'));
    expect(types[0]).toBe('input_audio_buffer.committed');
    expect(types).not.toContain('input_audio_buffer.speech_started');
    await client.close();
    const outspoken = await startEmulator({ port: 0, pace: 0, semanticVad: 'full' });
    const other = await openSession(outspoken);
    await configure(other, semantic);
    append(other, said);
    expect((await other.allUntil('response.done'))[0]?.type).toBe('input_audio_buffer.speech_started');
    await other.close();
    await outspoken.close();
  });
});

describe('a manual turn', () => {
  it('[E26] is committed by the client, without speech events, and answered when asked', async () => {
    const client = await openSession(emulator);
    await configure(client, manual);
    append(client, await speech('This is a manual turn.'));
    client.send({ type: 'input_audio_buffer.commit' });
    expect(order(await client.allUntil('conversation.item.done'))).toEqual([
      'input_audio_buffer.committed',
      'conversation.item.added',
      'conversation.item.done',
    ]);
    client.send({ type: 'response.create' });
    expect(order(await client.allUntil('response.done'))).toEqual(spokenAnswer);
    await client.close();
  });

  it('[E27] a commit of less than 100 ms is refused with the milliseconds there are', async () => {
    const client = await openSession(emulator);
    await configure(client, manual);
    append(client, quiet(99));
    client.send({ type: 'input_audio_buffer.commit', event_id: 'mine' });
    const error = pick(await client.until('error'), 'error');
    expect(error).toMatchObject({ code: 'input_audio_buffer_commit_empty', event_id: 'mine' });
    expect(pickString(error, 'message')).toContain('99.00ms');
    append(client, quiet(1));
    client.send({ type: 'input_audio_buffer.commit' });
    await client.until('input_audio_buffer.committed');
    await client.close();
  });

  it('[E28] a clear empties the buffer and is acknowledged', async () => {
    const client = await openSession(emulator);
    await configure(client, manual);
    append(client, quiet(500));
    client.send({ type: 'input_audio_buffer.clear' });
    await client.until('input_audio_buffer.cleared');
    client.send({ type: 'input_audio_buffer.commit' });
    expect(pick(await client.until('error'), 'error.code')).toBe('input_audio_buffer_commit_empty');
    await client.close();
  });

  it('[E26] a commit while the VAD hears speech keeps the announced id and sends no speech_stopped', async () => {
    const client = await openSession(emulator);
    append(client, await speech('I am still talking and talking', { silenceAfterMs: 0 }));
    const started = await client.until('input_audio_buffer.speech_started');
    client.send({ type: 'input_audio_buffer.commit' });
    const committed = await client.next();
    expect(committed).toMatchObject({ type: 'input_audio_buffer.committed', item_id: started['item_id'] });
    await client.close();
  });
});

describe('what a turn costs', () => {
  it('[E45] counts the whole conversation each time, and what it knew before as cached in 64s', async () => {
    const client = await openSession(emulator);
    await configure(client, manual);
    const before = await ask(client, 'Hello');
    append(client, quiet(1_630, 3_000));
    client.send({ type: 'input_audio_buffer.commit' });
    client.send({ type: 'response.create' });
    const after = await client.allUntil('response.done');
    const first = pick(find(before, 'response.done'), 'response.usage');
    const second = pick(find(after, 'response.done'), 'response.usage');
    const answerTokens = pickNumber(first, 'output_token_details.audio_tokens');
    expect(answerTokens).toBe(soundOf(before).length / 2_400);
    expect(pickNumber(second, 'input_token_details.audio_tokens')).toBe(answerTokens + 17);
    expect(pickNumber(second, 'input_tokens')).toBeGreaterThan(pickNumber(first, 'input_tokens'));
    expect(pickNumber(first, 'input_token_details.cached_tokens')).toBe(0);
    expect(pickNumber(second, 'input_token_details.cached_tokens') % 64).toBe(0);
    expect(pickNumber(second, 'output_token_details.audio_tokens')).toBe(soundOf(after).length / 2_400);
    await client.close();
  });

  it('[E46] rate limits follow a response, tokens only', async () => {
    const client = await openSession(emulator);
    await ask(client, 'Hello');
    const { rate_limits: limits } = await client.until('rate_limits.updated');
    expect(limits).toEqual([
      { name: 'tokens', limit: 100_000, remaining: expect.any(Number), reset_seconds: expect.any(Number) },
    ]);
    await client.close();
  });

  it('[E43] an answer stops at max_output_tokens and says so', async () => {
    const client = await openSession(emulator);
    const frames = await ask(client, 'What can you do?', { max_output_tokens: 30 });
    const done = find(frames, 'response.done');
    expect(pick(done, 'response')).toMatchObject({
      status: 'incomplete',
      status_details: { type: 'incomplete', reason: 'max_output_tokens' },
      output: [{ status: 'incomplete' }],
      usage: { output_tokens: 30 },
    });
    await client.close();
  });
});

async function transcribe(model: string, text: string): Promise<Received[]> {
  const client = await openSession(emulator);
  await configure(client, {
    audio: {
      input: { transcription: { model }, turn_detection: { type: 'server_vad', create_response: false } },
    },
  });
  append(client, await speech(text));
  await client.until('conversation.item.done');
  client.send({ type: 'input_audio_buffer.append', audio: toBase64(quiet(100)) });
  const outcome = model.startsWith('nope') ? 'failed' : 'completed';
  const frames = await client.allUntil(`conversation.item.input_audio_transcription.${outcome}`);
  await client.close();
  return frames;
}

describe('transcription of what was said', () => {
  it('[E44] whisper-1 gives one honest sentence and counts seconds', async () => {
    const [completed] = await transcribe('whisper-1', 'I said this aloud.');
    expect(completed).toMatchObject({ content_index: 0, usage: { type: 'duration', seconds: 2 } });
    expect(completed?.['transcript']).toMatch(/^\(1(\.\d)? seconds? of speech\)$/);
  });

  it('[E44] gpt-4o transcribers stream it and count tokens', async () => {
    const frames = await transcribe('gpt-4o-mini-transcribe', 'I said this aloud.');
    const completed = frames.at(-1);
    const deltas = frames.slice(0, -1).map((frame) => pickString(frame, 'delta'));
    expect(deltas.join('')).toBe(completed?.['transcript']);
    expect(completed?.['usage']).toMatchObject({ type: 'tokens', input_token_details: { text_tokens: 0 } });
  });

  it('[E44] any other model fails each turn for want of a deployment', async () => {
    const [failed] = await transcribe('nope-transcriber', 'I said this aloud.');
    expect(failed).toMatchObject({ error: { type: 'server_error', code: 'DeploymentNotFound' } });
  });
});
