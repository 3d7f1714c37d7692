import { abortAllDurableObjects, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, expect, it, vi } from 'vitest';
import { Account } from '../../src/durable-objects/account.ts';
import type { SessionManager } from '../../src/durable-objects/session-manager.ts';
import { objectName } from '../../src/identity/object-name.ts';
import { verifyToken } from '../../src/identity/tokens.ts';
import { TEST_SECRET, tokenFor } from '../support/tokens.ts';
import type { Caller } from '../workerd/caller.ts';
import { calls, callsDirectly, newPerson, tokenWith, typed } from '../workerd/calls.ts';
import { MemoryStorage } from '../workerd/memory-storage.ts';

async function objectOf(person: string): Promise<DurableObjectStub<SessionManager>> {
  return env.USERS.getByName(await objectName(TEST_SECRET, { issuer: 'voxgate', subject: person }));
}

async function usageOf(person: string, token: string) {
  const verdict = await verifyToken(token, {
    authSecret: TEST_SECRET,
    keySetUrl: null,
    issuer: null,
    audience: null,
  });
  if (verdict.outcome !== 'known') throw new Error('The test made a bad token');
  return (await objectOf(person)).usage(verdict.user);
}

async function asks(caller: Caller, text: string): Promise<Record<string, unknown>> {
  caller.says(typed(text));
  caller.says({ type: 'response.create' });
  return caller.hears('response.done');
}

function totalOf(done: Record<string, unknown>): number {
  return (done['response'] as { usage: { total_tokens: number } }).usage.total_tokens;
}

afterEach(() => {
  vi.useRealTimers();
});

it('[G5][G11] what Azure reports is what the person is told, and what the day adds up to', async () => {
  const person = newPerson();
  const token = await tokenWith(person, { dailyUsd: 1 });
  const alice = await calls('voxgate.v1', token);
  await alice.hears('session.created');
  let sum = 0;
  for (const text of ['hello', 'count to three']) {
    sum += totalOf(await asks(alice, text));
    expect(await alice.hears('gateway.usage')).toMatchObject({ today: { tokens: sum } });
  }
  const { today, days } = await usageOf(person, token);
  expect(today.tokens).toBe(sum);
  expect(today.usd).toBeGreaterThan(0);
  expect(today.remaining.usd).toBeCloseTo(1 - today.usd, 9);
  expect(today.remaining.tokens).toBeNull();
  expect(days).toMatchObject([{ day: new Date().toISOString().slice(0, 10), tokens: sum }]);
  alice.hangsUp();
});

it('[G5] the JSON lane hears nothing of it, and is counted all the same', async () => {
  const person = newPerson();
  const token = await tokenFor(person);
  const alice = await calls('realtime', token);
  await alice.hears('session.created');
  const total = totalOf(await asks(alice, 'hello'));
  await expect.poll(async () => (await usageOf(person, token)).today.tokens).toBe(total);
  expect(alice.types()).not.toContain('gateway.usage');
  alice.hangsUp();
});

it('[G8] a day’s tokens are never exceeded; then the call ends with 4402, and the next one is not opened', async () => {
  const person = newPerson();
  const token = await tokenWith(person, { dailyTokens: 1_500 });
  const alice = await calls('voxgate.v1', token);
  await alice.hears('session.created');
  for (let i = 0; i < 12 && !alice.types().includes('close'); i += 1) {
    alice.says(typed('count to twenty'));
    alice.says({ type: 'response.create' });
    await expect
      .poll(() =>
        alice
          .types()
          .slice(-3)
          .some((type) => /usage|error|close/.test(type)),
      )
      .toBe(true);
  }
  const { code, reason } = await alice.ends();
  expect(code).toBe(4402);
  expect(reason).toMatch(/^Budget spent, try again in \d+ seconds$/);
  expect(alice.heard.at(-2)).toMatchObject({ type: 'error', event: { error: { code: 'budget_spent' } } });
  const { today } = await usageOf(person, token);
  expect(today.tokens).toBeLessThanOrEqual(1_500);
  expect(today.tokens).toBeGreaterThan(1_000);
});

it('[G8] nobody with a spent day opens a call, and is told when to come back', async () => {
  const alice = await calls('voxgate.v1', await tokenWith(newPerson(), { dailyTokens: 0 }));
  expect(await alice.hears('error')).toMatchObject({
    error: { code: 'budget_spent', message: expect.stringContaining('starts anew at') },
  });
  expect((await alice.ends()).code).toBe(4402);
});

it('[G8] what one session spends ends the others too', async () => {
  const person = newPerson();
  const quiet = await calls('realtime', await tokenWith(person, { dailyTokens: 100 }));
  const busy = await calls('realtime', await tokenWith(person, { dailyTokens: 100_000 }));
  await quiet.hears('session.created');
  await busy.hears('session.created');
  await asks(busy, 'count to twenty');
  expect(await quiet.hears('error')).toMatchObject({ error: { code: 'budget_spent' } });
  expect((await quiet.ends()).code).toBe(4402);
  await asks(busy, 'hello');
  busy.hangsUp();
});

