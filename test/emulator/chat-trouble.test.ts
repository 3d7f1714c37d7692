import { request } from 'node:http';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';

import { chatBehaviours } from '../../emulator/chat/chat-deployments.ts';
import { type Emulator, startEmulator } from '../../emulator/server.ts';
import { pick } from '../support/realtime-client.ts';
import { type Chat, complete, finishOf, frames, post, readUntil, toFrames, V1, wordsIn } from './chats.ts';

let emulator: Emulator;
/** Answers at the pace of life, so that something can happen in the middle. */
let slow: Emulator;
beforeAll(async () => {
  [emulator, slow] = await Promise.all([
    startEmulator({ port: 0, pace: 0 }),
    startEmulator({ port: 0, pace: 1, thinkMs: 0 }),
  ]);
});
afterEach(() => fetch(`${slow.url}/emulator/faults`, { method: 'DELETE' }));
afterAll(() => Promise.all([emulator.close(), slow.close()]));

const says = 'Count to ten';
/** Takes more than a second to say. */
const LONG = 'Count to 30';

const WORDS = 'One, two, three, four, five, six, seven, eight, nine, ten.';

const hasBegun = (text: string) => text.includes('"content":"One"');
const hasSeveral = (text: string) => text.includes('"content":" two"');

async function afflict(fault: object): Promise<void> {
  const response = await fetch(`${slow.url}/emulator/faults`, {
    method: 'POST',
    body: JSON.stringify(fault),
  });
  expect(response.status).toBe(201);
}

/** Reads the rest of a body; 'cut' when the connection ended first. */
async function rest(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<string> {
  let text = '';
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return text;
      text += Buffer.from(value).toString();
    }
  } catch {
    return 'cut';
  }
}

/** Begins a streamed answer and reads its first word. */
async function begin(chat: Chat): Promise<ReadableStreamDefaultReader<Uint8Array>> {
  const response = await post(slow, { ...chat, stream: true });
  return (await readUntil(response, hasBegun)).reader;
}

/** Waits until no answer is under way. */
async function untilNoneOpen(): Promise<void> {
  await expect.poll(() => slow.stats().chats_open, { interval: 5 }).toBe(0);
}

