import { abortAllDurableObjects } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, expect, it, vi } from 'vitest';
import { openingFor, openingRequest, type Proof } from '../../src/durable-objects/opening.ts';
import type { SessionManager } from '../../src/durable-objects/session-manager.ts';
import { objectName } from '../../src/identity/object-name.ts';
import { verifyToken } from '../../src/identity/tokens.ts';
import type { User } from '../../src/identity/user.ts';
import { TEST_SECRET, tokenFor } from '../support/tokens.ts';
import type { Caller } from '../workerd/caller.ts';
import { calls, callsDirectly, knock, newPerson, tokenWith, typed } from '../workerd/calls.ts';

const clear = { type: 'input_audio_buffer.clear' };
const SETTINGS = { authSecret: TEST_SECRET, keySetUrl: null, issuer: null, audience: null };

async function objectOf(person: string): Promise<DurableObjectStub<SessionManager>> {
  return env.USERS.getByName(await objectName(TEST_SECRET, { issuer: 'voxgate', subject: person }));
}

async function userOf(token: string): Promise<User> {
  const verdict = await verifyToken(token, SETTINGS);
  if (verdict.outcome !== 'known') throw new Error('The test made a bad token');
  return verdict.user;
}

/** Says so much and knows that it was heard: what is answered comes after what came before. */
async function saysTimes(caller: Caller, times: number): Promise<void> {
  for (let i = 0; i < times - 1; i += 1) caller.says(clear);
  caller.says(typed('hello'));
  await caller.hears('conversation.item.done');
}

afterEach(() => {
  vi.useRealTimers();
});

it('[K1] the 61st request within a minute is told so, and closes with the seconds to wait', async () => {
  const alice = await calls('realtime', await tokenWith(newPerson(), { requestsPerMinute: 60 }));
  await alice.hears('session.created');
  await saysTimes(alice, 59);
  expect(alice.types()).not.toContain('error');
  alice.says(clear);
  expect(await alice.hears('error')).toMatchObject({
    error: { code: 'rate_limited', message: 'Rate limit exceeded' },
  });
  const { code, reason } = await alice.ends();
  expect(code).toBe(4429);
  expect(reason).toMatch(/^Rate limit exceeded, try again in (\d|[1-5]\d|60) seconds$/);
});

it('[K3] requests count over all sessions of a user, and a new one is refused in words', async () => {
  const token = await tokenWith(newPerson(), { requestsPerMinute: 6 });
  const [first, second] = [await calls('realtime', token), await calls('realtime', token)];
  await first.hears('session.created');
  await second.hears('session.created');
  await saysTimes(first, 2);
  await saysTimes(second, 2);
  const third = await calls('realtime', token);
  expect(await third.hears('error')).toMatchObject({ error: { code: 'rate_limited' } });
  expect((await third.ends()).code).toBe(4429);
  first.says(clear);
  expect((await first.ends()).code).toBe(4429);
  second.hangsUp();
});

it('[K1] a refused request does not count: whoever waits is let in', async () => {
  const token = await tokenWith(newPerson(), { requestsPerMinute: 1 });
  vi.useFakeTimers({ toFake: ['Date'] });
  (await calls('realtime', token)).hangsUp();
  for (let i = 0; i < 3; i += 1) expect((await (await calls('realtime', token)).ends()).code).toBe(4429);
  vi.advanceTimersByTime(60_000);
  const again = await calls('realtime', token);
  await again.hears('session.created');
  again.hangsUp();
});

it('[K3] requests count although the object was lost in between', async () => {
  const person = newPerson();
  const token = await tokenWith(person, { requestsPerMinute: 3 });
  const user = await userOf(token);
  for (let i = 0; i < 3; i += 1)
    expect(await (await objectOf(person)).admit(user)).toEqual({ outcome: 'admitted' });
  await abortAllDurableObjects();
  expect(await (await objectOf(person)).admit(user)).toMatchObject({ outcome: 'too-many-requests' });
});

