import { evictDurableObject } from 'cloudflare:test';
import { env, exports } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import type { ConversationMessage } from '../../src/protocol/conversations.ts';
import { objectName } from '../../src/identity/object-name.ts';
import { TEST_SECRET } from '../support/tokens.ts';
import { calls, newPerson, tokenWith } from '../workerd/calls.ts';
import type { Caller } from '../workerd/caller.ts';
import { asks, chats, knockToChat, textHeard } from '../workerd/chats.ts';

/** Answered in many pieces. */
const LONG = 'Count to thirty';

/** Answered when the page has done its part. */
const HELD = 'Change the background color to red';

async function stubOf(person: string) {
  return env.USERS.getByName(await objectName(TEST_SECRET, { issuer: 'voxgate', subject: person }));
}

/** A person, their token, and what the API has of a conversation of theirs. */
async function somebody(limits: object = {}) {
  const person = newPerson();
  const token = await tokenWith(person, limits);
  const headers = { Authorization: `Bearer ${token}` };
  return {
    token,
    stub: await stubOf(person),
    remembers: async (id: unknown): Promise<readonly ConversationMessage[]> => {
      const answer = await exports.default.fetch(`http://localhost/api/conversations/${String(id)}`, {
        headers,
      });
      return (await answer.json<{ messages: ConversationMessage[] }>()).messages;
    },
    asks: (path: string, init: RequestInit = {}) =>
      exports.default.fetch(`http://localhost${path}`, {
        ...init,
        headers: { ...headers, 'Content-Type': 'application/json' },
      }),
  };
}

/** Asks for what only the page can do: the answer is under way until the page has done it. */
async function holds(caller: Caller, more: object = {}): Promise<Record<string, unknown>> {
  caller.says({ type: 'message', content: HELD, ...more });
  return caller.hears('tool_call');
}

function done(call: Record<string, unknown>, output: unknown = 'done'): object {
  return { type: 'tool_result', call_id: call['call_id'], output };
}

/** The events of one type that were heard so far. */
function events(caller: Caller, type: string): Record<string, unknown>[] {
  return caller.heard.flatMap((one) => (one.kind === 'event' && one.type === type ? [one.event] : []));
}

/** Heard so far, the pieces of an answer as one. */
function story(caller: Caller): string[] {
  return caller.types().filter((type, at, all) => type !== 'text_delta' || all[at - 1] !== type);
}

describe('the door', () => {
  it('[T1] a chat opens under /ws/text and /ws?mode=text, and its subprotocol is answered when it is offered', async () => {
    const { token } = await somebody();
    const headers = { Upgrade: 'websocket', Authorization: `Bearer ${token}` };
    for (const path of ['/ws/text', '/ws?mode=text']) {
      const offered = { ...headers, 'Sec-WebSocket-Protocol': 'x, voxgate.chat.v1' };
      const open = await exports.default.fetch(`http://localhost${path}`, { headers: offered });
      expect(open.headers.get('Sec-WebSocket-Protocol')).toBe('voxgate.chat.v1');
      open.webSocket?.accept();
      open.webSocket?.close(1000);
      const plain = await exports.default.fetch(`http://localhost${path}`, { headers });
      expect([plain.status, plain.headers.get('Sec-WebSocket-Protocol')]).toEqual([101, null]);
      plain.webSocket?.accept();
      plain.webSocket?.close(1000);
    }
  });

  it('[T1] without an upgrade it is 426, without a credential 401, from a foreign page with a cookie 403', async () => {
    expect((await exports.default.fetch('http://localhost/ws/text')).status).toBe(426);
    const upgrade = { Upgrade: 'websocket' };
    expect((await exports.default.fetch('http://localhost/ws/text', { headers: upgrade })).status).toBe(401);
    const foreign = { ...upgrade, Cookie: 'voxgate=x', Origin: 'https://evil.example' };
    expect((await exports.default.fetch('http://localhost/ws/text', { headers: foreign })).status).toBe(403);
  });

  it('[T1] a conversation that is not this user’s is 404 before anything is accepted', async () => {
    const alice = await chats();
    const { conversation_id: id } = await asks(alice, 'hello');
    expect((await knockToChat({ conversation: String(id) })).status).toBe(404);
    expect((await knockToChat({ conversation: 'conv_1' })).status).toBe(404);
    alice.hangsUp();
  });
});

