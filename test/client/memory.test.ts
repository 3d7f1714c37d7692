import { expect, test } from 'vitest';
import {
  freshMemory,
  type MemoryAnswer,
  type MemoryEvent,
  type MemoryRequest,
} from '../../src/client/memory/memory.ts';
import { readSearchPage } from '../../src/client/memory/memory-words.ts';
import type { ConversationMessage, ConversationSummary } from '../../src/protocol/conversations.ts';
import { ChatDialogue } from './chat-dialogue.ts';

class Shelf extends ChatDialogue {
  wants(event: MemoryEvent): this {
    return this.tell({ type: 'memory', event });
  }

  gets(request: MemoryRequest, answer: MemoryAnswer): this {
    return this.wants({ type: 'answered', request, answer });
  }

  fails(request: MemoryRequest, isGone = false): this {
    return this.wants({ type: 'failed', request, isGone, notice: { text: 'No.', remedy: 'none' } });
  }

  takeRequests(): readonly MemoryRequest[] {
    return this.take().flatMap((action) => (action.type === 'memory' ? [action.request] : []));
  }

  titles(): readonly string[] {
    return this.model.memory.list.items.map(({ title }) => title);
  }
}

const summary = (id: string): ConversationSummary => ({
  id: `conv_${id}`,
  title: id,
  created_at: 1,
  updated_at: 1,
  message_count: 2,
});

const firstPage = { name: 'list', cursor: null } as const;

function listed(ids: string, next: string | null = null): Shelf {
  const shelf = new Shelf().wants({ type: 'looked' });
  shelf.take();
  return shelf.gets(firstPage, { name: 'list', page: { conversations: ids.split('').map(summary), next } });
}

const message = (id: string, rest: Partial<ConversationMessage> = {}): ConversationMessage => ({
  id: `msg_${id}`,
  role: 'user',
  mode: 'text',
  content: id,
  status: 'complete',
  created_at: 1,
  tool_calls: [],
  ...rest,
});

function opened(ids: string, next: string | null = null): Shelf {
  const shelf = listed('abc').wants({ type: 'open', id: 'conv_a', messageId: null });
  shelf.take();
  const conversation = { ...summary('a'), messages: ids.split('').map((id) => message(id)), next };
  return shelf.gets({ name: 'open', id: 'conv_a' }, { name: 'open', conversation });
}

test('[Y20] the list is asked for once, and its next page when its end is in sight', () => {
  const shelf = new Shelf().wants({ type: 'looked' }).wants({ type: 'looked' });
  expect(shelf.takeRequests()).toEqual([firstPage]);
  shelf.gets(firstPage, { name: 'list', page: { conversations: [summary('a'), summary('b')], next: '2' } });
  shelf.wants({ type: 'more' }).wants({ type: 'more' });
  const second = { name: 'list', cursor: '2' } as const;
  expect(shelf.takeRequests()).toEqual([second]);
  // One moved to the top meanwhile, and comes a second time.
  shelf.gets(second, { name: 'list', page: { conversations: [summary('b'), summary('c')], next: null } });
  expect(shelf.titles()).toEqual(['a', 'b', 'c']);
  expect(shelf.wants({ type: 'more' }).takeRequests()).toEqual([]);
});

test('[Y20] a conversation that goes on is the latest, and a new one stands on top with its title', () => {
  const shelf = opened('xy').writes('m9', 'more').opens();
  shelf.wants({ type: 'open', id: 'conv_b', messageId: null });
  shelf.gets(
    { name: 'open', id: 'conv_b' },
    { name: 'open', conversation: { ...summary('b'), messages: [], next: null } },
  );
  shelf.writes('m1', 'hello').opens();
  const kept = { type: 'message', role: 'user', content: 'hello', conversation_id: 'conv_b' } as const;
  shelf.down({ ...kept, message_id: 'msg_1', id: 'm1', created_at: 2 });
  expect(shelf.titles()).toEqual(['b', 'a', 'c']);
  shelf.wants({ type: 'new' }).writes('m2', 'fresh').opens();
  shelf.down({
    type: 'conversation',
    conversation_id: 'conv_n',
    title: 'fresh',
    created_at: 3,
    session_id: 's',
  });
  expect([shelf.titles(), shelf.model.conversation.id]).toEqual([['fresh', 'b', 'a', 'c'], 'conv_n']);
});

