import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { chatPhaseOf } from '../../src/client/chat/chat.ts';
import { parseChatWord } from '../../src/client/chat/chat-words.ts';
import { costLine } from '../../src/client/cost.ts';
import { problems } from '../../src/client/problems.ts';
import { chatErrorCodes, type ChatErrorCode } from '../../src/protocol/chat-events.ts';
import { ChatDialogue, CONVERSATION } from './chat-dialogue.ts';

const message = (id: string, content: string, rest: object = {}): object => ({
  type: 'message',
  id,
  content,
  ...rest,
});

const here = { conversation_id: CONVERSATION };

test('[Y1] a message is shown at once, opens a socket, and goes up when that is open', () => {
  const chat = new ChatDialogue().writes('m1', 'hello');
  expect(chat.rows()).toEqual([['user', 'hello', 'sending']]);
  expect(chat.takeChat()).toEqual([{ type: 'open' }]);
  expect(chatPhaseOf(chat.model.chat)).toBe('connecting');
  chat.opens();
  expect(chat.takeUp()).toEqual([message('m1', 'hello')]);
  chat.keeps('m1', 'msg_1', 'hello');
  expect(chat.rows()).toEqual([['user', 'hello', 'settled']]);
  expect([chatPhaseOf(chat.model.chat), chat.model.conversation.id]).toEqual(['thinking', CONVERSATION]);
});

test('[Y2] a second message waits for the answer to the first, and names the conversation', () => {
  const chat = ChatDialogue.asked().writes('m2', 'and then?');
  expect(chat.takeUp()).toEqual([]);
  chat.piece('One.');
  expect(chat.takeUp()).toEqual([]);
  chat.whole('One.');
  expect(chat.takeUp()).toEqual([message('m2', 'and then?', here)]);
});

test.each([
  ['stop', 'settled'],
  ['length', 'length'],
  ['content_filter', 'filtered'],
  ['cancelled', 'stopped'],
  ['failed', 'failed'],
] as const)('[Y3] an answer that ended by %s is %s', (reason, fate) => {
  const chat = ChatDialogue.asked().piece('One ').piece('two');
  expect([chat.rows()[1], chatPhaseOf(chat.model.chat)]).toEqual([
    ['assistant', 'One two', 'writing'],
    'writing',
  ]);
  chat.whole('One two three', reason);
  expect([chat.rows()[1], chatPhaseOf(chat.model.chat)]).toEqual([
    ['assistant', 'One two three', fate],
    'idle',
  ]);
});

test('[Y4] an answer that was cut goes on where it was, by its message and its length', () => {
  const chat = ChatDialogue.asked().piece('One two').loses();
  expect(chat.take()).toEqual([{ type: 'set-timer', name: 'chat', ms: 300 }]);
  expect(chatPhaseOf(chat.model.chat)).toBe('reconnecting');
  chat.tell({ type: 'timer', name: 'chat' });
  expect(chat.takeChat()).toEqual([{ type: 'open' }]);
  chat.opens();
  expect(chat.takeUp()).toEqual([{ type: 'resume', ...here, message_id: 'ans_1', received: 7 }]);
  chat.piece(' three').whole('One two three');
  expect(chat.rows()[1]).toEqual(['assistant', 'One two three', 'settled']);
});

test('[Y4] an answer of which nothing came is asked for by its question', () => {
  const chat = ChatDialogue.asked().loses().chat({ type: 'reconnect' }).opens();
  expect(chat.takeUp()).toEqual([{ type: 'resume', ...here, message_id: 'msg_1', received: 0 }]);
});

test('[Y4] what nobody acknowledged is sent again under the same id', () => {
  const chat = new ChatDialogue().writes('m1', 'hello').opens();
  chat.take();
  chat.loses().chat({ type: 'reconnect' }).opens();
  expect(chat.takeUp()).toEqual([message('m1', 'hello')]);
  chat.keeps('m1', 'msg_1').keeps('m1', 'msg_1');
  expect(chat.rows()).toEqual([['user', 'hello', 'settled']]);
});

