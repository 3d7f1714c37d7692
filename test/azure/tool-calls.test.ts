import { expect, it } from 'vitest';
import { answeredCall, complaintAboutAnswer, madeCall } from '../../src/azure/tool-calls.ts';

const open = new Map([
  ['call_page', 'client'],
  ['call_mail', 'gateway'],
] as const);

function answer(callId: unknown): { type: string; item: object } {
  return {
    type: 'conversation.item.create',
    item: { type: 'function_call_output', call_id: callId, output: '' },
  };
}

it('[U30] a call that the model made is known by its finished item', () => {
  const item = { type: 'function_call', call_id: 'call_1', name: 'getPageHTML', arguments: '{}' };
  expect(madeCall({ type: 'response.output_item.done', item })).toEqual({
    callId: 'call_1',
    name: 'getPageHTML',
  });
  expect(madeCall({ type: 'response.output_item.added', item })).toBeNull();
  expect(madeCall({ type: 'response.output_item.done', item: { type: 'message' } })).toBeNull();
});

it('[U30] a client answers the calls that are its own', () => {
  expect(answeredCall(answer('call_page'))).toBe('call_page');
  expect(complaintAboutAnswer(answer('call_page'), open)).toBeNull();
  expect(complaintAboutAnswer({ type: 'response.create' }, open)).toBeNull();
});

it('[U30] an answer to the gateway’s own call is refused', () => {
  expect(complaintAboutAnswer(answer('call_mail'), open)).toMatchObject({
    code: 'session_locked',
    param: 'item.call_id',
  });
});

it.each(['call_none', '', null, ['call_page']])(
  '[U30] an answer to %j, which nobody asked, is refused',
  (id) => {
    expect(complaintAboutAnswer(answer(id), open)).toMatchObject({
      code: 'invalid_value',
      param: 'item.call_id',
    });
  },
);
