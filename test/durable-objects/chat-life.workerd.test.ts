/** How long chats last, through the sleep of their object, and what they may use. */
import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { ChatAttachment } from '../../src/durable-objects/chat-attachment.ts';
import { objectName } from '../../src/identity/object-name.ts';
import { verifyToken } from '../../src/identity/tokens.ts';
import type { LimitOverrides, User } from '../../src/identity/user.ts';
import { TEST_SECRET, tokenFor } from '../support/tokens.ts';
import { calls, newPerson, tokenWith } from '../workerd/calls.ts';
import { asks, chats } from '../workerd/chats.ts';

afterEach(() => {
  vi.useRealTimers();
});

async function somebody(limits: LimitOverrides = {}, claims: object = {}) {
  const person = newPerson();
  const stub = env.USERS.getByName(await objectName(TEST_SECRET, { issuer: 'voxgate', subject: person }));
  return { person, token: await tokenWith(person, limits, claims), stub };
}

async function userOf(token: string): Promise<User> {
  const settings = { authSecret: TEST_SECRET, keySetUrl: null, issuer: null, audience: null };
  const verdict = await verifyToken(token, settings);
  if (verdict.outcome !== 'known') throw new Error('The test made a bad token');
  return verdict.user;
}

/** Time goes by, and the object is woken when it wanted to be. */
async function waits(stub: DurableObjectStub, ms: number): Promise<void> {
  vi.advanceTimersByTime(ms);
  await runDurableObjectAlarm(stub);
}

describe('the sleep of the object', () => {
  it('[T14] leaves the socket, its conversation, its session and its counts as they were', async () => {
    const { token, stub } = await somebody({ connections: 2 });
    const alice = await chats({ token });
    const { conversation_id } = await asks(alice, 'My name is Ada.');
    await alice.hears('usage');
    const [before] = await stub.liveSessions();
    for (let night = 0; night < 3; night += 1) {
      await evictDurableObject(stub);
      expect(await stub.liveSessions()).toEqual([before]);
    }
    expect(await asks(alice, 'What is my name?')).toMatchObject({
      content: 'Your name is Ada.',
      conversation_id,
    });
    await alice.hears('usage');
    const [after] = await stub.liveSessions();
    expect(after).toMatchObject({
      sessionId: before?.sessionId,
      createdAt: before?.createdAt,
      messageCount: 3,
    });
    expect(after?.tokens).toBeGreaterThan(before?.tokens ?? 0);
    expect(after?.bytesDown).toBeGreaterThan(before?.bytesDown ?? 0);
    await evictDurableObject(stub);
    const second = await chats({ token });
    const third = await chats({ token });
    expect(await third.hears('error')).toMatchObject({ code: 'too_many_connections' });
    alice.hangsUp();
    expect((await alice.ends()).code).toBe(1000);
    second.hangsUp();
  });

  it('[T14] a socket closed while the object sleeps is answered, and its place is free', async () => {
    const { token, stub } = await somebody({ connections: 1 });
    const alice = await chats({ token });
    await evictDurableObject(stub);
    alice.hangsUp(4001);
    expect((await alice.ends()).code).toBe(4001);
    expect(await stub.liveSessions()).toEqual([]);
    const next = await chats({ token });
    expect(await asks(next, 'hello')).toMatchObject({ status: 'complete' });
    next.hangsUp();
  });

  it('[T14] what was refused before counts after it', async () => {
    const { token, stub } = await somebody();
    const alice = await chats({ token });
    for (let count = 0; count < 9; count += 1) {
      alice.says('nonsense');
      await alice.hears('error');
    }
    await evictDurableObject(stub);
    alice.says('nonsense');
    expect((await alice.ends()).code).toBe(4400);
  });

  it('[T21] a ping is answered without waking anybody, and counts as nothing', async () => {
    const { token, stub } = await somebody({ requestsPerMinute: 2 });
    const alice = await chats({ token });
    await evictDurableObject(stub);
    for (let count = 0; count < 5; count += 1) {
      alice.says('{"type":"ping"}');
      await alice.hears('pong');
    }
    expect((await stub.liveSessions())[0]).toMatchObject({ messageCount: 1, bytesUp: 0 });
    alice.says('{ "type": "ping" }');
    await alice.hears('pong');
    expect((await stub.liveSessions())[0]).toMatchObject({ messageCount: 2 });
    alice.hangsUp();
  });

  it('[T22] what a socket carries through it is less than 2 KB, with everything in it that may be', async () => {
    const overrides = {
      connections: 1e9,
      requestsPerMinute: 1e9,
      dailyTokens: 1e12,
      dailyUsd: 1e12,
      dailyVoiceMinutes: 1e9,
    };
    const { token, stub } = await somebody({ ...overrides, unlocked: true });
    const alice = await chats({ token });
    await asks(alice, 'hello');
    for (let count = 0; count < 9; count += 1) {
      alice.says('nonsense');
      await alice.hears('error');
    }
    const attached = await runInDurableObject(stub, (_, state) =>
      state.getWebSockets().map((socket): ChatAttachment => socket.deserializeAttachment()),
    );
    expect(attached).toMatchObject([{ version: 1, overrides, state: { refusedAt: { length: 9 } } }]);
    // The platform keeps it in the form of V8, which is shorter than JSON.
    expect(JSON.stringify(attached[0]).length).toBeLessThan(2_048);
    alice.hangsUp();
  });
});