test('[Y4] wherever the network cuts, an answer is shown once and whole', () => {
  const text = 'The quick brown fox jumps over the lazy dog, twice.';
  const cuts = fc.array(fc.nat(text.length), { maxLength: 6 });
  fc.assert(
    fc.property(cuts, fc.integer({ min: 1, max: 9 }), (places, size) => {
      const chat = ChatDialogue.asked();
      let told = 0;
      for (const place of places.toSorted((a, b) => a - b)) {
        // The gateway goes on; what is told after the cut never arrives.
        for (; told < place; told += size) chat.piece(text.slice(told, Math.min(told + size, place)));
        told = Math.max(told, place);
        chat.loses().chat({ type: 'reconnect' });
        chat.take();
        const [resume] = chat.opens().takeUp();
        told = resume?.type === 'resume' ? (resume.received ?? 0) : 0;
      }
      if (told < text.length) chat.piece(text.slice(told));
      expect(chat.rows()[1]?.[1]).toBe(text);
    }),
  );
});

test('[Y5] when coming back is in vain, everything is kept and the person is asked', () => {
  const chat = new ChatDialogue().writes('m1', 'hello');
  for (let tries = 0; tries < 6; tries += 1) chat.loses().tell({ type: 'timer', name: 'chat' });
  chat.loses();
  expect(chat.rows()).toEqual([['user', 'hello', 'unsent']]);
  expect([chat.model.notice?.remedy, chatPhaseOf(chat.model.chat)]).toEqual(['reconnect', 'lost']);
  chat.take();
  chat.chat({ type: 'reconnect' });
  expect(chat.takeChat()).toEqual([{ type: 'open' }]);
  expect([chat.rows()[0]?.[2], chat.model.notice]).toEqual(['sending', null]);
  chat.opens();
  expect(chat.takeUp()).toEqual([message('m1', 'hello')]);
});

test.each([
  [
    4402,
    'Budget spent, try again in 3600 seconds',
    "Today's allowance is used up. Come back when it starts anew.",
  ],
  [4401, 'Signed out', 'You signed out in another window. Send a message to sign in again.'],
  [4429, 'Rate limit exceeded, try again in 17 seconds', 'Send it again in 17 seconds.'],
] as const)('[Y5] a close with %i is not come back from by itself', (code, reason, sentence) => {
  const chat = new ChatDialogue().writes('m1', 'hello').opens();
  chat.take();
  chat.loses(code, reason);
  expect(chat.take()).toEqual([]);
  expect(chat.model.notice?.text).toContain(sentence);
  expect(chat.rows()).toEqual([['user', 'hello', 'unsent']]);
});

test('[Y5] a socket that closes when nothing is owed is no trouble, and the next message opens one', () => {
  const chat = ChatDialogue.asked().whole('Hi.').loses();
  expect([chat.take(), chat.model.notice]).toEqual([[], null]);
  expect(chat.writes('m2', 'more').takeChat()).toEqual([{ type: 'open' }]);
});

test('[Y5] a door that does not let in says why, and the message is kept', () => {
  const chat = new ChatDialogue().writes('m1', 'hello');
  chat.chat({ type: 'refused', notice: problems.notConfigured });
  expect([chat.rows(), chat.model.notice]).toEqual([[['user', 'hello', 'unsent']], problems.notConfigured]);
});

test('[Y6] a refused message stays and can be sent again, under the same id', () => {
  const chat = new ChatDialogue().writes('m1', 'hello').opens();
  chat.take();
  chat.down({ type: 'error', code: 'rate_limited', message: '', id: 'm1', retry_after_seconds: 17 });
  expect(chat.rows()).toEqual([['user', 'hello', 'unsent']]);
  expect(chat.model.notice?.text).toBe('You asked for a lot in a short time. Send it again in 17 seconds.');
  chat.chat({ type: 'retry', id: 'm1', newId: 'm2' });
  expect([chat.takeUp(), chat.model.notice]).toEqual([[message('m1', 'hello')], null]);
});

test('[Y6] every error code is one sentence, or nothing where nothing is to be done', () => {
  const quiet = new Set<ChatErrorCode>([
    'nothing_to_cancel',
    'tool_call_not_found',
    'idle',
    'session_expired',
    'credential_expired',
    'invalid_credential',
  ]);
  for (const code of chatErrorCodes) {
    const { model } = ChatDialogue.asked().down({ type: 'error', code, message: 'As the gateway tells it.' });
    const text = model.notice?.text ?? '';
    expect([code, text === '', /LATER/.test(text)]).toEqual([code, quiet.has(code), false]);
  }
});