test('[Y20] after a call the first page comes again, and what lies behind it stays', () => {
  const shelf = listed('abc', '3').tell({ type: 'start' });
  shelf.take();
  shelf.tell({ type: 'end' });
  expect(shelf.takeRequests()).toEqual([firstPage]);
  const latest = { conversations: [summary('n'), summary('a'), summary('b')], next: '3' };
  shelf.gets(firstPage, { name: 'list', page: latest });
  expect([shelf.titles(), shelf.model.memory.list.next]).toEqual([['n', 'a', 'b', 'c'], '3']);
});

test('[Y21] a search waits for a pause, and only what was asked last counts', () => {
  const shelf = listed('abc').wants({ type: 'query', query: 'li' }).wants({ type: 'query', query: 'lis' });
  expect(shelf.take()).toEqual([
    { type: 'set-timer', name: 'search', ms: 250 },
    { type: 'set-timer', name: 'search', ms: 250 },
  ]);
  shelf.tell({ type: 'timer', name: 'search' });
  const asked = { name: 'search', query: 'lis', cursor: null } as const;
  expect(shelf.takeRequests()).toEqual([asked]);
  const found = readSearchPage({
    results: [{ conversation_id: 'conv_a', title: 'a', snippet: 'x' }],
    next: null,
  });
  shelf.gets({ ...asked, query: 'li' }, { name: 'search', page: found });
  expect(shelf.model.memory.search.items).toEqual([]);
  shelf.gets(asked, { name: 'search', page: found });
  expect(shelf.model.memory.search.items).toHaveLength(1);
  shelf.wants({ type: 'query', query: '' });
  expect(shelf.model.memory.search).toEqual(freshMemory.search);
});

test('[Y21] matches that lie outside the words, overlap or are no ranges are no matches', () => {
  const snippet = 'a green lantern';
  const matches = [[2, 7], [6, 9], [8, 99], 'x', [3], [8, 15], [9, 9]];
  const { results } = readSearchPage({ results: [{ snippet, matches }] });
  expect(results[0]?.matches).toEqual([
    [2, 7],
    [8, 15],
  ]);
});

test('[Y22] a new title is shown at once, and the gateway has the last word', () => {
  const shelf = opened('xy').wants({ type: 'rename', id: 'conv_a', title: 'Better' });
  expect(shelf.titles()).toEqual(['Better', 'b', 'c']);
  const request = { name: 'rename', id: 'conv_a', title: 'Better' } as const;
  expect(shelf.takeRequests()).toMatchObject([request]);
  shelf.gets(request, { name: 'rename', summary: { ...summary('a'), title: 'Best' } });
  expect([shelf.titles()[0], shelf.model.conversation.title]).toEqual(['Best', 'Best']);
  expect(shelf.fails(request).takeRequests()).toEqual([firstPage]);
});

test('[Y22] a deleted conversation goes from the list, and gives way to a new one when it is open', () => {
  const shelf = opened('xy').wants({ type: 'delete', id: 'conv_b' });
  const request = { name: 'delete', id: 'conv_b' } as const;
  expect(shelf.takeRequests()).toEqual([request]);
  shelf.gets(request, { name: 'delete' });
  expect([shelf.titles(), shelf.model.conversation.id]).toEqual([['a', 'c'], 'conv_a']);
  // Somebody else was faster.
  shelf.fails({ name: 'delete', id: 'conv_a' }, true);
  expect([shelf.titles(), shelf.model.conversation.id, shelf.model.captions]).toEqual([['c'], null, []]);
});

test('[Y23] when everything is deleted nothing of it is left on the page', () => {
  const shelf = opened('xy').gets({ name: 'forget' }, { name: 'forget' });
  const { captions, memory, conversation, notice } = shelf.model;
  expect([captions, memory, conversation.id]).toEqual([[], freshMemory, null]);
  expect(notice?.text).toBe('Everything that was remembered is deleted.');
});