describe('a turn', () => {
  it('[T2] is told in its order, and kept as it was told', async () => {
    const { token, remembers } = await somebody();
    const alice = await chats({ token });
    const answer = await asks(alice, LONG, { id: 'mine' });
    await alice.hears('usage');
    expect(story(alice)).toEqual(['conversation', 'message', 'text_delta', 'text_response', 'usage']);
    const [conversation] = events(alice, 'conversation');
    expect(conversation).toMatchObject({ title: LONG, session_id: expect.stringMatching(/^vs_/) });
    const [echo] = events(alice, 'message');
    expect(echo).toMatchObject({
      role: 'user',
      content: LONG,
      id: 'mine',
      message_id: expect.stringMatching(/^msg_[0-9a-f]{32}$/),
    });
    expect(answer).toMatchObject({ content: textHeard(alice), status: 'complete', reason: 'stop' });
    expect(events(alice, 'text_delta').length).toBeGreaterThan(5);
    expect(await remembers(conversation?.['conversation_id'])).toMatchObject([
      { id: echo?.['message_id'], role: 'user', mode: 'text', content: LONG },
      { id: answer['message_id'], role: 'assistant', content: answer['content'], status: 'complete' },
    ]);
    alice.hangsUp();
    expect((await alice.ends()).code).toBe(1000);
  });

  it('[T3] two turns remember a name, on one socket, on the next, and after the object was evicted', async () => {
    const { token, stub } = await somebody();
    const alice = await chats({ token });
    const { conversation_id: conversation } = await asks(alice, 'My name is Ada.');
    expect(await asks(alice, 'What is my name?')).toMatchObject({ content: 'Your name is Ada.' });
    alice.hangsUp();
    await alice.ends();
    const next = await chats({ token, conversation: String(conversation) });
    expect(await next.hears('conversation')).toMatchObject({ conversation_id: conversation });
    expect(await asks(next, 'What is my name?')).toMatchObject({ content: 'Your name is Ada.' });
    await evictDurableObject(stub);
    expect(await asks(next, 'What is my name?')).toMatchObject({ content: 'Your name is Ada.' });
    expect(await asks(next, 'What is my name?', { conversation_id: conversation })).toMatchObject({
      content: 'Your name is Ada.',
    });
    next.hangsUp();
  });
});

describe('what is not taken', () => {
  it('[T4] is told with its code, and nothing is lost: the next message is answered', async () => {
    const alice = await chats();
    const wrong: [string | object | ArrayBuffer, string][] = [
      ['{"content": ', 'invalid_json'],
      [{ content: 'x'.repeat(1_000_000), id: 'long' }, 'message_too_long'],
      [{ content: 'hi', conversation_id: `conv_${'0'.repeat(32)}`, id: 'lost' }, 'conversation_not_found'],
      [new ArrayBuffer(2), 'invalid_event'],
      [{ type: 'cancel' }, 'nothing_to_cancel'],
      [{ type: 'tool_result', call_id: 'k', output: 1 }, 'tool_call_not_found'],
    ];
    for (const [frame, code] of wrong) {
      alice.says(frame);
      expect(await alice.hears('error')).toMatchObject({ code, message: expect.any(String) });
    }
    expect(events(alice, 'error').map((one) => one['id'])).toContain('lost');
    expect(await asks(alice, 'hello')).toMatchObject({ status: 'complete' });
    alice.hangsUp();
  });

  it('[T4] the tenth of them within a minute ends the chat with 4400', async () => {
    const alice = await chats();
    for (let count = 0; count < 10; count += 1) alice.says('nonsense');
    expect((await alice.ends()).code).toBe(4400);
    expect(events(alice, 'error').map((one) => one['code'])).toEqual([
      ...Array.from({ length: 10 }, () => 'invalid_json'),
      'too_many_refused_frames',
    ]);
  });
});

