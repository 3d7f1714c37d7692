/** What calls leave in a user's memory, and what they find there. */
import { abortAllDurableObjects, runInDurableObject } from 'cloudflare:test';
import { env, exports } from 'cloudflare:workers';
import { expect, it } from 'vitest';
import type { Pages } from '../../src/durable-objects/notebook.ts';
import type { Said } from '../../src/durable-objects/said.ts';
import type { KeptMessage } from '../../src/durable-objects/store/memory.ts';
import type { SqlMemory } from '../../src/durable-objects/store/sql-memory.ts';
import { objectName } from '../../src/identity/object-name.ts';
import type { ConversationMessage } from '../../src/protocol/conversations.ts';
import { TEST_SECRET, tokenFor } from '../support/tokens.ts';
import { calls, callsDirectly, knock, newPerson, tokenWith, typed } from '../workerd/calls.ts';
import type { Caller } from '../workerd/caller.ts';
import { asks as asksInChat, chats } from '../workerd/chats.ts';
import { hum } from '../workerd/hum.ts';
import { everythingIn, NOON, openMemory, said, withMemory } from '../workerd/memories.ts';

/** Works with the memory of this person. */
async function inMemoryOf<T>(person: string, work: (memory: SqlMemory) => T): Promise<T> {
  const name = await objectName(TEST_SECRET, { issuer: 'voxgate', subject: person });
  return runInDurableObject(env.USERS.getByName(name), (_, { storage }) => work(openMemory(storage)));
}

async function messagesOf(person: string, conversationId: unknown): Promise<readonly ConversationMessage[]> {
  const page = await inMemoryOf(person, (memory) =>
    memory.open(String(conversationId), { after: null, limit: 100 }),
  );
  return page?.messages ?? [];
}

async function rowsOf(person: string, conversationId: unknown): Promise<unknown[]> {
  const messages = await messagesOf(person, conversationId);
  return messages.map(({ role, content, status }) => [role, content, status]);
}

/** Asks in writing, and waits for the whole answer. */
async function asks(caller: Caller, text: string, modality: 'text' | 'audio' = 'text'): Promise<string> {
  caller.says(typed(text));
  caller.says({ type: 'response.create', response: { output_modalities: [modality] } });
  const done = await caller.hears('response.done');
  const { output } = done['response'] as { output: { content: { text?: string; transcript?: string }[] }[] };
  const [part] = output[0]?.content ?? [];
  return part?.text ?? part?.transcript ?? '';
}

/** A call on the binary lane, and what it writes into. */
async function talks(token: string, query = ''): Promise<{ alice: Caller; conversation: string }> {
  const alice = await calls('voxgate.v1', token, query);
  const { conversation_id: conversation } = await alice.hears('gateway.session');
  await alice.hears('session.created');
  return { alice, conversation: String(conversation) };
}

async function hangsUp(caller: Caller): Promise<void> {
  caller.hangsUp();
  await caller.ends();
}

it('[V12][V2][V3] a call names the conversation it writes into, and what is said in it is there', async () => {
  const person = newPerson();
  const { alice, conversation } = await talks(await tokenFor(person));
  expect(conversation).toMatch(/^conv_[0-9a-f]{32}$/);
  await asks(alice, 'My name is Ada.');
  await asks(alice, 'count to three', 'audio');
  const expected = [
    ['user', 'My name is Ada.', 'complete'],
    ['assistant', 'Nice to meet you, Ada.', 'complete'],
    ['user', 'count to three', 'complete'],
    ['assistant', 'One, two, three.', 'complete'],
  ];
  expect(await rowsOf(person, conversation)).toEqual(expected);
  await hangsUp(alice);
  expect(await rowsOf(person, conversation)).toEqual(expected);
  const messages = await messagesOf(person, conversation);
  expect(messages.map(({ mode }) => mode)).toEqual(['text', 'text', 'text', 'voice']);
});

it('[V12] what is being said can be read meanwhile, where every conversation is read', async () => {
  const token = await tokenFor(newPerson());
  const { alice, conversation } = await talks(token);
  await asks(alice, 'My name is Ada.');
  const headers = { Authorization: `Bearer ${token}` };
  const answer = await exports.default.fetch(`http://localhost/api/conversations/${conversation}`, {
    headers,
  });
  expect(await answer.json()).toMatchObject({
    id: conversation,
    title: 'My name is Ada.',
    messages: [{ role: 'user', content: 'My name is Ada.' }, { role: 'assistant' }],
  });
  await hangsUp(alice);
});