describe('limits', () => {
  it('[T15] chats and calls share the places of their user, and the fourth is told so', async () => {
    const { token, stub } = await somebody();
    const call = await calls('realtime', token);
    const [first, second] = [await chats({ token }), await chats({ token, isOlder: true })];
    const fourth = await chats({ token });
    expect(await fourth.hears('error')).toMatchObject({
      code: 'too_many_connections',
      message: 'Max connections exceeded',
    });
    const { code, reason } = await fourth.ends();
    expect([code, reason]).toEqual([4429, expect.stringContaining('Max connections exceeded')]);
    expect((await stub.liveSessions()).map(({ mode }) => mode)).toEqual(['voice', 'text', 'text']);
    expect((await (await calls('realtime', token)).ends()).code).toBe(4429);
    first.hangsUp();
    await first.ends();
    const again = await chats({ token });
    expect(await asks(again, 'hello')).toMatchObject({ status: 'complete' });
    for (const one of [call, second, again]) one.hangsUp();
  });

  it('[T15] of twenty that are opened at once exactly three get in', async () => {
    const { token } = await somebody();
    const all = await Promise.all(Array.from({ length: 20 }, () => chats({ token })));
    await expect.poll(() => all.filter((one) => one.types().includes('close'))).toHaveLength(17);
    const inside = all.filter((one) => one.types().length === 0);
    for (const one of inside) expect(await asks(one, 'hello')).toMatchObject({ status: 'complete' });
    expect(inside).toHaveLength(3);
    for (const one of inside) one.hangsUp();
  });

  it('[T15] every frame is a request, and one too many is told so and closed with the seconds to wait', async () => {
    const { token, stub } = await somebody({ requestsPerMinute: 4 });
    const alice = await chats({ token });
    for (const frame of [{ type: 'cancel' }, 'nonsense', { type: 'cancel' }]) {
      alice.says(frame);
      await alice.hears('error');
    }
    await evictDurableObject(stub);
    alice.says({ content: 'hello' });
    expect(await alice.hears('error')).toMatchObject({
      code: 'rate_limited',
      message: 'Rate limit exceeded',
    });
    const { code, reason } = await alice.ends();
    expect([code, reason]).toEqual([
      4429,
      expect.stringMatching(/^Rate limit exceeded, try again in \d+ seconds$/),
    ]);
    const next = await chats({ token });
    expect(await next.hears('error')).toMatchObject({ code: 'rate_limited' });
    expect((await next.ends()).code).toBe(4429);
  });

  it('[T15] a chat in which nobody writes ends with 4408 while its object sleeps, after it was announced', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const { token, stub } = await somebody();
    const alice = await chats({ token });
    await asks(alice, 'hello');
    await evictDurableObject(stub);
    await waits(stub, 29 * 60_000);
    expect(await alice.hears('warning')).toMatchObject({ code: 'session_ending', at: expect.any(Number) });
    await evictDurableObject(stub);
    await waits(stub, 61_000);
    expect(await alice.hears('error')).toMatchObject({ code: 'idle' });
    expect((await alice.ends()).code).toBe(4408);
    expect(await stub.liveSessions()).toEqual([]);
  });

  it('[T15] a word in between starts the time anew', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const { token, stub } = await somebody();
    const alice = await chats({ token });
    await waits(stub, 20 * 60_000);
    await asks(alice, 'hello');
    await evictDurableObject(stub);
    await waits(stub, 20 * 60_000);
    expect(alice.types()).not.toContain('error');
    await waits(stub, 11 * 60_000);
    expect((await alice.ends()).code).toBe(4408);
  });

  it('[T15] a chat whose credential runs out ends with 4401, unless it was renewed on the socket', async () => {
    const { person, token, stub } = await somebody({}, { exp: Math.floor(Date.now() / 1000) + 300 });
    vi.useFakeTimers({ toFake: ['Date'] });
    const [alice, other] = [await chats({ token }), await chats({ token })];
    alice.says({ type: 'auth', token: 'a.b.c' });
    expect(await alice.hears('error')).toMatchObject({ code: 'invalid_credential' });
    alice.says({ type: 'auth', token: await tokenFor(person) });
    await expect.poll(async () => (await asks(alice, 'hello'))['status']).toBe('complete');
    await evictDurableObject(stub);
    await waits(stub, 306_000);
    expect(await other.hears('error')).toMatchObject({ code: 'credential_expired' });
    expect((await other.ends()).code).toBe(4401);
    expect(await asks(alice, 'hello')).toMatchObject({ status: 'complete' });
    alice.hangsUp();
  });

  it('[T15] the longest time of a session holds for a chat', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const { token, stub } = await somebody({}, { exp: Math.floor(Date.now() / 1000) + 1_000_000 });
    const alice = await chats({ token });
    for (let at = 0; at < 8; at += 1) {
      await waits(stub, 29 * 60_000);
      alice.says({ type: 'cancel' });
      await alice.hears('error');
    }
    await waits(stub, 7 * 60_000);
    await waits(stub, 61_000);
    expect(await alice.hears('error')).toMatchObject({
      code: 'session_expired',
      message: expect.stringContaining('chat'),
    });
    expect((await alice.ends()).code).toBe(1000);
  });
});