it('[K4] of fifty sockets that are opened at once exactly three get in', async () => {
  const token = await tokenFor(newPerson());
  const callers = await Promise.all(Array.from({ length: 50 }, () => calls('realtime', token)));
  const outcomes = await Promise.all(
    callers.map(async (caller) => {
      await expect.poll(() => caller.types()).not.toEqual([]);
      return caller.types()[0];
    }),
  );
  expect(outcomes.filter((type) => type === 'session.created')).toHaveLength(3);
  expect(outcomes.filter((type) => type === 'error')).toHaveLength(47);
  for (const caller of callers) caller.hangsUp();
});

it('[K10] a token may narrow its user’s connections to one', async () => {
  const token = await tokenWith(newPerson(), { connections: 1 });
  const only = await calls('voxgate.v1', token);
  expect(await only.hears('gateway.session')).toMatchObject({ limits: { connections: 1 } });
  const second = await calls('realtime', token);
  expect(await second.hears('error')).toMatchObject({ error: { message: 'Max connections exceeded' } });
  only.hangsUp();
});

it('[K10] an unlocked token may give its own instructions, a locked one may not', async () => {
  const update = { type: 'session.update', session: { type: 'realtime', instructions: 'Mine.' } };
  const own = await calls('realtime', await tokenWith(newPerson(), { unlocked: true }));
  await own.hears('session.created');
  own.says(update);
  expect(await own.hears('session.updated')).toMatchObject({ session: { instructions: 'Mine.' } });
  own.hangsUp();
});

it('[K7] a call in which nobody says anything ends with 4408, after it was announced', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'Date'] });
  const { caller } = callsDirectly({ limits: { idleMinutes: 30 } });
  await caller.hears('session.created');
  vi.advanceTimersByTime(29 * 60_000);
  expect(await caller.hears('gateway.warning')).toMatchObject({ code: 'session_ending', reason: 'idle' });
  vi.advanceTimersByTime(61_000);
  expect(await caller.hears('error')).toMatchObject({ error: { code: 'idle' } });
  expect((await caller.ends()).code).toBe(4408);
});

it('[K7] a word in between starts the time anew; a ping and silence do not', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'Date'] });
  const { caller } = callsDirectly({ limits: { idleMinutes: 1 } });
  await caller.hears('session.created');
  vi.advanceTimersByTime(40_000);
  caller.says(typed('hello'));
  await caller.hears('conversation.item.done');
  vi.advanceTimersByTime(40_000);
  caller.says(new ArrayBuffer(960));
  caller.says({ type: 'gateway.ping' });
  await caller.hears('gateway.pong');
  vi.advanceTimersByTime(21_000);
  expect((await caller.ends()).code).toBe(4408);
});

it('[K8] a call whose credential runs out ends with 4401, after it was announced', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'Date'] });
  const { caller } = callsDirectly({ credentialMs: 600_000 });
  await caller.hears('session.created');
  vi.advanceTimersByTime(560_000);
  expect(await caller.hears('gateway.warning')).toMatchObject({
    code: 'session_ending',
    reason: 'credential',
  });
  vi.advanceTimersByTime(50_000);
  expect(await caller.hears('error')).toMatchObject({ error: { code: 'credential_expired' } });
  expect((await caller.ends()).code).toBe(4401);
});

it('[K8] gateway.auth renews the credential on the open socket, and says until when', async () => {
  const person = newPerson();
  const exp = Math.floor(Date.now() / 1000) + 300;
  // The date alone: an object's own clock has to tick in the object.
  vi.useFakeTimers({ toFake: ['Date'] });
  const alice = await calls('voxgate.v1', await tokenFor(person, { claims: { exp } }));
  expect(await alice.hears('gateway.session')).toMatchObject({ expires_at: exp + 5 });
  await alice.hears('session.created');
  const claims = { exp: exp + 1_000, voxgate: { connections: 7 } };
  alice.says({ type: 'gateway.auth', token: await tokenFor(person, { claims }) });
  expect(await alice.hears('gateway.session')).toMatchObject({
    expires_at: exp + 1_005,
    limits: { connections: 7 },
  });
  // Long after the first one ran out, the call runs towards the end of the second.
  vi.advanceTimersByTime(1_250_000);
  expect(await alice.hears('gateway.warning')).toMatchObject({ reason: 'credential', ends_at: exp + 1_005 });
  alice.hangsUp();
});