it('[G13] minutes of a call count, are warned of, and end it', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'Date'] });
  const { caller, account } = callsDirectly({ limits: { dailyVoiceMinutes: 10 } });
  await caller.hears('session.created');
  vi.advanceTimersByTime(8 * 60_000);
  expect(await caller.hears('gateway.warning')).toMatchObject({ code: 'budget_80', budget: 'voice_minutes' });
  vi.advanceTimersByTime(90_000);
  expect(await caller.hears('gateway.warning')).toMatchObject({ code: 'budget_95' });
  // Azure has answered what the gateway asked of it.
  caller.says(typed('hello'));
  await caller.hears('conversation.item.done');
  vi.advanceTimersByTime(31_000);
  expect(await caller.hears('error')).toMatchObject({ error: { code: 'budget_spent' } });
  expect((await caller.ends()).code).toBe(4402);
  expect(account.today(Date.now()).voiceMs).toBeLessThanOrEqual(10 * 60_000 + 1_000);
});

it('[G10] a new day begins at midnight UTC with nothing used, and the old one is kept', () => {
  const evening = Date.parse('2026-11-25T23:59:59Z');
  const account = new Account(new MemoryStorage(), evening);
  account.settle(null, { tokens: 5, nanoUsd: 7 }, evening);
  account.settle(null, { tokens: 1, nanoUsd: 2 }, evening + 1_000);
  expect(account.today(evening + 1_000)).toEqual({ tokens: 1, nanoUsd: 2, voiceMs: 0 });
  expect(account.days()).toEqual([
    { day: '2026-11-26', tokens: 1, nanoUsd: 2, voiceMs: 0 },
    { day: '2026-11-25', tokens: 5, nanoUsd: 7, voiceMs: 0 },
  ]);
});

it('[G10] a year of days is kept and no more', () => {
  const start = Date.parse('2024-01-01T12:00:00Z');
  const account = new Account(new MemoryStorage(), start);
  for (let day = 0; day < 500; day += 1) {
    account.settle(null, { tokens: 1, nanoUsd: 1 }, start + day * 86_400_000);
  }
  expect(account.days().length).toBeLessThanOrEqual(367);
  expect(account.days()[0]?.day).toBe('2025-05-14');
});

it('[G10] no more of them are kept by an object that never lives through a midnight', () => {
  const storage = new MemoryStorage();
  const start = Date.parse('2024-01-01T12:00:00Z');
  for (let day = 0; day < 500; day += 1) {
    const now = start + day * 86_400_000;
    new Account(storage, now).settle(null, { tokens: 1, nanoUsd: 1 }, now);
  }
  expect([...storage.kv.list({ prefix: 'usage/' })].length).toBeLessThanOrEqual(367);
});

it('[G12] an answer that was under way when the object was lost is charged as one costs as a rule', async () => {
  const person = newPerson();
  const now = Date.now();
  await runInDurableObject(await objectOf(person), (_, { storage }) => {
    const account = new Account(storage, now);
    account.settle(null, { tokens: 10, nanoUsd: 10 }, now);
    account.reserve('a', { most: { tokens: 4_000, nanoUsd: 4_000 }, likely: { tokens: 300, nanoUsd: 30 } });
    account.reserve('b', { most: { tokens: 4_000, nanoUsd: 4_000 }, likely: { tokens: 200, nanoUsd: 20 } });
    account.release('b');
  });
  await abortAllDurableObjects();
  await runInDurableObject(await objectOf(person), (_, { storage }) => {
    const account = new Account(storage, now);
    expect(account.today(now)).toMatchObject({ tokens: 310, nanoUsd: 40 });
    expect(account.reserved()).toEqual({ tokens: 0, nanoUsd: 0 });
  });
});

it('[G7] near the end the assistant says so, and what it answers then is written', async () => {
  const person = newPerson();
  const limits = { dailyTokens: 20_000 };
  const token = await tokenWith(person, limits);
  const alice = await calls('voxgate.v1', token);
  await alice.hears('session.created');
  await asks(alice, 'hello');
  await runInDurableObject(await objectOf(person), (_, { storage }) => {
    storage.kv.put(`usage/${new Date().toISOString().slice(0, 10)}`, {
      tokens: 19_100,
      nanoUsd: 0,
      voiceMs: 0,
    });
  });
  await abortAllDurableObjects();
  const again = await calls('voxgate.v1', token);
  expect(await again.hears('gateway.warning')).toMatchObject({ code: 'budget_80', budget: 'tokens' });
  expect(await again.hears('gateway.warning')).toMatchObject({ code: 'budget_95', budget: 'tokens' });
  again.says(typed('hello'));
  again.says({ type: 'response.create' });
  await again.hears('response.output_text.done');
  expect(again.types()).not.toContain('sound');
  again.hangsUp();
});
