/** The page's tools in a call: carried out once, shown, answered, and the model asked to go on once. */
import { expect, test } from 'vitest';
import { handoverOf, comeBackTo } from '../../src/client/back.ts';
import { freshModel } from '../../src/client/model.ts';
import { Dialogue, NOON } from './dialogue.ts';

function called(...callIds: readonly string[]): Record<string, unknown> {
  const output = callIds.map((call_id) => ({
    id: `item_${call_id}`,
    type: 'function_call',
    call_id,
    name: 'changeBackgroundColor',
    arguments: '{"color":"green"}',
  }));
  return { type: 'response.done', response: { id: 'r1', status: 'completed', output } };
}

function answer(call_id: string, output: object): object {
  const item = { type: 'function_call_output', call_id, output: JSON.stringify(output) };
  return { type: 'conversation.item.create', item };
}

const OK = { success: true, color: 'green' };
const GO_ON = { type: 'response.create' };

function traces(call: Dialogue): unknown[] {
  return call.model.captions.flatMap(({ id, tools }) => tools.map(({ state }) => [id, state]));
}

test('[JC10] what an answer calls is carried out when it is whole, told as it goes, and answered; then the model goes on', () => {
  const call = Dialogue.live().hear({ type: 'response.created', response: { id: 'r1' } });
  call.hear(called('c1', 'c2'));
  expect(call.take()).toEqual(
    ['c1', 'c2'].map((callId) => ({
      type: 'run-tool',
      callId,
      name: 'changeBackgroundColor',
      arguments: { color: 'green' },
    })),
  );
  expect(call.phase).toBe('thinking');
  call.tell({ type: 'tool-ran', callId: 'c2', output: { success: false } });
  expect(call.takeSent()).toEqual([answer('c2', { success: false })]);
  expect(traces(call)).toEqual([
    ['item_c1', 'running'],
    ['item_c2', 'failed'],
  ]);
  call.tell({ type: 'tool-ran', callId: 'c1', output: OK });
  expect(call.takeSent()).toEqual([answer('c1', OK), GO_ON]);
  expect(traces(call)).toEqual([
    ['item_c1', 'done'],
    ['item_c2', 'failed'],
  ]);
});

test('[JC10] an answer that was cut or broke off calls nothing, nor does one that says no JSON break anything', () => {
  const call = Dialogue.live();
  const { response } = called('c1') as { response: object };
  call.hear({ type: 'response.done', response: { ...response, status: 'cancelled' } });
  expect(call.take()).toEqual([]);
  const output = [{ id: 'i', type: 'function_call', call_id: 'c2', name: 'getPageHTML', arguments: '{' }];
  call.hear({ type: 'response.done', response: { ...response, output } });
  expect(call.take()).toEqual([{ type: 'run-tool', callId: 'c2', name: 'getPageHTML', arguments: null }]);
});

test('[JC10] what is typed meanwhile waits for the answer that follows', () => {
  const call = Dialogue.live().hear(called('c1'));
  call.take();
  call.tell({ type: 'typed', id: 'm1', text: 'and red' });
  expect(call.takeSent()).toEqual([]);
  call.tell({ type: 'tool-ran', callId: 'c1', output: OK });
  expect(call.takeSent()).toEqual([answer('c1', OK), GO_ON]);
});

test('[JC10] told again, also to a page that was loaded again, it is not done again; another call knows nothing of it', () => {
  const call = Dialogue.live().hear(called('c1'));
  call.tell({ type: 'tool-ran', callId: 'c1', output: OK }).take();
  call.hear(called('c1'));
  expect(call.take()).toEqual([]);
  if (call.model.call.name !== 'live') throw new Error('not live');
  const pass = { token: 't', sessionId: 's', conversationId: 'c', received: 0 };
  const left = { at: NOON, pass, outbox: { base: 0, given: 0, frames: [] } };
  const handover = handoverOf(call.model.call, left, { part: 0, heardMs: 0 });
  expect(handover.ran).toEqual(['c1']);
  const next = new Dialogue();
  next.model = comeBackTo(freshModel, handover).model;
  next.hear(called('c1'));
  expect(next.take()).toEqual([]);

  next.hear(called('c3')).take();
  const lost = { soundMs: 0, hasWords: false };
  next.tell({ type: 'away', code: 1006, reason: '' }).tell({ type: 'back', way: 'anew', lost }).take();
  next.tell({ type: 'tool-ran', callId: 'c3', output: OK });
  expect(next.takeSent()).toEqual([]);
});
