import { abortAllDurableObjects, reset, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, expect, it, vi } from 'vitest';
import type { SessionKey } from '../../src/durable-objects/directory-answers.ts';
import {
  DIRECTORY_SHARDS,
  directoryShard,
  directoryShardOfSession,
  isSessionId,
  shardNameOf,
} from '../../src/durable-objects/directory-shard.ts';
import { dayNow, objectNamed, reportOf, sessionNow, sessionOf } from '../workerd/reports.ts';

const ALICE = objectNamed('a', 1);
const BOB = objectNamed('a', 2);
const DAY_MS = 24 * 60 * 60 * 1000;

afterEach(async () => {
  vi.useRealTimers();
  vi.restoreAllMocks();
  await reset();
});

const shard = () => directoryShard(env.DIRECTORY, ALICE);

function dayBefore(days: number): string {
  return new Date(Date.now() - days * DAY_MS).toISOString().slice(0, 10);
}

it('[M1] a report that comes again or late changes nothing', async () => {
  const old = reportOf(ALICE, { revision: 7, today: dayNow({ tokens: 10, usd: 1 }) });
  const news = reportOf(ALICE, { revision: 8, live: [], sessionsOpened: 2, today: dayNow({ tokens: 25 }) });
  await shard().report(old);
  await shard().report(news);
  const before = [await shard().stats(), await shard().users(null, 10), await shard().sessions(null, 10)];
  await shard().report(news);
  await shard().report(old);
  await shard().report({ ...old, revision: 8 });
  expect([await shard().stats(), await shard().users(null, 10), await shard().sessions(null, 10)]).toEqual(
    before,
  );
  expect(before[0]).toEqual({
    live: { voice: 0, text: 0, users: 0 },
    allTime: { sessions: 2, users: 1 },
    today: { tokens: 25, usd: 0, voiceSeconds: 0 },
  });
});

it('[M1] a newer report replaces what was known of its user, and of nobody else', async () => {
  const text = sessionNow(sessionOf(ALICE, 1), { mode: 'text', messageCount: 4 });
  await shard().report(reportOf(ALICE));
  await shard().report(reportOf(BOB));
  await shard().report(reportOf(ALICE, { revision: 2, subject: 'alice now', isGuest: true, live: [text] }));
  expect(await shard().sessions(null, 10)).toEqual([
    { object: ALICE, subject: 'alice now', ...text },
    expect.objectContaining({ object: BOB, sessionId: sessionOf(BOB) }),
  ]);
  expect(await shard().users(null, 10)).toEqual([
    expect.objectContaining({ subject: 'alice now', isGuest: true, liveSessions: 1 }),
    expect.objectContaining({ object: BOB, liveSessions: 1 }),
  ]);
  expect(await shard().find(sessionOf(ALICE))).toBeNull();
  expect(await shard().find(sessionOf(ALICE, 1))).toBe(ALICE);
});

it('[M2] a user who is silent for three minutes has no live sessions, and is swept out', async () => {
  vi.useFakeTimers({ toFake: ['Date'] });
  const line = vi.spyOn(console, 'log').mockImplementation(() => {});
  await shard().report(
    reportOf(ALICE, { live: [sessionNow(sessionOf(ALICE)), sessionNow(sessionOf(ALICE, 1))] }),
  );
  vi.setSystemTime(Date.now() + 60_000);
  await shard().report(reportOf(BOB));
  vi.setSystemTime(Date.now() + 119_999);
  expect((await shard().stats()).live).toEqual({ voice: 3, text: 0, users: 2 });

  vi.setSystemTime(Date.now() + 1);
  expect((await shard().stats()).live).toEqual({ voice: 1, text: 0, users: 1 });
  expect((await shard().sessions(null, 10)).map(({ object }) => object)).toEqual([BOB]);
  expect((await shard().users(null, 10)).map(({ liveSessions }) => liveSessions)).toEqual([0, 1]);

  expect(await runDurableObjectAlarm(shard())).toBe(true);
  expect(line.mock.calls).toEqual([['{"event":"directory.swept","sessions":2}']]);
  expect(await shard().find(sessionOf(ALICE))).toBeNull();
  expect(await shard().find(sessionOf(BOB))).toBe(BOB);
});