describe('older clients', () => {
  it.each([{ content: 'My name is Ada.' }, { text: 'My name is Ada.' }])(
    '[T5] whoever says %j gets pieces and then the text, and nothing else before it',
    async (message) => {
      const alice = await chats({ isOlder: true });
      alice.says(message);
      const answer = await alice.hears('text_response');
      expect(answer).toMatchObject({ content: 'Nice to meet you, Ada.' });
      expect(story(alice)).toEqual(['text_delta', 'text_response']);
      expect(textHeard(alice)).toBe(answer['content']);
      const { conversation_id: id } = await alice.hears('conversation');
      expect(id).toBe(answer['conversation_id']);
      alice.says({ content: 'What is my name?' });
      expect(await alice.hears('text_response')).toMatchObject({ content: 'Your name is Ada.' });
      alice.hangsUp();
    },
  );

  it('[T5] is refused in words, and is offered no tool of a page', async () => {
    const alice = await chats({ isOlder: true });
    alice.says({ content: '' });
    expect(await alice.hears('error')).toMatchObject({ code: 'invalid_value' });
    alice.says({ content: 'change the background color to red' });
    await alice.hears('text_response');
    expect(alice.types()).not.toContain('tool_call');
    alice.hangsUp();
  });
});

describe('several sockets of one person', () => {
  it('[T6] in one conversation hear the same, in step', async () => {
    const { token } = await somebody();
    const alice = await chats({ token });
    const { conversation_id: conversation } = await asks(alice, 'hello');
    await alice.hears('usage');
    const tab = await chats({ token, conversation: String(conversation) });
    await tab.hears('conversation');
    const [fromA, fromB] = [alice.heard.length, tab.heard.length];
    tab.says({ content: LONG });
    await alice.hears('usage');
    await tab.hears('usage');
    expect(tab.heard.slice(fromB)).toEqual(alice.heard.slice(fromA));
    alice.hangsUp();
    tab.hangsUp();
  });

  it('[T6] hear nothing of other conversations', async () => {
    const { token } = await somebody();
    const [alice, other] = [await chats({ token }), await chats({ token })];
    await asks(alice, 'hello');
    await asks(other, 'my favourite colour is blue');
    expect(events(alice, 'message')).toHaveLength(1);
    expect(events(other, 'message')).toHaveLength(1);
    alice.hangsUp();
    other.hangsUp();
  });

  it('[T6] hear of a title that was given by another door, and of a conversation that was deleted', async () => {
    const { token, asks: api } = await somebody();
    const alice = await chats({ token });
    const { conversation_id: id } = await asks(alice, 'hello');
    await api(`/api/conversations/${String(id)}`, { method: 'PATCH', body: '{"title":"Ours"}' });
    await alice.hears('usage');
    expect(await alice.hears('conversation')).toMatchObject({ title: 'Ours' });
    await api(`/api/conversations/${String(id)}`, { method: 'DELETE' });
    expect(await alice.hears('error')).toMatchObject({ code: 'conversation_not_found' });
    alice.hangsUp();
  });
});

it('[T7] a cancel ends the answer from any socket of the conversation, and what came of it is kept as interrupted', async () => {
  const { token, remembers } = await somebody();
  const alice = await chats({ token });
  const { conversation_id: conversation, call_id } = await holds(alice);
  const tab = await chats({ token, conversation: String(conversation) });
  tab.says({ type: 'cancel' });
  const answer = await alice.hears('text_response');
  expect(answer).toMatchObject({ status: 'interrupted', reason: 'cancelled' });
  const [, kept] = await remembers(conversation);
  expect(kept).toMatchObject({ status: 'interrupted', tool_calls: [{ call_id, output: null }] });
  expect(await asks(alice, 'hello')).toMatchObject({ status: 'complete' });
  alice.hangsUp();
  tab.hangsUp();
});

it('[T8] messages that come while one is answered are kept at once and answered in their order', async () => {
  const { token, remembers } = await somebody();
  const alice = await chats({ token });
  for (const content of ['My name is Ada.', 'What is my name?', 'Repeat after me: three'])
    alice.says({ content });
  const answers = [];
  for (let count = 0; count < 3; count += 1) answers.push(await alice.hears('text_response'));
  expect(answers.map(({ content }) => content)).toEqual([
    'Nice to meet you, Ada.',
    'Your name is Ada.',
    'three',
  ]);
  expect((await remembers(answers[0]?.['conversation_id'])).map(({ content }) => content)).toEqual([
    'My name is Ada.',
    'Nice to meet you, Ada.',
    'What is my name?',
    'Your name is Ada.',
    'Repeat after me: three',
    'three',
  ]);
  alice.hangsUp();
});