it.each(['json', 'binary'] as const)(
  '[V10][V13] a call on the %s lane remembers what was said in another, and shows nothing of it',
  async (lane) => {
    const person = newPerson();
    const token = await tokenFor(person);
    const first = await talks(token);
    await asks(first.alice, 'My name is Ada.');
    await hangsUp(first.alice);
    const subprotocol = lane === 'binary' ? 'voxgate.v1' : 'realtime';
    const alice = await calls(subprotocol, token, `?conversation=${first.conversation}`);
    expect(await asks(alice, 'What is my name?')).toBe('Your name is Ada.');
    const seen = alice.heard.filter((heard) => heard.kind === 'event');
    expect(JSON.stringify(seen)).not.toMatch(/vg_|Nice to meet/);
    const added = seen.filter(({ type }) => type === 'conversation.item.added').map(({ event }) => event);
    expect(added).toHaveLength(2);
    expect(added[0]).toMatchObject({ previous_item_id: null, item: { role: 'user' } });
    await hangsUp(alice);
    expect((await rowsOf(person, first.conversation)).map((row) => (row as string[])[1])).toEqual([
      'My name is Ada.',
      'Nice to meet you, Ada.',
      'What is my name?',
      'Your name is Ada.',
    ]);
  },
);

it('[V10] an unlocked client continues a conversation like anybody, and sees nothing of it either', async () => {
  const person = newPerson();
  const token = await tokenWith(person, { unlocked: true });
  const first = await talks(token);
  await asks(first.alice, 'My name is Ada.');
  await hangsUp(first.alice);
  const alice = await calls('realtime', token, `?conversation=${first.conversation}`);
  expect(await asks(alice, 'What is my name?')).toBe('Your name is Ada.');
  expect(JSON.stringify(alice.heard)).not.toMatch(/vg_|Nice to meet/);
  alice.says({ type: 'conversation.item.retrieve', item_id: 'vg_said_0' });
  expect(await alice.hears('error')).toMatchObject({ error: { code: 'invalid_value', param: 'item_id' } });
  alice.says({ ...typed('Put me behind.'), previous_item_id: 'vg_said_0' });
  expect(await alice.hears('error')).toMatchObject({
    error: { code: 'invalid_value', param: 'previous_item_id' },
  });
  await hangsUp(alice);
});

it('[V16] a call without a conversation begins a new one that knows nothing of others', async () => {
  const person = newPerson();
  const token = await tokenFor(person);
  const first = await talks(token);
  await asks(first.alice, 'My name is Ada.');
  const second = await talks(token);
  expect(second.conversation).not.toBe(first.conversation);
  expect(await asks(second.alice, 'What is my name?')).toBe('I do not know your name yet.');
  await hangsUp(first.alice);
  await hangsUp(second.alice);
  expect(await messagesOf(person, first.conversation)).toHaveLength(2);
  expect(await messagesOf(person, second.conversation)).toHaveLength(2);
});

it('[V16] what a summary stands for is told with the rest', async () => {
  const person = newPerson();
  const token = await tokenFor(person);
  const conversation = await inMemoryOf(person, (memory) => {
    const id = memory.begin(1);
    const long = 'I like long walks. '.repeat(900);
    memory.keep(id, said('My name is Ada.', { id: 'a', saidAt: 1 }));
    memory.keep(id, said(long, { id: 'b', saidAt: 2 }));
    memory.summarize(id, { text: 'Her name is Ada.', until: 'a' });
    return id;
  });
  const { alice } = await talks(token, `?conversation=${conversation}`);
  expect(await asks(alice, 'What is my name?')).toBe('Your name is Ada.');
  await hangsUp(alice);
});