test('[Y24] older pages come above, once each, one at a time', () => {
  const shelf = opened('xy', '2').wants({ type: 'older' }).wants({ type: 'older' });
  const request = { name: 'older', id: 'conv_a', cursor: '2' } as const;
  expect(shelf.takeRequests()).toEqual([request]);
  const conversation = { ...summary('a'), messages: [message('v'), message('x')], next: null };
  shelf.gets(request, { name: 'older', conversation });
  expect(shelf.rows().map(([, text]) => text)).toEqual(['v', 'x', 'y']);
  expect(shelf.wants({ type: 'older' }).takeRequests()).toEqual([]);
});

test('[Y24] an answer under way is joined from its beginning', () => {
  const shelf = listed('a').wants({ type: 'open', id: 'conv_a', messageId: null });
  shelf.take();
  const answering = message('z', { role: 'assistant', status: 'answering', content: 'One tw' });
  const conversation = { ...summary('a'), messages: [message('x'), answering], next: null };
  shelf.gets({ name: 'open', id: 'conv_a' }, { name: 'open', conversation });
  expect(shelf.takeChat()).toEqual([{ type: 'open' }]);
  shelf.opens();
  expect(shelf.takeUp()).toEqual([
    { type: 'resume', conversation_id: 'conv_a', message_id: 'msg_z', received: 0 },
  ]);
});

test('[Y24] a newest page in place of what is shown keeps what is above it and what is not sent', () => {
  const shelf = opened('wxy').writes('m1', 'mine').opens();
  shelf.down({ type: 'error', code: 'busy', message: '', id: 'm1' });
  const conversation = { ...summary('a'), messages: [message('x'), message('z')], next: '2' };
  shelf.gets({ name: 'refresh', id: 'conv_a' }, { name: 'refresh', conversation });
  expect(shelf.rows().map(([, text]) => text)).toEqual(['w', 'x', 'z', 'mine']);
});

test('[Y24] while a call is open no other conversation is gone to', () => {
  const shelf = opened('xy').tell({ type: 'start' });
  shelf.take();
  shelf.wants({ type: 'open', id: 'conv_b', messageId: null }).wants({ type: 'new' });
  expect([shelf.take(), shelf.model.conversation.id]).toEqual([[], 'conv_a']);
  expect(shelf.model.notice?.text).toContain('A call is open');
});

const page = (ids: string, next: string | null) => ({
  ...summary('a'),
  messages: ids.split('').map((id) => message(id)),
  next,
});

const older = (cursor: string) => ({ name: 'older', id: 'conv_a', cursor }) as const;

test('[Y25] what was found far up is fetched page by page until it is there', () => {
  const shelf = listed('a').wants({ type: 'open', id: 'conv_a', messageId: 'msg_q' });
  shelf.take();
  shelf.gets({ name: 'open', id: 'conv_a' }, { name: 'open', conversation: page('yz', '2') });
  expect(shelf.takeRequests()).toEqual([older('2')]);
  shelf.gets(older('2'), { name: 'older', conversation: page('wx', '4') });
  expect(shelf.takeRequests()).toEqual([older('4')]);
  shelf.gets(older('4'), { name: 'older', conversation: page('qr', '6') });
  expect([shelf.takeRequests(), shelf.model.conversation.target]).toEqual([[], 'msg_q']);
});

test('[Y26] what fails says so, and can be tried again', () => {
  const shelf = new Shelf().wants({ type: 'looked' });
  shelf.take();
  shelf.fails(firstPage);
  expect([shelf.model.memory.list.state, shelf.model.memory.notice?.text]).toEqual(['failed', 'No.']);
  expect(shelf.wants({ type: 'looked' }).takeRequests()).toEqual([firstPage]);
  const gone = listed('ab').wants({ type: 'open', id: 'conv_a', messageId: null });
  gone.fails({ name: 'open', id: 'conv_a' }, true);
  expect([gone.titles(), gone.model.conversation.id, gone.model.notice?.text]).toEqual([['b'], null, 'No.']);
});