it('[T8] a ninth that would wait is not kept, and told so with its id', async () => {
  const { token, remembers } = await somebody();
  const alice = await chats({ token });
  const call = await holds(alice);
  for (let count = 1; count < 10; count += 1) alice.says({ content: 'hello', id: `m${count}` });
  expect(await alice.hears('error')).toMatchObject({ code: 'busy', id: 'm9' });
  const [first] = events(alice, 'message');
  const kept = await remembers(first?.['conversation_id']);
  expect(kept.filter(({ role }) => role === 'user')).toHaveLength(9);
  alice.says(done(call));
  for (let count = 0; count < 9; count += 1) await alice.hears('text_response');
  alice.hangsUp();
});

describe('the client’s own id', () => {
  it('[T9] a message that comes again is told with the answer it had, from any socket, and kept once', async () => {
    const { token, remembers } = await somebody();
    const alice = await chats({ token });
    const answer = await asks(alice, 'My name is Ada.', { id: 'one' });
    expect(await asks(alice, 'My name is Ada.', { id: 'one' })).toEqual(answer);
    const next = await chats({ token });
    expect(await asks(next, 'My name is Ada.', { id: 'one' })).toEqual(answer);
    expect(await remembers(answer['conversation_id'])).toHaveLength(2);
    alice.hangsUp();
    next.hangsUp();
  });

  it('[T9] while it is being answered, the answer goes on for whoever sends it again', async () => {
    const { token, remembers } = await somebody();
    const alice = await chats({ token });
    const call = await holds(alice, { id: 'one' });
    alice.says({ content: HELD, id: 'one' });
    const next = await chats({ token });
    next.says({ content: HELD, id: 'one' });
    expect(await next.hears('tool_call')).toMatchObject({ call_id: call['call_id'], runs: 'server' });
    alice.says(done(call));
    const answer = await next.hears('text_response');
    expect(await alice.hears('text_response')).toEqual(answer);
    expect([textHeard(alice), textHeard(next)]).toEqual([answer['content'], answer['content']]);
    expect(await remembers(answer['conversation_id'])).toHaveLength(2);
    alice.hangsUp();
    next.hangsUp();
  });

  it('[T9] the same id with other words, without the conversation’s name, is another message', async () => {
    const { token } = await somebody();
    const alice = await chats({ token });
    const first = await asks(alice, 'hello', { id: '1' });
    const next = await chats({ token });
    const second = await asks(next, 'thanks', { id: '1' });
    expect(second['conversation_id']).not.toBe(first['conversation_id']);
    alice.hangsUp();
    next.hangsUp();
  });
});

describe('writing anew', () => {
  it('[T10] takes the last message back with its answer, and is told to everybody', async () => {
    const { token, remembers } = await somebody();
    const alice = await chats({ token });
    const { conversation_id: id } = await asks(alice, 'My name is Ada.');
    await asks(alice, 'My name is Eve.');
    const replaces = events(alice, 'message').at(-1)?.['message_id'];
    expect(await asks(alice, 'What is my name?', { replaces })).toMatchObject({
      content: 'Your name is Ada.',
    });
    expect(events(alice, 'message').at(-1)).toMatchObject({ replaces, content: 'What is my name?' });
    expect((await remembers(id)).map(({ content }) => content)).toEqual([
      'My name is Ada.',
      'Nice to meet you, Ada.',
      'What is my name?',
      'Your name is Ada.',
    ]);
    alice.hangsUp();
  });

  it('[T10] while it is answered, its answer goes with it', async () => {
    const { token, remembers } = await somebody();
    const alice = await chats({ token });
    const { conversation_id: id } = await holds(alice);
    const replaces = events(alice, 'message')[0]?.['message_id'];
    const answer = await asks(alice, 'hello', { replaces });
    expect(await remembers(id)).toMatchObject([{ content: 'hello' }, { content: answer['content'] }]);
    alice.hangsUp();
  });

  it('[T10] of any other message is refused, and takes nothing back', async () => {
    const { token, remembers } = await somebody();
    const alice = await chats({ token });
    const { conversation_id: id } = await asks(alice, 'hello');
    await asks(alice, 'thanks');
    const first = events(alice, 'message')[0]?.['message_id'];
    alice.says({ content: 'no', replaces: first, id: 'x' });
    expect(await alice.hears('error')).toMatchObject({ code: 'invalid_value', id: 'x' });
    alice.says({ content: 'no', replaces: 'msg_1' });
    expect(await alice.hears('error')).toMatchObject({ code: 'message_not_found' });
    expect(await remembers(id)).toHaveLength(4);
    alice.hangsUp();
  });
});