test('[Y6] an answer that broke tells its error and can be had anew', () => {
  const chat = ChatDialogue.asked();
  chat.down({ type: 'error', code: 'upstream_throttled', message: '', id: 'm1', retry_after_seconds: 5 });
  chat.whole('', 'failed');
  expect(chat.rows()).toEqual([
    ['user', 'hello', 'settled'],
    ['assistant', '', 'failed'],
  ]);
  expect(chat.model.notice?.text).toContain('Try again in 5 seconds.');
});

test('[Y7] stopping goes up as cancel, and only while there is something to stop', () => {
  const chat = ChatDialogue.asked().tell({ type: 'stop-answer' });
  expect(chat.takeUp()).toEqual([{ type: 'cancel' }]);
  chat.whole('', 'cancelled');
  expect(chat.chat({ type: 'stop' }).takeUp()).toEqual([]);
});

test('[Y8] the last message is answered anew in its place', () => {
  const chat = ChatDialogue.asked().whole('Hi.');
  chat.chat({ type: 'retry', id: 'ans_1', newId: 'm2' });
  expect(chat.rows()).toEqual([['user', 'hello', 'sending']]);
  expect(chat.takeUp()).toEqual([message('m2', 'hello', { ...here, replaces: 'msg_1' })]);
  chat.keeps('m2', 'msg_2', 'hello', 'msg_1').whole('Hello!', 'stop', 'ans_2');
  expect(chat.rows().map(([, text]) => text)).toEqual(['hello', 'Hello!']);
});

test('[Y8] the last message is written anew in its place, and only the last', () => {
  const chat = ChatDialogue.asked().whole('Hi.').chat({ type: 'edit', id: 'm1' });
  expect(chat.model.editing).toBe('m1');
  chat.writes('m2', 'good evening');
  expect(chat.model.editing).toBeNull();
  expect(chat.takeUp()).toEqual([message('m2', 'good evening', { ...here, replaces: 'msg_1' })]);
  chat.keeps('m2', 'msg_2').whole('Good evening.', 'stop', 'ans_2');
  expect(chat.chat({ type: 'edit', id: 'm1' }).model.editing).toBeNull();
  expect(chat.rows().map(([, text]) => text)).toEqual(['good evening', 'Good evening.']);
});

test('[Y8] what a refused message was to replace is shown again', () => {
  const chat = ChatDialogue.asked().whole('Hi.').chat({ type: 'retry', id: 'm1', newId: 'm2' });
  chat.take();
  chat.down({ type: 'error', code: 'message_not_found', message: '', id: 'm2' });
  expect(chat.take()).toEqual([{ type: 'memory', request: { name: 'refresh', id: CONVERSATION } }]);
  expect(chat.rows()).toEqual([['user', 'hello', 'unsent']]);
});

test('[Y9] a call goes on with the conversation, and closes a chat that owes nothing', () => {
  const chat = ChatDialogue.asked().whole('Hi.').tell({ type: 'start' });
  expect(chat.take()).toEqual([
    { type: 'open', withMicrophone: true, conversationId: CONVERSATION },
    { type: 'clear-timer', name: 'chat' },
    { type: 'chat', action: { type: 'close' } },
  ]);
});

test('[Y9] an answer that is being written is waited for, though a call has opened', () => {
  const chat = ChatDialogue.asked().piece('One').tell({ type: 'start' });
  expect(chat.takeChat()).toEqual([]);
  chat.whole('One two');
  expect(chat.takeChat()).toEqual([{ type: 'close' }]);
});

test('[Y9] a chat goes on with the conversation of the call before it', () => {
  const chat = new ChatDialogue();
  chat.tell({ type: 'start' }).hear({ type: 'gateway.session', session_id: 's', conversation_id: 'conv_9' });
  chat.hear({ type: 'session.created' }).turnTaken().understood('Hello.').tell({ type: 'end' });
  chat.take();
  chat.writes('m1', 'and in writing').opens();
  expect(chat.takeUp()).toEqual([message('m1', 'and in writing', { conversation_id: 'conv_9' })]);
});

const toolCall = (runs: 'client' | 'server') =>
  ({
    type: 'tool_call',
    call_id: 'call_1',
    name: 'changeTextColor',
    arguments: { color: 'navy' },
    runs,
    message_id: 'ans_1',
    conversation_id: CONVERSATION,
  }) as const;