it('[M2] a user who was only silent is back with the next report', async () => {
  vi.useFakeTimers({ toFake: ['Date'] });
  await shard().report(reportOf(ALICE));
  vi.setSystemTime(Date.now() + 200_000);
  await runDurableObjectAlarm(shard());
  await shard().report(reportOf(ALICE, { revision: 2 }));
  expect((await shard().stats()).live).toEqual({ voice: 1, text: 0, users: 1 });
  expect(await shard().find(sessionOf(ALICE))).toBe(ALICE);
});

it('[M2][M3] a shard with nothing to sweep wakes no more', async () => {
  vi.useFakeTimers({ toFake: ['Date'] });
  await shard().report(reportOf(ALICE));
  expect(await runDurableObjectAlarm(shard())).toBe(true);
  await shard().report(reportOf(ALICE, { revision: 2, live: [] }));
  expect(await runDurableObjectAlarm(shard())).toBe(true);
  expect(await runDurableObjectAlarm(shard())).toBe(false);
});

it('[M3] a day is kept for 90 days, and its spend stays in the total for ever', async () => {
  vi.useFakeTimers({ toFake: ['Date'] });
  const kept = () =>
    runInDurableObject(shard(), (_, { storage }) =>
      storage.sql
        .exec<{ day: string }>('SELECT day FROM user_days')
        .toArray()
        .map(({ day }) => day),
    );
  const [oldest, newest] = [dayBefore(90), dayBefore(0)];
  await shard().report(
    reportOf(ALICE, { live: [], today: { ...dayNow({ tokens: 5, usd: 0.5 }), day: oldest } }),
  );
  await shard().report(
    reportOf(ALICE, { revision: 2, live: [], today: dayNow({ tokens: 7, voiceSeconds: 60 }) }),
  );
  const total = { tokens: 12, usd: 0.5, voiceSeconds: 60 };

  await runDurableObjectAlarm(shard());
  expect(await kept()).toEqual([oldest, newest]);
  vi.setSystemTime(Date.now() + DAY_MS);
  await runDurableObjectAlarm(shard());
  expect(await kept()).toEqual([newest]);
  expect(await shard().users(null, 10)).toEqual([
    expect.objectContaining({ total, today: { tokens: 0, usd: 0, voiceSeconds: 0 } }),
  ]);

  vi.setSystemTime(Date.now() + 90 * DAY_MS);
  await runDurableObjectAlarm(shard());
  expect(await kept()).toEqual([]);
  expect(await runDurableObjectAlarm(shard())).toBe(false);
  expect(await shard().users(null, 10)).toEqual([expect.objectContaining({ total })]);
  expect((await shard().stats()).allTime).toEqual({ sessions: 1, users: 1 });
});

it('[M3] spend of a day that is no longer kept is counted nowhere', async () => {
  const day = dayBefore(91);
  await shard().report(reportOf(ALICE, { today: { day, tokens: 5, usd: 1, voiceSeconds: 1 } }));
  expect(await shard().users(null, 10)).toEqual([
    expect.objectContaining({ sessionsOpened: 1, total: { tokens: 0, usd: 0, voiceSeconds: 0 } }),
  ]);
});

it('[M4] one user may have thousands of sessions, and a name as long as a token allows', async () => {
  const many = Array.from({ length: 3_000 }, (_, index) => sessionNow(sessionOf(ALICE, index)));
  const subject = '🙂'.repeat(2_000);
  await shard().report(reportOf(ALICE, { subject, live: many, sessionsOpened: 3_000 }));
  expect((await shard().stats()).live).toEqual({ voice: 3_000, text: 0, users: 1 });
  const seen: string[] = [];
  for (let after: SessionKey | null = null; ;) {
    const page = await shard().sessions(after, 100);
    seen.push(...page.map(({ sessionId }) => sessionId));
    const last = page.at(-1);
    if (!last) break;
    expect(last.subject).toBe(subject);
    after = { object: last.object, sessionId: last.sessionId };
  }
  expect(seen).toEqual(many.map(({ sessionId }) => sessionId));
  await shard().report(reportOf(ALICE, { revision: 2, live: many.slice(0, 1), sessionsOpened: 3_000 }));
  expect((await shard().stats()).live).toEqual({ voice: 1, text: 0, users: 1 });
});