describe('tools of the page', () => {
  it('[T13] are carried out by the socket that asked; what it says is told to all, and the answer goes on', async () => {
    const { token, remembers } = await somebody();
    const alice = await chats({ token });
    const { conversation_id: conversation } = await asks(alice, 'hello');
    const tab = await chats({ token, conversation: String(conversation) });
    await tab.hears('conversation');
    const call = await holds(alice);
    expect(call).toMatchObject({
      name: 'changeBackgroundColor',
      runs: 'client',
      arguments: { color: 'red' },
    });
    expect(await tab.hears('tool_call')).toMatchObject({ call_id: call['call_id'], runs: 'server' });
    tab.says(done(call));
    expect(await tab.hears('error')).toMatchObject({ code: 'tool_call_not_found' });
    alice.says(done(call, { color: 'red' }));
    expect(await tab.hears('tool_result')).toMatchObject({ output: { color: 'red' }, is_error: false });
    const answer = await alice.hears('text_response');
    expect(answer['content']).toContain('Here is what the tool answered');
    expect((await remembers(conversation)).at(-1)).toMatchObject({
      content: answer['content'],
      tool_calls: [{ name: 'changeBackgroundColor', output: { color: 'red' }, is_error: false }],
    });
    alice.hangsUp();
    tab.hangsUp();
  });

  it('[T12][T13] when the socket that asked is gone, another one carries it out, and hears the answer', async () => {
    const { token } = await somebody();
    const alice = await chats({ token });
    const call = await holds(alice);
    alice.hangsUp(1001);
    await alice.ends();
    const back = await chats({ token });
    back.says({ type: 'resume', conversation_id: call['conversation_id'] });
    expect(await back.hears('tool_call')).toMatchObject({ call_id: call['call_id'], runs: 'client' });
    back.says(done(call));
    expect(await back.hears('text_response')).toMatchObject({
      status: 'complete',
      message_id: call['message_id'],
    });
    back.hangsUp();
  });
});

describe('coming back', () => {
  it('[T11] to an answer that was given meanwhile brings exactly what was missed of it', async () => {
    const { token } = await somebody();
    const alice = await chats({ token });
    const { conversation_id, message_id, content } = await asks(alice, LONG);
    const whole = String(content);
    for (const received of [0, 1, 17, whole.length, whole.length + 5]) {
      const back = await chats({ token });
      back.says({ type: 'resume', conversation_id, message_id, received });
      expect(await back.hears('text_response')).toMatchObject({ content: whole, message_id });
      expect(textHeard(back)).toBe(whole.slice(received));
      back.hangsUp();
      await back.ends();
    }
    const asker = await chats({ token });
    asker.says({ type: 'resume', conversation_id, message_id: events(alice, 'message')[0]?.['message_id'] });
    expect(await asker.hears('text_response')).toMatchObject({ content: whole, message_id });
    alice.hangsUp();
    asker.hangsUp();
  });

  it('[T11] to an answer that nobody gave is told, and the socket is in the conversation all the same', async () => {
    const { token } = await somebody();
    const alice = await chats({ token });
    const { conversation_id } = await asks(alice, 'My name is Ada.');
    const back = await chats({ token });
    back.says({ type: 'resume', conversation_id, message_id: 'msg_1', received: 5 });
    expect(await back.hears('error')).toMatchObject({ code: 'message_not_found' });
    expect(await asks(back, 'What is my name?')).toMatchObject({
      content: 'Your name is Ada.',
      conversation_id,
    });
    back.says({ type: 'resume', conversation_id: `conv_${'1'.repeat(32)}` });
    expect(await back.hears('error')).toMatchObject({ code: 'conversation_not_found' });
    alice.hangsUp();
    back.hangsUp();
  });
});

it('[T3] a chat continues what was said on a call', async () => {
  const { token } = await somebody();
  const call = await calls('voxgate.v1', token);
  const { conversation_id } = await call.hears('gateway.session');
  await call.hears('session.created');
  const content = [{ type: 'input_text', text: 'My name is Ada.' }];
  call.says({ type: 'conversation.item.create', item: { type: 'message', role: 'user', content } });
  await call.hears('conversation.item.done');
  const chat = await chats({ token, conversation: String(conversation_id) });
  expect(await asks(chat, 'What is my name?')).toMatchObject({
    content: 'Your name is Ada.',
    conversation_id,
  });
  for (const one of [call, chat]) {
    one.hangsUp();
    await one.ends();
  }
});
