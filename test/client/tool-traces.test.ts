/** Tools that run in the gateway, as a call tells of them: each is shown once, at work and as it went. */
import { expect, test } from 'vitest';
import { isAtRest } from '../../src/client/back.ts';
import { withOlder } from '../../src/client/conversation.ts';
import type { Caption } from '../../src/client/captions.ts';
import type { ConversationMessage } from '../../src/protocol/conversations.ts';
import { socketFor } from '../../src/client/gateway-place.ts';
import { Dialogue, NOON } from './dialogue.ts';

function tool(callId: string, state: string): Record<string, unknown> {
  return { type: 'gateway.tool', call_id: callId, item_id: `item_${callId}`, name: 'getTime', state };
}

function traces(captions: readonly Caption[]): unknown[] {
  return captions.flatMap(({ id, tools }) => tools.map(({ name, state }) => [id, name, state]));
}

/** A call that memory tells of. */
function remembered(callId: string): ConversationMessage {
  const call = { call_id: callId, name: 'getTime', arguments: {}, output: {}, is_error: false };
  return {
    id: `sess_1.item_${callId}`,
    role: 'assistant',
    mode: 'voice',
    content: '',
    status: 'complete',
    created_at: NOON / 1000,
    tool_calls: [call],
  };
}

test('[C56] while one is at work the call is thinking, also when the answer that called it is over', () => {
  const call = Dialogue.live().hear({ type: 'response.created', response: { id: 'r' } });
  call.hear(tool('c1', 'running')).hear(tool('c2', 'running'));
  call.hear({ type: 'response.done', response: { id: 'r', status: 'completed' } });
  expect(call.hear(tool('c1', 'done')).phase).toBe('thinking');
  expect(call.hear(tool('c2', 'failed')).phase).toBe('listening');
  // Of one that was lost with its object nobody tells.
  call.hear(tool('c3', 'running')).hear({ type: 'response.created', response: { id: 's' } });
  expect(call.hear({ type: 'response.done', response: { id: 's', status: 'completed' } }).phase).toBe(
    'listening',
  );
});

test('[C56] a tool that runs in the gateway has an entry of its own, and is shown as it goes', () => {
  const call = Dialogue.live().hear(tool('c1', 'running'));
  expect(traces(call.model.captions)).toEqual([['item_c1', 'getTime', 'running']]);
  call.hear(tool('c2', 'running')).hear(tool('c2', 'failed')).hear(tool('c1', 'done'));
  expect(traces(call.model.captions)).toEqual([
    ['item_c1', 'getTime', 'done'],
    ['item_c2', 'getTime', 'failed'],
  ]);
  expect(call.model.captions.map(({ role, text }) => [role, text])).toEqual([
    ['assistant', ''],
    ['assistant', ''],
  ]);
  expect(call.take()).toEqual([]);
});

test('[C56] told again, or only how it went, it is shown once', () => {
  const call = Dialogue.live().hear(tool('c1', 'running')).hear(tool('c1', 'done'));
  call.hear(tool('c1', 'running'));
  expect(traces(call.model.captions)).toEqual([['item_c1', 'getTime', 'done']]);
  call.hear(tool('c1', 'done')).hear(tool('c2', 'done'));
  expect(traces(call.model.captions)).toEqual([
    ['item_c1', 'getTime', 'done'],
    ['item_c2', 'getTime', 'done'],
  ]);
});

test('[C56] what memory tells of a call is shown once, whichever comes first', () => {
  const call = Dialogue.live();
  call.model = { ...call.model, captions: withOlder([], [remembered('c1')]) };
  call.hear(tool('c1', 'running')).hear(tool('c1', 'done'));
  expect(traces(call.model.captions)).toEqual([['sess_1.item_c1', 'getTime', 'done']]);
  call.hear(tool('c2', 'running'));
  expect(traces(withOlder(call.model.captions, [remembered('c1'), remembered('c2')]))).toHaveLength(2);
});

test('[C56] what still runs when the call is over, or another one takes its place, has failed', () => {
  const over = Dialogue.live().hear(tool('c1', 'running')).hear(tool('c2', 'done')).closes(1000);
  expect(traces(over.model.captions).map((trace) => String(trace))).toEqual([
    'item_c1,getTime,failed',
    'item_c2,getTime,done',
  ]);
  const lost = { soundMs: 0, hasWords: false };
  const back = (way: 'resume' | 'anew'): unknown[] => {
    const call = Dialogue.live().hear(tool('c1', 'running'));
    call.tell({ type: 'away', code: 1006, reason: '' }).tell({ type: 'back', way, lost });
    return traces(call.model.captions);
  };
  expect([back('resume'), back('anew')]).toEqual([
    [['item_c1', 'getTime', 'running']],
    [['item_c1', 'getTime', 'failed']],
  ]);
});

test('[C56] a page that is loaded again while one runs hears of it again', () => {
  const call = Dialogue.live();
  const rests = (): boolean =>
    call.model.call.name === 'live' && isAtRest(call.model.call, call.model.captions);
  expect(rests()).toBe(true);
  call.hear(tool('c1', 'running'));
  expect(rests()).toBe(false);
  call.hear(tool('c1', 'done'));
  expect(rests()).toBe(true);
});

test('[C56] every socket of a call asks for it', () => {
  const pass = { token: 't', sessionId: 's', conversationId: 'conv_1', received: 0 };
  expect([
    socketFor({ ...pass, conversationId: '' }, null).address,
    socketFor(pass, null).address,
    socketFor(pass, 7).address,
  ]).toEqual([
    '/ws/voice?trace=tools',
    '/ws/voice?conversation=conv_1&trace=tools',
    '/ws/voice?received=7&trace=tools',
  ]);
});

test('[C20] a trace in no state that the page knows is nothing', () => {
  const call = Dialogue.live().hear(tool('c1', 'waiting')).hear(tool('', 'running'));
  expect(call.model.captions).toEqual([]);
});
