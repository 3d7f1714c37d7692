import { listDurableObjectIds } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { base64url } from 'jose';
import { afterEach, expect, it, vi } from 'vitest';
import { readOpening } from '../../src/durable-objects/opening.ts';
import { SessionManager } from '../../src/durable-objects/session-manager.ts';
import { macOf } from '../../src/identity/mac.ts';
import { objectName } from '../../src/identity/object-name.ts';
import { makeTicket, readTicket } from '../../src/identity/tickets.ts';
import { OWN_ISSUER } from '../../src/identity/tokens.ts';
import { TEST_SECRET, tokenFor } from '../support/tokens.ts';
import { codeOf, cookieFor, FRIEND, HERE, hangUp, knock, told, visit } from '../workerd/visitor.ts';

afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

const alicesObject = (): Promise<string> => objectName(TEST_SECRET, { issuer: OWN_ISSUER, subject: 'alice' });

async function ask(headers: Record<string, string> = {}): Promise<Response> {
  const Authorization = `Bearer ${await tokenFor('alice')}`;
  return visit('/api/tickets', { method: 'POST', headers: { Authorization, ...headers } });
}

async function ticketFor(origin: string): Promise<string> {
  return (await (await ask({ Origin: origin })).json<{ ticket: string }>()).ticket;
}

function show(ticket: string, headers: Record<string, string> = {}): Promise<Response> {
  return knock({ 'Sec-WebSocket-Protocol': `voxgate.v1, voxgate.ticket.${ticket}`, ...headers });
}

it('[D23] a user gets a ticket for thirty seconds, kept by nobody on the way', async () => {
  const before = Math.floor(Date.now() / 1000);
  const response = await ask({ Origin: HERE });
  expect(response.status).toBe(200);
  expect(response.headers.get('Cache-Control')).toBe('no-store');
  const body = await response.json<{ ticket: string; expires_at: number }>();
  expect(Object.keys(body)).toEqual(['ticket', 'expires_at']);
  expect(body.expires_at).toBeGreaterThanOrEqual(before + 29);
  expect(body.expires_at).toBeLessThanOrEqual(before + 31);
  // RFC 9110, 5.6.2: what a subprotocol's name may be made of.
  expect(body.ticket).toMatch(/^[\w.-]+$/);
  expect(await ticketFor(HERE)).not.toBe(body.ticket);
});

it('[D23] the user’s object is told the ticket’s hash, its origin and its end, and not the ticket', async () => {
  const keepTicket = vi.spyOn(SessionManager.prototype, 'keepTicket');
  const { ticket, expires_at } = await (
    await ask({ Origin: FRIEND })
  ).json<{
    ticket: string;
    expires_at: number;
  }>();
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(ticket));
  const record = { hash: new Uint8Array(digest).toHex(), origin: FRIEND, expiresAt: expires_at * 1000 };
  expect(keepTicket).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ subject: 'alice' }), record);
});

it('[D23] a ticket is for the origin that asks, and for our own when none is named', async () => {
  const keepTicket = vi.spyOn(SessionManager.prototype, 'keepTicket');
  for (const headers of [{}, { Origin: HERE }, { Origin: FRIEND }]) await ask(headers);
  expect(keepTicket.mock.calls.map(([, { origin }]) => origin)).toEqual([HERE, HERE, FRIEND]);
});

it.each(['https://evil.example', 'null', `${HERE}.evil.example`, 'http://localhost:1', 'https://localhost'])(
  '[D23] there is no ticket for a page of %s',
  async (Origin) => {
    expect(await told(await ask({ Origin }))).toBe('origin_not_allowed');
  },
);

it('[D23] nobody but a user gets a ticket, and another method is 405', async () => {
  expect(await told(await visit('/api/tickets', { method: 'POST' }))).toBe('unauthenticated');
  expect(await told(await ask({ Authorization: 'Bearer bad' }))).toBe('invalid_credential');
  expect(await told(await visit('/api/tickets'))).toBe('method_not_allowed');
  const Cookie = await cookieFor(await tokenFor('alice'));
  const init = { method: 'POST', headers: { Cookie } };
  expect(await told(await visit('/api/tickets', init))).toBe('origin_not_allowed');
  expect((await visit('/api/tickets', { ...init, headers: { Cookie, Origin: HERE } })).status).toBe(200);
});