it.each([
  ['bad', async () => 'a.b.c'],
  ['expired', () => tokenFor('x', { claims: { exp: 1 } })],
  ['somebody else’s', () => tokenFor(newPerson())],
])('[K8] a token that is %s renews nothing, is told, and the call goes on', async (_, make) => {
  const alice = await calls('voxgate.v1');
  await alice.hears('session.created');
  alice.says({ type: 'gateway.auth', token: await make(), event_id: 'renewal' });
  expect(await alice.hears('error')).toMatchObject({
    error: { code: 'invalid_credential', event_id: 'renewal' },
  });
  alice.says(typed('hello'));
  await alice.hears('conversation.item.done');
  alice.hangsUp();
});

it('[K8] a token that does not unlock keeps no session unlocked; one that does renews it', async () => {
  const person = newPerson();
  const own = await calls('voxgate.v1', await tokenWith(person, { unlocked: true }));
  await own.hears('session.created');
  own.says({ type: 'gateway.auth', token: await tokenFor(person) });
  expect(await own.hears('error')).toMatchObject({
    error: { code: 'invalid_credential', message: expect.stringContaining('unlock') },
  });
  own.says({ type: 'gateway.auth', token: await tokenWith(person, { unlocked: true }) });
  await own.hears('gateway.session');
  own.hangsUp();
});

it('[K8] gateway.auth works on the JSON lane too, where success is silent', async () => {
  const person = newPerson();
  const alice = await calls('realtime', await tokenFor(person));
  await alice.hears('session.created');
  alice.says({ type: 'gateway.auth', token: await tokenFor(person) });
  alice.says({ type: 'gateway.auth' });
  expect(await alice.hears('error')).toMatchObject({ error: { param: 'token' } });
  expect(alice.types()).toEqual(['session.created', 'error']);
  alice.hangsUp();
});

it('[K11] the credential that signed out is refused from then on; another one of the user is not', async () => {
  const person = newPerson();
  const token = await tokenFor(person);
  const other = await tokenFor(person, { claims: { jti: 'another' } });
  const alice = await calls('realtime', token);
  await alice.hears('session.created');
  await (await objectOf(person)).signOut(await userOf(token));
  expect((await alice.ends()).code).toBe(4401);
  const object = await objectOf(person);
  expect(await object.admit(await userOf(token))).toEqual({ outcome: 'revoked' });
  expect((await object.fetch(asked({ kind: 'user', user: await userOf(token) }))).status).toBe(401);
  await abortAllDurableObjects();
  expect(await (await objectOf(person)).admit(await userOf(token))).toEqual({ outcome: 'revoked' });
  const again = await calls('realtime', other);
  await again.hears('session.created');
  again.hangsUp();
});

it('[K11] signing out takes back every session cookie that was signed before, and every ticket', async () => {
  const person = newPerson();
  const object = await objectOf(person);
  const user = await userOf(await tokenFor(person));
  const cookie = (signedAt: number): User => ({ ...user, credential: { kind: 'session', signedAt } });
  const before = cookie(Date.now());
  await object.keepTicket(user, {
    hash: 'h',
    origin: 'https://friend.example',
    expiresAt: Date.now() + 30_000,
  });
  await object.signOut(before);
  expect(await object.admit(before)).toEqual({ outcome: 'revoked' });
  expect(await object.admit(cookie(Date.now() + 1))).toEqual({ outcome: 'admitted' });
  expect(
    (await object.fetch(asked({ kind: 'ticket', hash: 'h', origin: 'https://friend.example' }))).status,
  ).toBe(401);
});