it('[M4] a shard of thousands is paged, swept and forgotten without meeting a limit', async () => {
  vi.useFakeTimers({ toFake: ['Date'] });
  const objects = Array.from({ length: 3_000 }, (_, index) => objectNamed('a', index));
  await runInDurableObject(shard(), async (directory) => {
    for (const object of objects) await directory.report(reportOf(object, { today: dayNow({ tokens: 1 }) }));
  });
  expect(await shard().stats()).toMatchObject({
    live: { voice: 3_000, users: 3_000 },
    allTime: { users: 3_000 },
    today: { tokens: 3_000 },
  });
  const seen: string[] = [];
  for (let after: string | null = null; ;) {
    const page = await shard().users(after, 100);
    seen.push(...page.map(({ object }) => object));
    if (page.length === 0) break;
    after = page.at(-1)?.object ?? null;
  }
  expect(seen).toEqual(objects);
  vi.setSystemTime(Date.now() + 91 * DAY_MS);
  await runDurableObjectAlarm(shard());
  await runInDurableObject(shard(), async (directory, { storage }) => {
    for (const object of objects) directory.forget(object);
    for (const table of ['users', 'sessions', 'user_days']) {
      expect(storage.sql.exec(`SELECT count(*) AS n FROM ${table}`).one()).toEqual({ n: 0 });
    }
  });
});

it('[M5] an object that ends in any way loses nothing of what was reported', async () => {
  await shard().report(reportOf(ALICE, { today: dayNow({ tokens: 9, usd: 0.25, voiceSeconds: 30 }) }));
  await shard().report(reportOf(BOB, { live: [] }));
  const before = [await shard().stats(), await shard().users(null, 10), await shard().sessions(null, 10)];
  await abortAllDurableObjects();
  expect([await shard().stats(), await shard().users(null, 10), await shard().sessions(null, 10)]).toEqual(
    before,
  );
  expect(await shard().find(sessionOf(ALICE))).toBe(ALICE);
  expect(await runDurableObjectAlarm(shard())).toBe(true);
});

it('[M6] who is forgotten is named nowhere, and what was spent stays in the sums', async () => {
  const subject = 'alice-to-be-forgotten';
  await shard().report(reportOf(ALICE, { subject, today: dayNow({ tokens: 9, usd: 0.25 }) }));
  await shard().report(reportOf(BOB, { today: dayNow({ tokens: 1 }) }));
  await shard().forget(ALICE);
  expect((await shard().users(null, 10)).map(({ object }) => object)).toEqual([BOB]);
  expect((await shard().sessions(null, 10)).map(({ object }) => object)).toEqual([BOB]);
  expect(await shard().find(sessionOf(ALICE))).toBeNull();
  await runInDurableObject(shard(), (_, { storage: { sql } }) => {
    for (const table of ['users', 'sessions', 'user_days', 'days']) {
      const rows = JSON.stringify(sql.exec(`SELECT * FROM ${table}`).toArray());
      expect(rows).not.toContain(ALICE);
      expect(rows).not.toContain(subject);
    }
  });
  expect(await shard().stats()).toEqual({
    live: { voice: 1, text: 0, users: 1 },
    allTime: { sessions: 2, users: 2 },
    today: { tokens: 10, usd: 0.25, voiceSeconds: 0 },
  });
  // Whoever comes back is somebody new: no revision of before stands in their way.
  await shard().report(reportOf(ALICE, { live: [] }));
  expect((await shard().users(null, 10)).map(({ object }) => object)).toEqual([ALICE, BOB]);
});

it('[M7] the first digit of an object’s name is its shard, and a session’s id leads to the same', () => {
  for (let byte = 0; byte < 256; byte += 1) {
    const start = byte.toString(16).padStart(2, '0');
    const object = objectNamed(start, byte);
    expect(shardNameOf(object)).toBe(start.slice(0, 1));
    const id = sessionOf(object);
    expect(isSessionId(id)).toBe(true);
    const byObject = directoryShard(env.DIRECTORY, object).id;
    expect(directoryShardOfSession(env.DIRECTORY, id).id.equals(byObject)).toBe(true);
  }
  expect(DIRECTORY_SHARDS).toHaveLength(16);
  expect(DIRECTORY_SHARDS).toEqual(DIRECTORY_SHARDS.toSorted());
});

it('[M7] a name that belongs to no shard is a mistake, and not put into any', () => {
  for (const name of ['', 'x', 'A0', 'vs_00']) expect(() => shardNameOf(name)).toThrow(RangeError);
});

it.each(['', 'vs_', `vs_${'0'.repeat(31)}`, `vs_${'0'.repeat(33)}`, `vs_${'A'.repeat(32)}`, 'sess_1'])(
  '[M7] %j is no id of a session',
  (id) => {
    expect(isSessionId(id)).toBe(false);
  },
);