it('[D23] who has asked too often, or signed out, gets none', async () => {
  const keepTicket = vi.spyOn(SessionManager.prototype, 'keepTicket');
  keepTicket.mockReturnValueOnce({ outcome: 'too-many-requests', retryAfterSeconds: 17 });
  const tooMany = await ask();
  expect(tooMany.status).toBe(429);
  expect(tooMany.headers.get('Retry-After')).toBe('17');
  expect(await codeOf(tooMany)).toBe('rate_limited');
  keepTicket.mockReturnValueOnce({ outcome: 'revoked' });
  expect(await told(await ask())).toBe('invalid_credential');
});

it.each([HERE, FRIEND])(
  '[D25] a ticket opens a socket for a page of %s, and is not echoed',
  async (Origin) => {
    const opened = vi.spyOn(SessionManager.prototype, 'fetch');
    const ticket = await ticketFor(Origin);
    const response = await show(ticket, { Origin });
    expect(response.status).toBe(101);
    expect(response.headers.get('Sec-WebSocket-Protocol')).toBe('voxgate.v1');
    hangUp(response);
    const known = await readTicket(TEST_SECRET, { ticket, origin: Origin });
    const request = opened.mock.calls[0]?.[0];
    if (!request) throw new Error('nothing was opened');
    const { proof } = readOpening(request);
    expect(proof).toEqual({ kind: 'ticket', hash: known?.hash, origin: Origin });
    expect(JSON.stringify([...request.headers])).not.toContain(ticket);
    expect(opened.mock.contexts[0]).toHaveProperty('ctx.id.name', await alicesObject());
  },
);

it('[D25] a ticket that its object does not know, or that was used, is a bad credential', async () => {
  const ticket = await ticketFor(HERE);
  vi.spyOn(SessionManager.prototype, 'fetch').mockReturnValueOnce(new Response(null, { status: 401 }));
  const response = await show(ticket, { Origin: HERE });
  expect(response.status).toBe(401);
  expect(response.headers.get('WWW-Authenticate')).toContain('invalid_token');
  expect(await codeOf(response)).toBe('invalid_credential');
});

it('[D25] a ticket opens nothing but a socket', async () => {
  const ticket = await ticketFor(HERE);
  const headers = { 'Sec-WebSocket-Protocol': `voxgate.ticket.${ticket}`, Origin: HERE };
  expect(await told(await visit('/api/session', { headers }))).toBe('invalid_credential');
  expect(await told(await visit('/api/session', { method: 'POST', headers }))).toBe('invalid_credential');
  expect(await told(await visit('/api/tickets', { method: 'POST', headers }))).toBe('invalid_credential');
  const upgrade = { method: 'POST', headers: { ...headers, Upgrade: 'websocket' } };
  expect(await told(await visit('/api/tickets', upgrade))).toBe('invalid_credential');
  expect(await told(await visit('/api/session', upgrade))).toBe('invalid_credential');
  expect(await told(await ask({ Authorization: `Bearer ${ticket}` }))).toBe('invalid_credential');
});

it.each([
  ['no origin', {}, 'origin_not_allowed'],
  ['a foreign origin', { Origin: 'https://evil.example' }, 'origin_not_allowed'],
  ['an opaque origin', { Origin: 'null' }, 'origin_not_allowed'],
  ['another origin that is allowed', { Origin: FRIEND }, 'invalid_credential'],
])('[D24] a ticket shown with %s wakes no object', async (_, headers: Record<string, string>, verdict) => {
  const ticket = await ticketFor(HERE);
  const opened = vi.spyOn(SessionManager.prototype, 'fetch');
  expect(await told(await show(ticket, headers))).toBe(verdict);
  expect(opened).not.toHaveBeenCalled();
});

