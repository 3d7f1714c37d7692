import { expect, it } from 'vitest';
import { scrubError } from '../../src/azure/scrub-error.ts';
import type { Operator } from '../../src/azure/session.ts';
import { instructions, locked, unlocked } from './operators.ts';

function told(error: object, cause: string | null = null, operator = locked): unknown {
  return scrubError({ type: 'error', event_id: 'event_1', error }, operator, cause)['error'];
}

const OPERATORS = { message: 'Azure refused a setting of the operator.', param: null };

it('[U27] that answers a client’s event comes down as Azure said it', () => {
  const error = {
    type: 'invalid_request_error',
    code: 'invalid_value',
    message: "Invalid value: 'x'. Supported values are: 'alloy'.",
    param: 'session.audio.output.voice',
    event_id: 'mine',
  };
  expect(told(error)).toEqual(error);
  expect(told({ ...error, event_id: 'vg_3.response.create' }, 'response.create')).toMatchObject({
    message: error.message,
  });
  expect(told({ ...error, innererror: instructions })).toEqual(error);
});

it.each([
  'session.instructions',
  'session.tools[0].name',
  'session.prompt',
  'session.model',
  'response.instructions',
])('[U27] about %s says only whose it is', (param) => {
  const error = { code: 'invalid_value', message: 'Invalid: crm', param, event_id: 'mine' };
  expect(told(error)).toEqual({ ...error, ...OPERATORS });
});

it.each([
  ['nobody’s event', null, null],
  ['an update that may be ours', 'vg_3.session.update', 'session.update'],
  ['what a client cannot send', 'vg_3.session.replace', 'session.replace'],
])('[U27] that answers %s is told by code and parameter, in words of ours', (_, id, cause) => {
  const error = {
    code: 'string_above_max_length',
    message: 'You are the conc…',
    param: 'session.x',
    event_id: id,
  };
  expect(told(error, cause)).toEqual({
    ...error,
    message: 'Azure refused session.x: string_above_max_length.',
  });
  expect(told({ message: 'You are', event_id: id }, cause)).toMatchObject({
    message: 'Azure refused something: it does not say why.',
  });
});

it('[U27] that tells of the session is told in Azure’s words, whoever it answers', () => {
  const error = {
    code: 'session_expired',
    message: 'Your session hit the maximum duration of 60 minutes.',
    event_id: null,
  };
  expect(told(error)).toEqual(error);
});

it.each([
  ['whole', instructions],
  ['as JSON', JSON.stringify(instructions)],
  ['as JSON in JSON', JSON.stringify(JSON.stringify(instructions))],
  ['in small letters, without stops', instructions.toLowerCase().replaceAll(/[^a-z0-9 ]/g, '')],
  [
    'in escapes',
    instructions.replaceAll(/[^a-z]/gi, (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`),
  ],
  ['cut off', `${instructions.slice(0, 70)}…`],
  ['from the middle', `…${instructions.slice(40, 110)}…`],
])('[U29] never quotes the operator, %s, not even to whoever caused it', (_, quote) => {
  const error = { code: 'invalid_value', message: `Bad: '${quote}'`, param: null, event_id: 'mine' };
  expect(told(error)).toMatchObject({ message: 'Azure refused something: invalid_value.' });
});

it('[U29] a short run in common is chance, and tells nobody that a guess was right', () => {
  const guess = instructions.replaceAll(/[^a-z]/gi, '').slice(0, 40);
  const message = `Item with item_id '${guess}' not found.`;
  expect(told({ code: 'x', message, event_id: 'mine' })).toMatchObject({ message });
});

it('[U29] instructions of a few letters are found nowhere', () => {
  const brief: Operator = { ...locked, instructions: 'Be nice' };
  const error = { code: 'x', message: 'Be nice', event_id: 'mine' };
  expect(told(error, null, brief)).toEqual(error);
});

it('[U27] comes down to an unlocked client as it is', () => {
  const error = { code: 'x', message: instructions, param: 'session.instructions', more: 1 };
  expect(told(error, null, unlocked)).toEqual(error);
});