describe('a deployment that misbehaves in chat', () => {
  it('[EC30] every one of them says what it is for', () => {
    for (const [name, { doc }] of Object.entries(chatBehaviours)) {
      expect(name).toMatch(/^chat-/);
      expect(doc).toMatch(/^[a-z].+\w$/);
    }
  });

  it('[EC30] chat-burst sends many events in one read and waits between', async () => {
    const response = await post(emulator, {
      says: 'Count to 25',
      model: 'chat-burst',
      stream: true,
    });
    const reads: string[] = [];
    for await (const piece of response.body ?? []) reads.push(Buffer.from(piece).toString());
    const words = reads.map((read) => wordsIn(toFrames(read)));
    expect(words.filter((some) => some !== '').length).toBeLessThan(5);
    expect(words.join('')).toMatch(/^One, .+$/);
  });

  it('[EC30] chat-splits cuts events in the middle, and the whole is the same', async () => {
    const response = await post(emulator, {
      says: 'Repeat after me: żółć 🎈',
      model: 'chat-splits',
      stream: true,
    });
    const reads: string[] = [];
    for await (const piece of response.body ?? []) reads.push(Buffer.from(piece).toString('latin1'));
    expect(reads.filter((read) => !read.endsWith('\n\n')).length).toBeGreaterThan(3);
    const whole = Buffer.from(reads.join(''), 'latin1').toString();
    expect(wordsIn(toFrames(whole))).toBe('żółć 🎈');
  });

  it('[EC31] chat-no-prompt-filter leaves the first frame out', async () => {
    const received = await frames(emulator, { says, model: 'chat-no-prompt-filter' });
    expect(pick(received[0], 'choices.0.delta.role')).toBe('assistant');
    expect(await complete(emulator, { says, model: 'chat-no-prompt-filter' })).not.toHaveProperty(
      'prompt_filter_results',
    );
  });

  it.each([{ says, model: 'chat-filter-prompt' }, { says: 'Please trip the prompt filter' }])(
    '[EC32] a blocked prompt is 400 with what the filter found: %j',
    async (chat) => {
      for (const stream of [false, true]) {
        const response = await post(emulator, { ...chat, stream });
        expect(response.status).toBe(400);
        expect(await response.json()).toEqual({
          error: {
            message: expect.stringMatching(/content management policy/),
            type: null,
            param: 'prompt',
            code: 'content_filter',
            status: 400,
            innererror: {
              code: 'ResponsibleAIPolicyViolation',
              content_filter_result: expect.objectContaining({
                violence: { filtered: true, severity: 'medium' },
              }),
            },
          },
        });
      }
    },
  );

  it.each([
    { says, model: 'chat-filter-completion' },
    { says, model: 'content-filter' },
    { says: 'Count to ten and trip the answer filter' },
  ])(
    '[EC32] a blocked answer keeps the words that were out and ends with content_filter: %j',
    async (chat) => {
      const received = await frames(emulator, chat);
      expect([wordsIn(received), finishOf(received)]).toEqual(['One, two, three', 'content_filter']);
      expect(pick(received.at(-2), 'choices.0.content_filter_results.violence.filtered')).toBe(true);
      expect(received.at(-1)).toBe('[DONE]');
      expect(pick(await complete(emulator, chat), 'choices.0')).toMatchObject({
        finish_reason: 'content_filter',
        message: { content: 'One, two, three' },
      });
    },
  );

  it('[EC33] chat-filter-error says in every choice, in the singular, that nothing was filtered', async () => {
    const received = await frames(emulator, { says, model: 'chat-filter-error' });
    expect(received.some((frame) => typeof frame === 'object' && 'prompt_filter_results' in frame)).toBe(
      false,
    );
    for (const frame of received.slice(0, -1)) {
      expect(pick(frame, 'choices.0.content_filter_result.error.code')).toBe('content_filter_error');
      expect(pick(frame, 'choices.0.content_filter_results')).toBeUndefined();
    }
    expect(wordsIn(received)).toBe(WORDS);
  });

  it('[EC33] chat-async-filter annotates what is out already, also after the finish', async () => {
    const received = await frames(emulator, { says, model: 'chat-async-filter' });
    const offsets = received.flatMap((frame) => pick(frame, 'choices.0.content_filter_offsets') ?? []);
    expect(offsets.length).toBeGreaterThan(1);
    expect(pick(offsets[0], 'start_offset')).toBe(0);
    for (const [at, one] of offsets.slice(1).entries()) {
      expect(pick(one, 'start_offset')).toBe(pick(offsets[at], 'end_offset'));
    }
    expect(pick(offsets.at(-1), 'end_offset')).toBe(WORDS.length);
    const annotation = received.at(-2);
    expect(pick(annotation, 'choices.0')).not.toHaveProperty('delta');
    expect(pick(received.at(-3), 'choices.0.finish_reason')).toBe('stop');
    expect(wordsIn(received)).toBe(WORDS);
  });

  it.each(['chat-cut', 'drops-mid-sentence'])(
    '[EC34] %s cuts the connection after some words',
    async (model) => {
      const response = await post(emulator, { says, model, stream: true });
      const { reader } = await readUntil(response, hasSeveral);
      expect(await rest(reader)).toBe('cut');
      const whole = await post(emulator, { says, model });
      await expect(whole.text()).rejects.toThrow(/terminated/);
    },
  );

  it.each(['chat-stalls', 'stalls'])('[EC34] %s goes silent and stays open', async (model) => {
    const response = await post(emulator, { says, model, stream: true });
    const { reader } = await readUntil(response, hasSeveral);
    const silent = reader.read();
    // Another answer comes as a whole meanwhile.
    const other = frames(emulator, { says });
    expect(await Promise.race([silent, other])).toHaveLength((await other).length);
    expect(emulator.stats().chats_open).toBe(1);
    await reader.cancel();
    await expect.poll(() => emulator.stats().chats_open, { interval: 5 }).toBe(0);
  });

  it('[EC34] malformed sends an event that is no JSON, and half a body', async () => {
    const streamed = await post(emulator, { says, model: 'malformed', stream: true });
    const text = await streamed.text();
    expect(() => toFrames(text)).toThrow(SyntaxError);
    expect(text).toMatch(/\[DONE\]\n\n$/);
    const whole = await post(emulator, { says, model: 'malformed' });
    await expect(whole.json()).rejects.toThrow(SyntaxError);
  });

  it('[EC34] drops-at-once cuts before any byte', async () => {
    for (const stream of [false, true]) {
      await expect(post(emulator, { says, model: 'drops-at-once', stream })).rejects.toThrow(/fetch failed/);
    }
  });

  it('[EC35] rate-limited is 429 with every header of one, and seconds in words', async () => {
    const path = '/openai/deployments/rate-limited/chat/completions?api-version=2024-10-21';
    for (const where of [V1, path]) {
      const response = await post(emulator, { says, model: 'rate-limited' }, where);
      expect(response.status).toBe(429);
      const headers = Object.fromEntries(response.headers);
      expect(headers).toMatchObject({
        'retry-after': '2',
        'retry-after-ms': '2000',
        'x-ratelimit-limit-requests': '1000',
        'x-ratelimit-limit-tokens': '1000000',
        'x-ratelimit-remaining-requests': '0',
        'x-ratelimit-remaining-tokens': '0',
        'x-ratelimit-reset-requests': '2',
        'x-ratelimit-reset-tokens': '2',
      });
      const message = where === V1 ? /version v1.+2 seconds/ : /version 2024-10-21.+2 seconds/;
      expect(await response.json()).toEqual({
        error: { code: '429', message: expect.stringMatching(message) },
      });
    }
  });
});

