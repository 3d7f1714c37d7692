import { expect, it } from 'vitest';
import { fields, INVALID, type Fields } from '../../src/observe/fields.ts';
import { log } from '../../src/observe/log.ts';
import { readSettings, text } from '../../src/observe/settings.ts';
import * as v from 'valibot';
import { catchLog } from '../support/printed.ts';

/** What must never stand in a log, in the forms in which it comes. */
const secrets: Readonly<Record<string, string>> = {
  'a key of Azure': '0d5a1c7e9b3f48260d5a1c7e9b3f4826',
  'a long key of Azure': '4FkQ7aZ9XbT2mN8cL5vR1wY6uJ3hG0pDsE4iOqBnVxKzMtCyWfHj',
  'a token': 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhbGljZSJ9.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk',
  'a ticket': 'vg1.Zm9vYmFyYmF6cXV4.aGVsbG8gd29ybGQ',
  'something said': 'My number is 555 0199, and I live in Lyon.',
  'sound in base64': `${'AAD/fwCAAQA'.repeat(8)}==`,
  'an address with a token': 'https://voxgate.example/ws?token=abc',
  'a name': 'alice@example.com',
  'a second line': 'not_found\n{"event":"door.failed"}',
};

const good: Required<Fields> = {
  session: 'vs_0123456789abcdef0123456789abcdef',
  user: '0123456789ab',
  mode: 'voice',
  lane: 'binary',
  end: 'upstreamFailed',
  close_code: 4502,
  status: 401,
  code: 'DeploymentNotFound',
  cause: 'conversation.item.create',
  route: 'fallback-1',
  server: 'weather',
  count: 1,
  frames_up: 1,
  frames_down: 2,
  bytes_up: 3,
  bytes_down: 4,
  dropped_ms: 5,
  duration_ms: 6.5,
  conversations: 2,
  sessions: 2,
  tokens: 7,
  usd: 0.01,
  problems: ['AUTH_SECRET: set it to 32 bytes or more, for example from: openssl rand -base64 48'],
  error_name: 'TypeError',
};

it('[O1] a line is one event as JSON, with every field that fits as it is', () => {
  const lines = catchLog();
  log('call.ended', good);
  expect(lines()).toEqual([{ event: 'call.ended', ...good }]);
});

it.each(['invalid_api_key', 'unauthenticated', '404', 'rate_limit_exceeded', 'budget_80', 'content-filter'])(
  '[O1] %s is a code',
  (code) => {
    expect(fields.code.clean(code)).toBe(code);
  },
);

it.each(Object.entries(secrets))('[O1] %s fits no field of text', (_, secret) => {
  const lines = catchLog();
  for (const name of Object.keys(good)) {
    log('call.ended', { [name]: secret });
    expect(lines().at(-1)).toEqual({ event: 'call.ended', [name]: INVALID });
  }
});

it.each(Object.entries(secrets))(
  '[O1] %s fits no problem of a variable, and the variable is told',
  (_, secret) => {
    const lines = catchLog();
    log('door.misconfigured', {
      problems: [secret, `AUTH_SECRET: ${'x'.repeat(20)}1`, `lower case ${secret}`],
    });
    expect(lines()).toEqual([
      { event: 'door.misconfigured', problems: [INVALID, `AUTH_SECRET: ${INVALID}`, INVALID] },
    ]);
  },
);

it('[O1] a field that is not on the list is left out, whatever the types were told', () => {
  const lines = catchLog();
  // @ts-expect-error Written down, such a field does not even compile.
  log('door.refused', { status: 401, transcript: 'hello' });
  const smuggled = { status: 401, transcript: 'hello', toJSON: () => 'hello' };
  log('door.refused', smuggled);
  log('door.refused', { status: Number.NaN, frames_up: Number.POSITIVE_INFINITY });
  expect(lines()).toEqual([
    { event: 'door.refused', status: 401 },
    { event: 'door.refused', status: 401 },
    { event: 'door.refused', status: INVALID, frames_up: INVALID },
  ]);
});

it('[O6] a problem of a variable does not repeat its value, not even in words of the schema library', () => {
  const schema = v.object({ AUTH_SECRET: v.pipe(text(''), v.picklist(['yes'])) });
  const read = readSettings(schema, { AUTH_SECRET: 'hunter2-hunter2' });
  expect(read).toEqual({ ok: false, problems: ['AUTH_SECRET: is not valid'] });
});