function asked(proof: Proof): Request {
  return openingRequest(openingFor(['realtime'], proof));
}

/** A ticket of a new person's, kept by their object. */
async function withTicket(hash = 'the-hash'): Promise<DurableObjectStub<SessionManager>> {
  const person = newPerson();
  const object = await objectOf(person);
  const ticket = { hash, origin: 'https://friend.example', expiresAt: Date.now() + 30_000 };
  expect(await object.keepTicket(await userOf(await tokenFor(person)), ticket)).toEqual({
    outcome: 'admitted',
  });
  return object;
}

it('[K12] a ticket opens one socket, however many try it at once', async () => {
  const object = await withTicket();
  const proof = { kind: 'ticket', hash: 'the-hash', origin: 'https://friend.example' } as const;
  const answers = await Promise.all(Array.from({ length: 20 }, () => object.fetch(asked(proof))));
  expect(answers.filter(({ status }) => status === 101)).toHaveLength(1);
  expect(answers.filter(({ status }) => status === 401)).toHaveLength(19);
  for (const { webSocket } of answers) {
    webSocket?.accept();
    webSocket?.close(1000);
  }
});

it.each([
  ['unknown', 'another-hash', 'https://friend.example', 0],
  ['of another origin', 'the-hash', 'https://evil.example', 0],
  ['late', 'the-hash', 'https://friend.example', 30_001],
])('[K12] a ticket that is %s opens none', async (_, hash, origin, lateMs) => {
  const object = await withTicket();
  vi.useFakeTimers({ toFake: ['Date'] });
  vi.advanceTimersByTime(lateMs);
  expect((await object.fetch(asked({ kind: 'ticket', hash, origin }))).status).toBe(401);
});

it('[K12] a ticket outlives the loss of its object', async () => {
  const person = newPerson();
  const ticket = { hash: 'h', origin: 'https://friend.example', expiresAt: Date.now() + 30_000 };
  await (await objectOf(person)).keepTicket(await userOf(await tokenFor(person)), ticket);
  await abortAllDurableObjects();
  const answer = await (
    await objectOf(person)
  ).fetch(asked({ kind: 'ticket', hash: 'h', origin: 'https://friend.example' }));
  expect(answer.status).toBe(101);
  answer.webSocket?.accept();
  answer.webSocket?.close(1000);
});

it('[K9] the longest time is announced before it ends the call', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'Date'] });
  const { caller } = callsDirectly({ limits: { sessionMinutes: 60, idleMinutes: 1_000 } });
  await caller.hears('session.created');
  vi.advanceTimersByTime(56 * 60_000);
  expect(await caller.hears('gateway.warning')).toMatchObject({ reason: 'longest' });
  caller.hangsUp();
});

it('[K14] an admin sees a call with what it said and used, and can end it', async () => {
  const person = newPerson();
  const alice = await calls('voxgate.v1', await tokenFor(person));
  const { session_id: id } = await alice.hears('gateway.session');
  await alice.hears('session.created');
  alice.says(typed('hello'));
  alice.says({ type: 'response.create' });
  await alice.hears('gateway.usage');
  const object = await objectOf(person);
  const [live] = await object.liveSessions();
  expect(live).toMatchObject({ sessionId: id, mode: 'voice', messageCount: 3 });
  expect(live?.tokens).toBeGreaterThan(0);
  expect(live?.usd).toBeGreaterThan(0);
  expect(live?.bytesDown).toBeGreaterThan(10_000);
  expect(await object.endSession('vs_nobody')).toBe(false);
  expect(await object.endSession(String(id))).toBe(true);
  expect(await alice.hears('error')).toMatchObject({ error: { code: 'ended_by_admin' } });
  expect((await alice.ends()).code).toBe(1000);
  expect(await object.liveSessions()).toEqual([]);
});

it('[K1] a knock that is refused for its rate is a socket that says so, not an HTTP status', async () => {
  const token = await tokenWith(newPerson(), { requestsPerMinute: 0 });
  expect((await knock('realtime', token)).status).toBe(101);
});