it('[V16] what was written in a chat is known in a call, and what was said in a call is what a chat is given', async () => {
  const person = newPerson();
  const token = await tokenFor(person);
  const use = { call_id: 'call_x', name: 'weather', arguments: {}, output: 'Rain', is_error: false };
  const conversation = await inMemoryOf(person, (memory) => {
    const id = memory.begin(1);
    memory.keep(id, said('My name is Ada.', { saidAt: 1 }));
    memory.keep(id, said('Hello Ada, it rains.', { role: 'assistant', saidAt: 2, toolCalls: [use] }));
    return id;
  });
  const { alice } = await talks(token, `?conversation=${conversation}`);
  expect(await asks(alice, 'What is my name?', 'audio')).toBe('Your name is Ada.');
  const recalled = await inMemoryOf(person, (memory) => memory.recall(conversation, 4_000));
  expect(recalled.messages.map(({ mode, content }) => [mode, content])).toEqual([
    ['text', 'My name is Ada.'],
    ['text', 'Hello Ada, it rains.'],
    ['text', 'What is my name?'],
    ['voice', 'Your name is Ada.'],
  ]);
  await hangsUp(alice);
});

it('[V16] a name told in a call is known in a chat, and one told in a chat is known in a call', async () => {
  const person = newPerson();
  const token = await tokenFor(person);
  const first = await talks(token);
  await asks(first.alice, 'My name is Ada.', 'audio');
  await hangsUp(first.alice);
  const chat = await chats({ token, conversation: first.conversation });
  expect(await asksInChat(chat, 'What is my name?')).toMatchObject({ content: 'Your name is Ada.' });
  expect(await asksInChat(chat, 'My favourite colour is blue.')).toMatchObject({ type: 'text_response' });
  await hangsUp(chat);
  const second = await talks(token, `?conversation=${first.conversation}`);
  expect(await asks(second.alice, 'What is my favourite colour?')).toBe('Your favourite colour is blue.');
  const written = await chats({ token, conversation: first.conversation });
  expect(await asksInChat(written, 'Who am I?')).toMatchObject({ content: 'Your name is Ada.' });
  await hangsUp(written);
  await hangsUp(second.alice);
  const messages = await messagesOf(person, first.conversation);
  expect(messages.filter(({ role }) => role === 'user').map(({ mode, content }) => [mode, content])).toEqual([
    ['text', 'My name is Ada.'],
    ['text', 'What is my name?'],
    ['text', 'My favourite colour is blue.'],
    ['text', 'What is my favourite colour?'],
    ['text', 'Who am I?'],
  ]);
});

it('[V3] an answer beside the conversation is not remembered', async () => {
  const person = newPerson();
  const { alice, conversation } = await talks(await tokenFor(person));
  alice.says(typed('hello'));
  const response = { conversation: 'none', output_modalities: ['text'], metadata: { topic: 'x' } };
  alice.says({ type: 'response.create', response });
  expect(await alice.hears('response.done')).toMatchObject({ response: { conversation_id: null } });
  expect(await rowsOf(person, conversation)).toEqual([['user', 'hello', 'complete']]);
  await hangsUp(alice);
});

it('[V11] a conversation that is not this user’s is 404 before anything is opened', async () => {
  const [ada, bob] = [await tokenFor(newPerson()), await tokenFor(newPerson())];
  const { alice, conversation } = await talks(ada);
  await asks(alice, 'My name is Ada.');
  for (const id of [conversation, `conv_${'0'.repeat(32)}`, 'conv_1', '', "'; DROP TABLE messages; --"]) {
    const answer = await knock('voxgate.v1', bob, `?conversation=${encodeURIComponent(id)}`);
    expect(answer.status).toBe(404);
    expect(await answer.json()).toMatchObject({ code: 'not_found' });
  }
  const twice = await knock('voxgate.v1', ada, `?conversation=${conversation}&conversation=${conversation}`);
  expect(await twice.json()).toMatchObject({ status: 400, code: 'invalid_request' });
  await hangsUp(alice);
});

it('[V11] one that was deleted meanwhile is 404, and a call that writes into it leaves nothing of it', async () => {
  const person = newPerson();
  const token = await tokenFor(person);
  const { alice, conversation } = await talks(token);
  await asks(alice, 'My name is Ada.');
  expect(await inMemoryOf(person, (memory) => memory.delete(conversation))).toBe(true);
  await asks(alice, 'Are you still there?');
  await hangsUp(alice);
  expect((await knock('voxgate.v1', token, `?conversation=${conversation}`)).status).toBe(404);
  expect(await messagesOf(person, conversation)).toEqual([]);
});