test('[Y10] a tool is shown with how it went', () => {
  const chat = ChatDialogue.asked().down(toolCall('server'));
  const states = () => chat.model.captions.at(-1)?.tools.map(({ name, state }) => `${name} ${state}`);
  expect([states(), chat.takeChat()]).toEqual([['changeTextColor running'], []]);
  const result = {
    type: 'tool_result',
    call_id: 'call_1',
    output: 'no',
    message_id: 'ans_1',
    ...here,
  } as const;
  chat.down({ ...result, is_error: true });
  expect(states()).toEqual(['changeTextColor failed']);
  chat.down({ ...result, is_error: false });
  expect(states()).toEqual(['changeTextColor done']);
});

test('[Y10] a tool of the page is carried out once, and its result is told again when it is asked again', () => {
  const chat = ChatDialogue.asked().down(toolCall('client'));
  const run = { type: 'run-tool', callId: 'call_1', name: 'changeTextColor', arguments: { color: 'navy' } };
  expect(chat.takeChat()).toEqual([run]);
  const result = { type: 'tool_result', call_id: 'call_1', output: { success: true } };
  chat.chat({ type: 'tool-ran', callId: 'call_1', output: { success: true } });
  expect(chat.takeUp()).toEqual([result]);
  chat.loses().chat({ type: 'reconnect' }).opens();
  chat.take();
  chat.down(toolCall('client'));
  expect(chat.takeChat()).toEqual([{ type: 'send', event: result }]);
});

test('[Y12] what is written in another window appears, and so does what takes its place', () => {
  const chat = ChatDialogue.asked().whole('Hi.');
  const other = { type: 'message', role: 'user', created_at: 2, ...here } as const;
  chat.down({ ...other, content: 'from there', message_id: 'msg_7' }).piece('Yes', 'ans_7');
  expect(chat.rows().map(([, text]) => text)).toEqual(['hello', 'Hi.', 'from there', 'Yes']);
  chat.whole('Yes.', 'stop', 'ans_7');
  chat.down({ ...other, content: 'from here', message_id: 'msg_8', replaces: 'msg_7' });
  expect(chat.rows().map(([, text]) => text)).toEqual(['hello', 'Hi.', 'from here']);
});

test('[Y12] an answer that was lost with the object is told, and can be had anew', () => {
  const chat = ChatDialogue.asked().loses().chat({ type: 'reconnect' }).opens();
  chat.take();
  chat.down({ type: 'error', code: 'message_not_found', message: '' });
  expect([chat.rows(), chatPhaseOf(chat.model.chat)]).toEqual([[['user', 'hello', 'unanswered']], 'idle']);
  chat.chat({ type: 'retry', id: 'm1', newId: 'm2' });
  expect(chat.takeUp()).toEqual([message('m2', 'hello', { ...here, replaces: 'msg_1' })]);
});

test('[Y12] a conversation that was deleted elsewhere is left, and what was not kept stays', () => {
  const chat = ChatDialogue.asked().whole('Hi.').writes('m2', 'still here');
  chat.down({ type: 'error', code: 'conversation_not_found', message: '', id: 'm2' });
  expect([chat.rows(), chat.model.conversation.id]).toEqual([[['user', 'still here', 'unsent']], null]);
});

test('[Y13] what a chat cost is one line, and a call after it begins anew', () => {
  const remaining = { tokens: null, seconds: null, usd: 0.47 };
  const turn = { tokens: 100, seconds: 0, usd: 0.03 };
  const usage = { turn, today: { ...turn, remaining } };
  const chat = ChatDialogue.asked().down({ type: 'usage', ...usage });
  expect(costLine(chat.model.cost).replaceAll('\u00A0', ' ')).toBe('This chat $0.03 · $0.47 left today');
  chat.hear({ type: 'gateway.usage', ...usage });
});

test('[Y14] what is no word, and what is about another conversation, changes nothing', () => {
  for (const frame of ['', 'null', '[]', '{"type":"pong"}', '{"type":"constructor"}', '{"type":7}']) {
    expect(parseChatWord(frame)).toBeNull();
  }
  const chat = ChatDialogue.asked();
  const { model } = chat;
  const delta = { type: 'text_delta', content: 'x', conversation_id: 'conv_2', message_id: 'a' } as const;
  expect(chat.down(delta).model).toEqual(model);
});
