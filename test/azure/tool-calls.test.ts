import { expect, it } from 'vitest';
import { answeredCall, complaintAboutAnswer, madeCall, takenAnswer } from '../../src/azure/tool-calls.ts';

const open = new Map([
  ['call_page', 'client'],
  ['call_mail', 'gateway'],
] as const);

const locked = { isLocked: true };

function answer(callId: unknown): { type: string; item: object } {
  return {
    type: 'conversation.item.create',
    item: { type: 'function_call_output', call_id: callId, output: '' },
  };
}

it('[U30] a call that the model made is known by its finished item', () => {
  const item = {
    id: 'item_1',
    type: 'function_call',
    call_id: 'call_1',
    name: 'getPageHTML',
    arguments: '{}',
  };
  expect(madeCall({ type: 'response.output_item.done', item })).toEqual({
    callId: 'call_1',
    itemId: 'item_1',
    name: 'getPageHTML',
    arguments: '{}',
  });
  const told = { ...item, item_id: 'item_1', type: 'response.function_call_arguments.done' };
  expect(madeCall(told)).toEqual({
    callId: 'call_1',
    itemId: 'item_1',
    name: 'getPageHTML',
    arguments: '{}',
  });
  expect(madeCall({ type: 'response.output_item.added', item })).toBeNull();
  expect(madeCall({ type: 'response.output_item.done', item: { type: 'message' } })).toBeNull();
});

it('[U30] a client answers the calls that are its own', () => {
  expect(answeredCall(answer('call_page'))).toBe('call_page');
  expect(complaintAboutAnswer(answer('call_page'), open, locked)).toBeNull();
  expect(complaintAboutAnswer({ type: 'response.create' }, open, locked)).toBeNull();
});

it('[U30] an answer is taken when Azure has put it into the conversation', () => {
  const { item } = answer('call_page');
  expect(takenAnswer({ type: 'conversation.item.added', item })).toBe('call_page');
  expect(takenAnswer({ type: 'conversation.item.deleted', item })).toBeNull();
  expect(takenAnswer({ type: 'conversation.item.added', item: { type: 'message' } })).toBeNull();
});

it.each([true, false])('[U30] an answer to the gateway’s own call is refused (locked: %s)', (isLocked) => {
  expect(complaintAboutAnswer(answer('call_mail'), open, { isLocked })).toMatchObject({
    code: 'session_locked',
    param: 'item.call_id',
  });
});

it.each(['call_none', '', null, ['call_page']])(
  '[U30] an answer to %j, which nobody asked, is refused',
  (id) => {
    expect(complaintAboutAnswer(answer(id), open, locked)).toMatchObject({
      code: 'invalid_value',
      param: 'item.call_id',
    });
    // An unlocked client makes calls of its own: Azure knows them.
    expect(complaintAboutAnswer(answer(id), open, { isLocked: false })).toBeNull();
  },
);