it('[V11] the address that says what to open takes a conversation too', async () => {
  const token = await tokenFor(newPerson());
  const { alice, conversation } = await talks(token);
  await asks(alice, 'My name is Ada.');
  const headers = { Upgrade: 'websocket', Authorization: `Bearer ${token}` };
  const open = (id: string): Promise<Response> =>
    exports.default.fetch(`http://localhost/ws?mode=voice&conversation=${id}`, { headers });
  expect((await open(`conv_${'0'.repeat(32)}`)).status).toBe(404);
  const { status, webSocket } = await open(conversation);
  expect(status).toBe(101);
  webSocket?.accept();
  webSocket?.close(1000);
  await hangsUp(alice);
});

it('[V16] a call in which nobody said anything leaves no conversation', async () => {
  const person = newPerson();
  const { alice, conversation } = await talks(await tokenFor(person));
  await hangsUp(alice);
  expect(await inMemoryOf(person, (memory) => memory.find(conversation))).toBeNull();
});

it('[V9] what was said is there though the object is lost in the middle of the call', async () => {
  const person = newPerson();
  const { alice, conversation } = await talks(await tokenFor(person));
  await asks(alice, 'My name is Ada.');
  await expect.poll(() => rowsOf(person, conversation)).toHaveLength(2);
  await abortAllDurableObjects();
  expect(await rowsOf(person, conversation)).toEqual([
    ['user', 'My name is Ada.', 'complete'],
    ['assistant', 'Nice to meet you, Ada.', 'complete'],
  ]);
});

/** What is kept of a call past the door, by item. */
function kept(): {
  pages: Pages;
  all: () => KeptMessage[];
} {
  const messages = new Map<string, KeptMessage>();
  return {
    pages: {
      note: (_, message) => void messages.set(message.id, message),
      erase: (_, id) => void messages.delete(id),
      recall: () => ({ summary: null, messages: [], forgotten: [] }),
    },
    all: () => [...messages.values()].toSorted((a, b) => a.saidAt - b.saidAt),
  };
}

function told(messages: readonly KeptMessage[]): [Said['role'], string, string][] {
  return messages.map(({ role, content, status }) => [role, content, status]);
}

it.each(['transcribes-first', 'gpt-realtime', 'transcribes-last'])(
  '[V1] words that come when %s likes stand where they were said',
  async (deployment) => {
    const { pages, all } = kept();
    const { caller } = callsDirectly({ deployment, pages });
    await caller.hears('session.created');
    for (const piece of hum(1_500)) caller.says(piece);
    const done = caller.hears('response.done');
    await done;
    await expect.poll(() => all().length).toBe(2);
    expect(told(all())).toEqual([
      ['user', expect.stringMatching(/^\([\d.]+ seconds? of speech\)$/), 'complete'],
      ['assistant', expect.stringContaining('I heard you for'), 'complete'],
    ]);
    expect(all()[0]).toMatchObject({ mode: 'voice', nanoUsd: expect.any(Number) });
    expect(all()[1]?.tokens).toBeGreaterThan(0);
    caller.hangsUp();
  },
);

it('[V1] speech that nobody could write down is remembered as such', async () => {
  const { pages, all } = kept();
  const { caller } = callsDirectly({ deployment: 'transcription-fails', pages });
  await caller.hears('session.created');
  for (const piece of hum(1_500)) caller.says(piece);
  await caller.hears('response.done');
  await expect.poll(() => all().length).toBe(2);
  expect(told(all())[0]).toEqual(['user', '(not understood)', 'complete']);
  caller.hangsUp();
});

it('[V4] of an answer that was cut only what was heard is remembered', async () => {
  const person = newPerson();
  const { alice, conversation } = await talks(await tokenFor(person));
  await asks(alice, 'count to twenty', 'audio');
  const { item_id } = alice.heard
    .flatMap((heard) => (heard.kind === 'event' ? [heard.event] : []))
    .findLast(({ type }) => type === 'response.content_part.added') as { item_id: string };
  alice.says({ type: 'conversation.item.truncate', item_id, content_index: 0, audio_end_ms: 3_000 });
  await alice.hears('conversation.item.truncated');
  const [, [, heard, status] = []] = (await rowsOf(person, conversation)) as string[][];
  expect(status).toBe('interrupted');
  expect(heard).toMatch(/^One, two, three/);
  expect(heard).not.toMatch(/twenty/);
  alice.says({ type: 'conversation.item.truncate', item_id, content_index: 0, audio_end_ms: 0 });
  await alice.hears('error');
  await hangsUp(alice);
  expect(await rowsOf(person, conversation)).toEqual([['user', 'count to twenty', 'complete']]);
});

