/** Chats on real ports: Azure's ways, told in words, and what happens when somebody stops or goes away. */
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { textOf, writer } from '../support/chat-client.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { pick } from '../support/realtime-client.ts';

let gateway: Gateway;
beforeAll(async () => {
  // As fast as the model, so that there is something to do in the middle of an answer.
  gateway = await startGateway({
    emulator: { pace: 1, thinkMs: 20 },
    vars: { MAX_REQUESTS_PER_MINUTE: '1000' },
  });
});
afterAll(() => gateway.close());

const LONG = { content: 'Count to thirty' };

async function chatsOpen(): Promise<unknown> {
  return pick(await (await fetch(`${gateway.emulator.url}/emulator/stats`)).json(), 'chats_open');
}

describe('somebody stops or goes away', () => {
  test('[T7] a cancel reaches Azure: its connection is closed in the middle, and what came is kept', async () => {
    const alice = await writer(gateway);
    const chat = await alice.chats();
    chat.send(LONG);
    await chat.until('text_delta');
    expect(await chatsOpen()).toBe(1);
    chat.send({ type: 'cancel' });
    const answer = await chat.until('text_response');
    expect(answer).toMatchObject({
      status: 'interrupted',
      reason: 'cancelled',
      content: textOf(chat.received),
    });
    expect(String(answer['content']).length).toBeLessThan(100);
    await vi.waitFor(async () => expect(await chatsOpen()).toBe(0));
    const [, kept] = await alice.remembers(String(answer['conversation_id']));
    expect(kept).toMatchObject({ content: answer['content'], status: 'interrupted' });
    await chat.close();
  });

  test('[T12] an answer whose reader is lost goes on, is kept, and comes back exactly from where it was cut', async () => {
    const alice = await writer(gateway);
    const chat = await alice.chats();
    chat.send(LONG);
    for (let count = 0; count < 7; count += 1) await chat.until('text_delta');
    chat.terminate();
    await chat.closed();
    const had = textOf(chat.received);
    const { conversation_id, message_id } = chat.received.at(-1) ?? { type: 'none' };
    const resume = { type: 'resume', conversation_id, message_id, received: had.length };
    const back = await alice.chats();
    back.send(resume);
    const answer = await back.until('text_response');
    expect(answer).toMatchObject({ status: 'complete', content: had + textOf(back.received), message_id });
    const late = await alice.chats();
    late.send(resume);
    expect(await late.until('text_response')).toMatchObject({ content: had + textOf(late.received) });
    const [, kept] = await alice.remembers(String(conversation_id));
    expect(kept).toMatchObject({ content: answer['content'], status: 'complete' });
    await Promise.all([back.close(), late.close()]);
  });

  test('[T12] wherever a reader is cut off and comes back, nothing is lost and nothing comes twice', async () => {
    const alice = await writer(gateway);
    for (const pieces of [1, 3, 11, 19]) {
      const chat = await alice.chats();
      chat.send(LONG);
      for (let count = 0; count < pieces; count += 1) await chat.until('text_delta');
      const names = chat.received.at(-1) ?? { type: 'none' };
      chat.terminate();
      await chat.closed();
      const had = textOf(chat.received);
      const back = await alice.chats();
      const { conversation_id, message_id } = names;
      back.send({ type: 'resume', conversation_id, message_id, received: had.length });
      const answer = await back.until('text_response');
      expect(had + textOf(back.received)).toBe(answer['content']);
      await back.close();
    }
  });
});

describe('Azure’s ways', () => {
  test('[T18] a blocked prompt, a filtered answer and an answer that is cut are told in words, and the chat goes on', async () => {
    const alice = await writer(gateway);
    const chat = await alice.chats();
    chat.send({ content: 'Please trip the prompt filter', id: 'one' });
    expect(await chat.until('error')).toMatchObject({ code: 'content_filter', id: 'one' });
    expect(await chat.until('text_response')).toMatchObject({ content: '', status: 'interrupted' });
    chat.send({ content: 'Please trip the answer filter and count to thirty' });
    const filtered = await chat.until('text_response');
    expect(filtered).toMatchObject({ status: 'interrupted', reason: 'content_filter' });
    expect(String(filtered['content'])).not.toBe('');
    chat.send(LONG);
    await chat.until('text_delta');
    await gateway.fault({ kind: 'drop' });
    expect(await chat.until('error')).toMatchObject({ code: 'upstream_lost' });
    expect(await chat.until('text_response')).toMatchObject({ status: 'interrupted', reason: 'failed' });
    chat.send({ content: 'hello' });
    expect(await chat.until('text_response')).toMatchObject({ status: 'complete', reason: 'stop' });
    await chat.close();
  });

  test('[T18] a 429 is told with its wait, and the same message sent again is answered', async () => {
    const alice = await writer(gateway);
    const chat = await alice.chats();
    await gateway.fault({ kind: 'rate_limit', count: 1 });
    chat.send({ content: 'hello', id: 'one' });
    const error = await chat.until('error');
    expect(error).toMatchObject({
      code: 'upstream_throttled',
      id: 'one',
      retry_after_seconds: expect.any(Number),
    });
    const { conversation_id } = await chat.until('text_response');
    chat.send({ content: 'hello', id: 'one' });
    expect(await chat.until('text_response')).toMatchObject({ status: 'complete', conversation_id });
    expect(await alice.remembers(String(conversation_id))).toHaveLength(2);
    await chat.close();
  });

  test('[T18] a refusal of Azure’s is told without a word of it, and a deployment nobody has too', async () => {
    const alice = await writer(gateway);
    const chat = await alice.chats();
    await gateway.fault({ kind: 'refuse', status: 401, count: 1 });
    chat.send({ content: 'hello' });
    expect(await chat.until('error')).toMatchObject({
      code: 'upstream_refused',
      message: expect.not.stringContaining('key'),
    });
    await chat.close();
  });
});

test('[T5] a program of the older backends has its dialogue, on /ws?mode=text too', async () => {
  const alice = await writer(gateway);
  const chat = await alice.chats([]);
  for (const [said, heard] of [
    [{ text: 'My name is Ada.' }, 'Nice to meet you, Ada.'],
    [{ content: 'What is my name?' }, 'Your name is Ada.'],
  ] as const) {
    chat.send(said);
    const frames = (await chat.allUntil('text_response')).filter(({ type }) => type.startsWith('text_'));
    expect(frames.at(-1)).toMatchObject({ content: heard });
    expect(textOf(frames)).toBe(heard);
  }
  expect(chat.received[0]?.type).toBe('text_delta');
  expect((await chat.close()).code).toBe(1000);
});
