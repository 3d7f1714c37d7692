import { runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, expect, it, vi } from 'vitest';
import { Account } from '../../src/durable-objects/account.ts';
import { everythingIn, newObjectName, NOON, openMemory, said, withMemory } from '../workerd/memories.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
const FIRST = { after: null, limit: 100 };

afterEach(() => {
  vi.useRealTimers();
});

function withStorage<T>(
  work: (storage: DurableObjectStorage) => Promise<T> | T,
  name = newObjectName(),
): Promise<T> {
  return runInDurableObject(env.USERS.getByName(name), (_, { storage }) => work(storage));
}

it('[H14] a conversation goes so many days after the last thing said in it, and nothing of it is left', () =>
  withStorage((storage) => {
    const memory = openMemory(storage, 30 * DAY_MS);
    const old = memory.begin(NOON);
    const young = memory.begin(NOON);
    memory.keep(old, said('quince'));
    memory.keep(young, said('medlar'));
    memory.note(young, said('later', { saidAt: NOON + DAY_MS }));
    expect(memory.sweep(NOON + 30 * DAY_MS - 1)).toBe(NOON + 30 * DAY_MS);
    expect(memory.list(FIRST).items).toHaveLength(2);
    expect(memory.sweep(NOON + 30 * DAY_MS)).toBe(NOON + 31 * DAY_MS);
    expect(memory.list(FIRST).items.map(({ id }) => id)).toEqual([young]);
    expect(everythingIn(storage)).not.toContain('quince');
    expect(memory.sweep(NOON + 31 * DAY_MS)).toBeNull();
  }));

it('[H14] an alarm takes out no more than about two thousand messages, and rings again at once for the rest', () =>
  withStorage((storage) => {
    const memory = openMemory(storage, DAY_MS);
    storage.transactionSync(() => {
      for (let conversation = 0; conversation < 3; conversation += 1) {
        const id = memory.begin(NOON);
        for (let n = 0; n < 1_200; n += 1) memory.keep(id, said('word', { saidAt: NOON + conversation }));
      }
    });
    const due = NOON + DAY_MS + 10;
    expect(memory.sweep(due)).toBe(NOON + DAY_MS + 2);
    expect(memory.list(FIRST).items).toHaveLength(1);
    expect(memory.sweep(due)).toBeNull();
  }));

it('[H15] a conversation in which nobody said anything goes with its last session, or a day after its beginning', () =>
  withMemory((memory) => {
    const [empty, left, used] = [memory.begin(NOON), memory.begin(NOON), memory.begin(NOON)];
    memory.keep(used, said('hello'));
    memory.deleteEmpty(left);
    memory.deleteEmpty(used);
    expect(memory.find(left)).toBeNull();
    expect(memory.find(used)).not.toBeNull();
    expect(memory.sweep(NOON + DAY_MS - 1)).toBe(NOON + DAY_MS);
    expect(memory.find(empty)).not.toBeNull();
    expect(memory.sweep(NOON + DAY_MS)).toBeNull();
    expect(memory.find(empty)).toBeNull();
    expect(memory.find(used)).not.toBeNull();
  }));

it('[H14][H15] the alarm of the object does it, and none is set while there is nothing to wait for', async () => {
  const name = newObjectName();
  const stub = env.USERS.getByName(name);
  const ids = await withMemory((memory, storage) => {
    const now = Date.now();
    const both = { empty: memory.begin(now), used: memory.begin(now) };
    memory.keep(both.used, said('hello', { saidAt: now }));
    return storage.getAlarm().then((alarm) => ({ ...both, inMs: (alarm ?? 0) - now }));
  }, name);
  expect(ids.inMs).toBe(DAY_MS);
  vi.setSystemTime(Date.now() + DAY_MS);
  expect(await runDurableObjectAlarm(stub)).toBe(true);
  await withMemory(async (memory, storage) => {
    expect(memory.find(ids.empty)).toBeNull();
    expect(memory.find(ids.used)).not.toBeNull();
    expect(await storage.getAlarm()).toBeNull();
  }, name);
});

it('[H14] when days are set that were not before, the next instance of the object sets the alarm', () =>
  withStorage(async (storage) => {
    const before = openMemory(storage);
    const now = Date.now();
    before.keep(before.begin(now), said('hello', { saidAt: now }));
    before.sweep(now + DAY_MS);
    expect(await storage.getAlarm()).toBe(now + DAY_MS);
    openMemory(storage, DAY_MS / 2);
    expect(await storage.getAlarm()).toBe(now + DAY_MS / 2);
  }));

it('[H14] an object that never remembered anything has neither tables nor an alarm', () =>
  withStorage(async (storage) => {
    openMemory(storage, DAY_MS);
    expect(storage.sql.exec('SELECT name FROM sqlite_master').toArray()).toEqual([]);
    expect(await storage.getAlarm()).toBeNull();
  }));

it('[H17] of today’s figures and of credentials taken back each is kept as long as it is needed, and no longer', () =>
  withStorage((storage) => {
    const account = new Account(storage, NOON);
    const user = {
      issuer: 'voxgate',
      subject: 'alice',
      isAdmin: false,
      isGuest: false,
      expiresAt: NOON / 1000 + 3600,
      limits: {},
      credential: { kind: 'token', hash: 'abc' },
    } as const;
    account.settle(null, { tokens: 7, nanoUsd: 9 }, NOON);
    account.revoke(user, NOON);
    const leftovers = account.leftovers(NOON, true);
    for (const [key] of storage.kv.list()) storage.kv.delete(key);
    account.startOver(leftovers, NOON);
    expect(account.today(NOON)).toEqual({ tokens: 7, nanoUsd: 9, voiceMs: 0 });
    expect(account.isRevoked(user)).toBe(true);
    // The token first, then the day, then the last cookie.
    const token = NOON + 3_600_000 + 60_000;
    expect(account.dropLeftovers(NOON)).toBe(token);
    expect(account.dropLeftovers(token)).toBe(NOON + DAY_MS / 2);
    expect(account.isRevoked(user)).toBe(false);
    const cookie = NOON + 30 * DAY_MS + 60_000;
    expect(account.dropLeftovers(NOON + DAY_MS / 2)).toBe(cookie);
    expect(account.days()).toEqual([]);
    expect(account.dropLeftovers(cookie)).toBeNull();
    expect([...storage.kv.list()]).toEqual([]);
  }));