it('[D24] a ticket that has run out wakes no object', async () => {
  vi.useFakeTimers({ toFake: ['Date'] });
  const ticket = await ticketFor(HERE);
  const opened = vi.spyOn(SessionManager.prototype, 'fetch');
  vi.setSystemTime(Date.now() + 30_000);
  expect(await told(await show(ticket, { Origin: HERE }))).toBe('invalid_credential');
  expect(opened).not.toHaveBeenCalled();
});

it('[D24] a ticket of nobody’s making wakes no object, old or new', async () => {
  const good = await ticketFor(HERE);
  const [name = '', expiry = '', random = '', mac = ''] = good.split('.');
  const stranger = await objectName(TEST_SECRET, { issuer: OWN_ISSUER, subject: 'stranger' });
  const later = String(Number(expiry) + 3_600);
  const elsewhere = { objectName: name, origin: HERE };
  const { ticket: foreign } = await makeTicket('another secret, also long enough for it', elsewhere);
  const zero = base64url.encode(new Uint8Array(32));
  const asUser = base64url.encode(await macOf(TEST_SECRET, { use: 'voxgate.user.v1', fields: [name] }));
  const flipped = 'ABCDEFGH'
    .split('')
    .map((letter, at) => `${mac.slice(0, at)}${letter}${mac.slice(at + 1)}`);
  const forged = [
    '',
    '.',
    '...',
    'bad',
    good.slice(1),
    good.slice(0, -1),
    `${good}A`,
    `${good}.`,
    `.${good}`,
    `${good}=`,
    `${good}.${mac}`,
    `${name}.${expiry}.${random}`,
    `${name}.${expiry}.${random}.`,
    `${name}.${expiry}.${random}.${zero}`,
    `${name}.${expiry}.${random}.${asUser}`,
    `${name}.${expiry}.${random}.${mac.slice(0, -1)}${mac.endsWith('A') ? 'E' : 'A'}`,
    `${name}.${expiry}.${zero}.${mac}`,
    `${name}.${later}.${random}.${mac}`,
    `${name}.0${expiry}.${random}.${mac}`,
    `${name}.${expiry}.0.${random}.${mac}`,
    `${name}.1e99999999.${random}.${mac}`,
    `${name}.-${expiry.slice(1)}.${random}.${mac}`,
    `${stranger}.${expiry}.${random}.${mac}`,
    `${name.toUpperCase()}.${expiry}.${random}.${mac}`,
    `${name}.${expiry}.${mac}.${random}`,
    `${name}.${later}.${random}.${foreign.split('.')[3]}`,
    foreign,
    await tokenFor('alice'),
    (await cookieFor(await tokenFor('alice'))).slice('voxgate='.length),
    ...flipped.filter((other) => other !== mac).map((other) => `${name}.${expiry}.${random}.${other}`),
  ];
  const before = await listDurableObjectIds(env.USERS);
  const opened = vi.spyOn(SessionManager.prototype, 'fetch');
  const verdicts = await Promise.all(
    forged.map(async (ticket) => told(await show(ticket, { Origin: HERE }))),
  );
  expect(verdicts).toEqual(forged.map(() => 'invalid_credential'));
  expect(opened).not.toHaveBeenCalled();
  expect(await listDurableObjectIds(env.USERS)).toHaveLength(before.length);
  expect(await told(await show(good, { Origin: HERE }))).toBe('let in');
});

it('[D24] the bits that a ticket’s last character does not need must not be there', async () => {
  const good = await ticketFor(HERE);
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  const last = letters.indexOf(good.at(-1) ?? '');
  for (const twin of letters.slice(last + 1, last + 4))
    expect(await told(await show(`${good.slice(0, -1)}${twin}`, { Origin: HERE }))).toBe(
      'invalid_credential',
    );
});

it('[D4] a ticket in the address is refused', async () => {
  const ticket = await ticketFor(HERE);
  const headers = { Upgrade: 'websocket', Origin: HERE };
  expect(await told(await visit(`/ws/voice?ticket=${ticket}`, { headers }))).toBe('credential_in_url');
});