describe('who ends them', () => {
  it('[T16] a sign-out ends every chat, and stops what is being answered', async () => {
    const { token, stub } = await somebody();
    const [alice, other] = [await chats({ token }), await chats({ token })];
    alice.says({ content: 'Change the background color to red' });
    await alice.hears('tool_call');
    await stub.signOut(await userOf(token));
    for (const one of [alice, other]) {
      expect(await one.hears('error')).toMatchObject({ code: 'signed_out' });
      expect((await one.ends()).code).toBe(4401);
    }
    expect(alice.types()).not.toContain('tool_result');
  });

  it('[T16] an admin sees a chat and can end it', async () => {
    const { token, stub } = await somebody();
    const alice = await chats({ token });
    await asks(alice, 'hello');
    const [live] = await stub.liveSessions();
    expect(live).toMatchObject({ mode: 'text', messageCount: 2 });
    expect(await stub.endSession(live?.sessionId ?? '')).toBe(true);
    expect(await alice.hears('error')).toMatchObject({ code: 'ended_by_admin' });
    expect(await alice.ends()).toMatchObject({ code: 1000, reason: 'The chat is over' });
    expect(await stub.endSession(live?.sessionId ?? '')).toBe(false);
  });
});

describe('money', () => {
  it('[T17] a turn is charged by what Azure reports, told, and kept with the answer', async () => {
    const { token, stub } = await somebody({ dailyTokens: 1_000_000, dailyUsd: 10 });
    const alice = await chats({ token });
    await asks(alice, 'hello');
    const usage = await alice.hears('usage');
    const today = (await stub.usage(await userOf(token))).today;
    expect(today.tokens).toBeGreaterThan(0);
    expect(today.usd).toBeGreaterThan(0);
    expect(usage).toMatchObject({
      turn: { tokens: today.tokens, usd: today.usd, seconds: 0 },
      today: {
        tokens: today.tokens,
        usd: today.usd,
        remaining: { tokens: 1_000_000 - today.tokens, seconds: null },
      },
    });
    alice.hangsUp();
  });

  it(
    '[T17] what is nearly spent is warned of once, however often the object slept, and when nothing is left the chat ends with 4402',
    { timeout: 20_000 },
    async () => {
      const { token, stub } = await somebody({ dailyTokens: 3_000 });
      const alice = await chats({ token });
      const turns = () => alice.types().filter((type) => type === 'usage' || type === 'close').length;
      while (!alice.types().includes('close')) {
        const before = turns();
        alice.says({ content: 'hello' });
        await expect.poll(turns).toBeGreaterThan(before);
        await evictDurableObject(stub);
      }
      const { code, reason } = await alice.ends();
      expect([code, reason]).toEqual([
        4402,
        expect.stringMatching(/^Budget spent, try again in \d+ seconds$/),
      ]);
      const codes = alice.heard.flatMap((one) => (one.kind === 'event' ? [one.event['code']] : []));
      expect(codes).toContain('budget_spent');
      expect(codes.filter((told) => told === 'budget_80')).toHaveLength(1);
      expect((await stub.usage(await userOf(token))).today.tokens).toBeLessThanOrEqual(3_000);
    },
  );

  it('[T17] who has nothing left is told so when a chat is opened', async () => {
    const { token } = await somebody({ dailyTokens: 0 });
    const alice = await chats({ token });
    expect(await alice.hears('error')).toMatchObject({ code: 'budget_spent' });
    expect((await alice.ends()).code).toBe(4402);
  });

  it('[T16] forgetting oneself in the middle of an answer leaves nothing of it', async () => {
    const { token, stub } = await somebody();
    const alice = await chats({ token });
    alice.says({ content: 'Change the background color to red' });
    await alice.hears('tool_call');
    await stub.forget(await userOf(token));
    expect((await alice.ends()).code).toBe(4401);
    const left = await runInDurableObject(stub, (_, { storage }) => [
      ...[...storage.kv.list()].map(([key]) => key),
      ...storage.sql
        .exec("SELECT name FROM sqlite_master WHERE name IN ('messages', 'conversations')")
        .toArray(),
    ]);
    expect(left).toEqual([]);
  });
});