describe('faults, while chats run', () => {
  it('[EC36] refuse and rate_limit meet the next requests, as many as count', async () => {
    await afflict({ kind: 'refuse', status: 503, count: 1 });
    await afflict({ kind: 'rate_limit', count: 1 });
    const statuses: number[] = [];
    for (let attempt = 0; attempt < 3; attempt += 1) {
      const response = await post(slow, { says: 'Count to two' });
      await response.text();
      statuses.push(response.status);
    }
    expect(statuses).toEqual([503, 429, 200]);
  });

  it('[EC37] drop cuts an answer under way, close ends it early, and later ones are well', async () => {
    const dropped = await begin({ says: LONG });
    await afflict({ kind: 'drop' });
    expect(await rest(dropped)).toBe('cut');
    const closed = await begin({ says: LONG });
    await afflict({ kind: 'close' });
    expect(await rest(closed)).not.toMatch(/DONE|finish_reason":"stop|^cut$/);
    expect(wordsIn(await frames(slow, { says: 'Count to two' }))).toBe('One, two.');
  });

  it('[EC37] error is an event and the end of a stream, and a 500 before it', async () => {
    const streamed = await begin({ says: LONG });
    await afflict({ kind: 'error', code: 'overloaded' });
    const events = toFrames(await rest(streamed));
    expect(events.at(-1)).toMatchObject({ error: { code: 'overloaded', type: 'server_error' } });
    const whole = post(slow, { says: LONG });
    await expect.poll(() => slow.stats().chats_open, { interval: 5 }).toBe(1);
    await afflict({ kind: 'error' });
    expect((await whole).status).toBe(500);
    expect(await (await whole).json()).toMatchObject({ error: { code: 'server_error' } });
  });

  it('[EC37] malformed puts no JSON into a stream, and the answer goes on', async () => {
    const streamed = await begin({ says: LONG });
    await afflict({ kind: 'malformed' });
    const text = await rest(streamed);
    expect(() => toFrames(text)).toThrow(SyntaxError);
    expect(text).toMatch(/" 30".+\[DONE\]/s);
  });

  it('[EC37] stall holds an answer until faults are cleared', async () => {
    const streamed = await begin({ says: LONG });
    await afflict({ kind: 'stall' });
    const ended = rest(streamed);
    // An answer as long comes as a whole meanwhile.
    const other = frames(slow, { says: LONG });
    expect(await Promise.race([ended, other])).toBe(await other);
    await fetch(`${slow.url}/emulator/faults`, { method: 'DELETE' });
    expect(await ended).toMatch(/\[DONE\]\n\n$/);
  });
});

describe('a chat that is left alone', () => {
  it('[EC39] ends at once when the client goes, in the middle of an answer or before', async () => {
    const streamed = await begin({ says: LONG });
    expect(slow.stats().chats_open).toBe(1);
    await streamed.cancel();
    await untilNoneOpen();
    const gone = new AbortController();
    const whole = post(slow, { says: LONG }, V1, { signal: gone.signal });
    await expect.poll(() => slow.stats().chats_open, { interval: 5 }).toBe(1);
    gone.abort();
    await expect(whole).rejects.toThrow(/abort/);
    await untilNoneOpen();
  });

  it('[EC39] a client that goes while it uploads leaves nothing behind', async () => {
    const headers = { 'api-key': 'any', 'content-length': '1000' };
    const upload = request(`${slow.url}${V1}`, { method: 'POST', headers });
    const { promise: closed, resolve } = Promise.withResolvers<void>();
    upload.on('close', resolve);
    upload.on('error', () => undefined);
    const before = slow.stats().chat_requests;
    upload.write('{"model":');
    await expect.poll(() => slow.stats().chat_requests, { interval: 5 }).toBe(before + 1);
    upload.destroy();
    await closed;
    expect(wordsIn(await frames(slow, { says: 'Count to two' }))).toBe('One, two.');
    await untilNoneOpen();
  });

  it('[EC39] closing the emulator cuts the answers under way', async () => {
    const other = await startEmulator({ port: 0, thinkMs: 0 });
    const response = await post(other, { says: LONG, stream: true });
    const { reader } = await readUntil(response, hasBegun);
    await other.close();
    expect(await rest(reader)).toBe('cut');
    expect(other.stats().chats_open).toBe(0);
  });
});

describe('stats of chats', () => {
  it('[EC38] count requests and answers under way, and tell of the latest that was let in', async () => {
    const fresh = await startEmulator({ port: 0, pace: 0 });
    await (
      await post(fresh, { says, stream: true }, '/openai/v1/chat/completions?api-version=preview')
    ).text();
    await post(fresh, { model: 'nobody' });
    const response = await fetch(`${fresh.url}/emulator/stats`);
    expect(await response.json()).toMatchObject({
      chat_requests: 2,
      chats_open: 0,
      last_chat: { deployment: 'gpt-4o', api_version: 'preview', stream: true, roles: ['user'], tools: [] },
    });
    await fresh.close();
  });
});