it('[V4][X4] of an answer that Azure drops in the middle what came is kept', async () => {
  const { pages, all } = kept();
  const { caller, ended } = callsDirectly({ deployment: 'drops-mid-sentence', pages });
  await caller.hears('session.created');
  caller.says(typed('count to twenty'));
  caller.says({ type: 'response.create' });
  await caller.hears('gateway.upstream.renewed');
  caller.hangsUp();
  await ended;
  const [question, answer] = told(all());
  expect(question).toEqual(['user', 'count to twenty', 'complete']);
  expect(answer).toEqual(['assistant', expect.stringMatching(/^One, two/), 'interrupted']);
  expect(answer?.[1]).not.toContain('twenty');
});

it('[V7] what a client deletes is taken out', async () => {
  const person = newPerson();
  const { alice, conversation } = await talks(await tokenFor(person));
  alice.says({ ...typed('Forget this.') });
  const { item } = (await alice.hears('conversation.item.done')) as { item: { id: string } };
  await asks(alice, 'hello');
  alice.says({ type: 'conversation.item.delete', item_id: item.id });
  await alice.hears('conversation.item.deleted');
  expect((await rowsOf(person, conversation)).map((row) => (row as string[])[1])).toEqual([
    'hello',
    'Hello. I am an emulator. How can I help?',
  ]);
  await hangsUp(alice);
});

it('[V6] a tool that a client carries out is remembered with what it said', async () => {
  const person = newPerson();
  const alice = await calls('realtime', await tokenWith(person, { unlocked: true }));
  await alice.hears('session.created');
  const parameters = { type: 'object', properties: { city: { type: 'string' } } };
  const tools = [{ type: 'function', name: 'get_weather', description: 'The weather.', parameters }];
  alice.says({ type: 'session.update', session: { tools, output_modalities: ['text'] } });
  await alice.hears('session.updated');
  alice.says(typed('What is the weather in Paris?'));
  alice.says({ type: 'response.create' });
  const { response } = (await alice.hears('response.done')) as {
    response: { output: { call_id: string }[] };
  };
  const output = '{"sky":"clear"}';
  const call_id = response.output[0]?.call_id;
  alice.says({ type: 'conversation.item.create', item: { type: 'function_call_output', call_id, output } });
  alice.says({ type: 'response.create' });
  await alice.hears('response.done');
  await hangsUp(alice);
  const [conversation] = await inMemoryOf(person, (memory) => memory.list({ after: null, limit: 1 }).items);
  const messages = await messagesOf(person, conversation?.id);
  expect(messages.map(({ role, content }) => [role, content !== ''])).toEqual([
    ['user', true],
    ['assistant', false],
    ['assistant', true],
  ]);
  expect(messages[1]?.tool_calls).toMatchObject([
    { call_id, name: 'get_weather', arguments: { city: 'Paris' }, output: { sky: 'clear' } },
  ]);
});

it('[V7] what is taken out while sound flows is found nowhere, nor in a summary that stands for it', async () => {
  await withMemory((memory, storage) => {
    const id = memory.begin(NOON);
    const [first, second] = [said('My name is Ada.'), said('I like tea.', { saidAt: NOON + 1 })];
    for (const message of [first, second]) memory.note(id, message);
    memory.summarize(id, { text: 'Ada likes tea.', until: second.id });
    memory.erase(id, first.id);
    memory.erase(id, 'nobody’s');
    memory.erase('conv_gone', second.id);
    expect(memory.find(id)).toMatchObject({ message_count: 1, title: 'I like tea.' });
    expect(memory.search('Ada', { after: null, limit: 10 }).results).toEqual([]);
    expect(everythingIn(storage)).not.toContain('Ada');
    memory.note(id, first);
    memory.erase(id, first.id);
    expect(memory.last(id)).toMatchObject({ id: second.id });
  });
});
