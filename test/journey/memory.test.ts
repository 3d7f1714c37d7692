/** Conversations over the life and death of the server: on real ports, with the database on disk. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type {
  ConversationPage,
  ConversationWithMessages,
  SearchPage,
} from '../../src/protocol/conversations.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { person, written, type Person } from '../support/person.ts';
import { pickString } from '../support/realtime-client.ts';

let gateway: Gateway;
beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(() => gateway.close());

/** Says something in writing on a call of its own, waits for the answer, and hangs up; tells the conversation. */
async function says(who: Person, text: string): Promise<string> {
  const call = await who.calls('binary');
  const conversation = pickString(await call.until('gateway.session'), 'conversation_id');
  await call.until('session.created');
  call.send(written(text));
  call.send({ type: 'response.create' });
  await call.until('response.done');
  await call.close();
  return conversation;
}

async function read<T>(who: Person, path: string): Promise<T> {
  const answer = await who.asks(`/api/conversations${path}`);
  expect(answer.status).toBe(200);
  return (await answer.json()) as T;
}

test('[H26][H23] what was said is there after a stop and after a kill, for whoever said it and nobody else', async () => {
  const [alice, mallory] = [await person(gateway), await person(gateway)];
  const first = await says(alice, 'My name is Ada Lovelace.');
  await gateway.restart();
  const second = await says(alice, 'I grow quinces.');
  const before = await read<ConversationPage>(alice, '');
  expect(before.conversations.map(({ id }) => id)).toEqual([second, first]);
  await gateway.crash();
  expect(await read<ConversationPage>(alice, '')).toEqual(before);
  const opened = await read<ConversationWithMessages>(alice, `/${first}`);
  expect(opened.messages.map(({ role }) => role)).toEqual(['user', 'assistant']);
  expect(opened.messages[0]?.content).toBe('My name is Ada Lovelace.');
  const found = await read<SearchPage>(alice, '/search?q=quin');
  expect(found.results.map(({ conversation_id }) => conversation_id)).toContain(second);
  for (const [method, body] of [
    ['GET', undefined],
    ['PATCH', '{"title":"mine"}'],
    ['DELETE', undefined],
  ] as const) {
    const headers = { Authorization: `Bearer ${mallory.token}` };
    const init = body === undefined ? { method, headers } : { method, headers, body };
    const answer = await fetch(`${gateway.url}/api/conversations/${first}`, init);
    expect(answer.status).toBe(404);
  }
  expect(await read<ConversationPage>(mallory, '')).toEqual({ conversations: [], next: null });
  expect(await read<SearchPage>(mallory, '/search?q=quin')).toEqual({ results: [], next: null });
});

test('[H26] what a call said is there though the server is killed in the middle of it', async () => {
  const alice = await person(gateway);
  const call = await alice.calls('binary');
  const conversation = pickString(await call.until('gateway.session'), 'conversation_id');
  await call.until('session.created');
  call.send(written('I grow medlars.'));
  call.send({ type: 'response.create' });
  await call.until('response.done');
  // Notes make no frame wait: they are on the disk when the next thing is answered.
  call.send({ type: 'gateway.ping' });
  await call.until('gateway.pong');
  await gateway.crash();
  const opened = await read<ConversationWithMessages>(alice, `/${conversation}`);
  expect(opened.messages.map(({ role }) => role)).toEqual(['user', 'assistant']);
});

test('[H17] who was forgotten is not there after a restart either', async () => {
  const alice = await person(gateway);
  const word = 'xylorimba';
  const kept = await says(alice, `I play the ${word} at home.`);
  await read<ConversationPage>(alice, '');
  expect((await alice.asks('/api/me', 'DELETE')).status).toBe(204);
  await gateway.restart();
  expect((await alice.asks(`/api/conversations/${kept}`)).status).toBe(404);
  expect(await read<SearchPage>(alice, `/search?q=${word}`)).toEqual({ results: [], next: null });
});
