import { abortAllDurableObjects, runDurableObjectAlarm } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import * as fc from 'fast-check';
import { afterEach, expect, it, vi } from 'vitest';
import type { DirectoryStats, ListedUser, Spend } from '../../src/durable-objects/directory-answers.ts';
import type { DaySpend, UserReport } from '../../src/durable-objects/user-report.ts';
import { objectNamed, sessionNow, sessionOf } from '../workerd/reports.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
const GONE_AFTER_MS = 3 * MINUTE_MS;
const DAYS_KEPT = 90;

const USERS = Array.from({ length: 4 }, (_, index) => objectNamed('a', index));

afterEach(() => {
  vi.useRealTimers();
});

function dayOf(time: number): string {
  return new Date(time).toISOString().slice(0, 10);
}

interface Known {
  readonly report: UserReport;
  readonly at: number;
  readonly days: Map<string, DaySpend>;
}

/** What a shard should know, in the simplest words: the last report of each user, and every day they told of. */
class Model {
  readonly #known = new Map<string, Known>();
  readonly #forgotten: Known[] = [];

  report(report: UserReport, now: number): void {
    const known = this.#known.get(report.object);
    if (known && report.revision <= known.report.revision) return;
    const days = known?.days ?? new Map<string, DaySpend>();
    if (report.today.day >= dayOf(now - DAYS_KEPT * DAY_MS)) days.set(report.today.day, report.today);
    this.#known.set(report.object, { report, at: now, days });
  }

  forget(object: string): void {
    const known = this.#known.get(object);
    if (known) this.#forgotten.push(known);
    this.#known.delete(object);
  }

  stats(now: number): DirectoryStats {
    const here = [...this.#known.values()];
    const ever = [...here, ...this.#forgotten];
    const open = here.filter((known) => isHere(known, now)).flatMap(({ report }) => report.live);
    const today = ever.flatMap(({ days }) => days.get(dayOf(now)) ?? []);
    return {
      live: {
        voice: open.filter(({ mode }) => mode === 'voice').length,
        text: open.filter(({ mode }) => mode === 'text').length,
        users: here.filter((known) => isHere(known, now) && known.report.live.length > 0).length,
      },
      allTime: {
        sessions: ever.reduce((sum, { report }) => sum + report.sessionsOpened, 0),
        users: ever.length,
      },
      today: sumOf(today),
    };
  }

  users(now: number): ListedUser[] {
    return this.#sorted().map((known) => ({
      object: known.report.object,
      subject: known.report.subject,
      isGuest: known.report.isGuest,
      liveSessions: isHere(known, now) ? known.report.live.length : 0,
      sessionsOpened: known.report.sessionsOpened,
      today: sumOf([known.days.get(dayOf(now)) ?? []].flat()),
      total: sumOf([...known.days.values()]),
      lastSeenAt: known.at,
    }));
  }

  sessions(now: number): object[] {
    return this.#sorted()
      .filter((known) => isHere(known, now))
      .flatMap(({ report: { object, subject, live } }) =>
        live
          .toSorted((a, b) => (a.sessionId < b.sessionId ? -1 : 1))
          .map((session) => ({ object, subject, ...session })),
      );
  }

  #sorted(): Known[] {
    return [...this.#known.values()].toSorted((a, b) => (a.report.object < b.report.object ? -1 : 1));
  }
}

function isHere({ at }: Known, now: number): boolean {
  return now - at < GONE_AFTER_MS;
}

function sumOf(spends: readonly Spend[]): Spend {
  const sum = (read: (spend: Spend) => number): number => spends.reduce((total, one) => total + read(one), 0);
  return {
    tokens: sum(({ tokens }) => tokens),
    usd: sum(({ usd }) => usd),
    voiceSeconds: sum(({ voiceSeconds }) => voiceSeconds),
  };
}

/** Amounts that add up exactly, so that the shard and the model may be compared to the last bit. */
const amount = fc.nat({ max: 4_096 }).map((n) => n / 64);

const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      type: fc.constant('report' as const),
      user: fc.nat({ max: USERS.length - 1 }),
      // 0 is the same revision again, less is a late one, more is news.
      newer: fc.constantFrom(-2, -1, 0, 1, 1, 1, 1, 2),
      live: fc.subarray([0, 1, 2, 3]),
      sessionsOpened: fc.nat({ max: 50 }),
      daysAgo: fc.constantFrom(0, 0, 0, 0, 1, -1, 89, 90, 91, 200),
      spend: fc.record({ tokens: fc.nat({ max: 10_000 }), usd: amount, voiceSeconds: amount }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('again' as const) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      type: fc.constant('wait' as const),
      ms: fc.constantFrom(1, MINUTE_MS, GONE_AFTER_MS - 1, GONE_AFTER_MS, DAY_MS, 40 * DAY_MS),
    }),
  },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('sweep' as const) }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('restart' as const) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      type: fc.constant('forget' as const),
      user: fc.nat({ max: USERS.length - 1 }),
    }),
  },
);

type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

let runs = 0;

it('[M1][M2][M3][M5][M6] whatever is reported, repeated, late, swept, restarted and forgotten, a shard answers as a simple model does', async () => {
  vi.useFakeTimers({ toFake: ['Date'] });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 40 }), async (steps) => {
      runs += 1;
      const shard = () => env.DIRECTORY.getByName(`model ${runs}`);
      const model = new Model();
      const revisions = new Map<string, number>();
      let last: UserReport | null = null;

      const take = async (one: Step): Promise<void> => {
        switch (one.type) {
          case 'report': {
            const object = USERS[one.user] ?? '';
            const revision = (revisions.get(object) ?? 10) + one.newer;
            revisions.set(object, Math.max(revision, revisions.get(object) ?? 10));
            last = {
              object,
              subject: `user ${one.user}`,
              isGuest: one.user % 2 === 1,
              revision,
              live: one.live.map((index) =>
                sessionNow(sessionOf(object, index), {
                  mode: index % 2 === 0 ? 'voice' : 'text',
                  createdAt: 1_000 + index,
                  messageCount: revision,
                }),
              ),
              sessionsOpened: one.sessionsOpened,
              today: { day: dayOf(Date.now() - one.daysAgo * DAY_MS), ...one.spend },
            };
            return tell(last);
          }
          case 'again':
            return last ? tell(last) : undefined;
          case 'wait':
            vi.setSystemTime(Date.now() + one.ms);
            return;
          case 'sweep':
            await runDurableObjectAlarm(shard());
            return;
          case 'restart':
            return abortAllDurableObjects();
          case 'forget':
            model.forget(USERS[one.user] ?? '');
            return shard().forget(USERS[one.user] ?? '');
        }
      };
      const tell = async (report: UserReport): Promise<void> => {
        model.report(report, Date.now());
        await shard().report(report);
      };

      for (const one of steps) {
        await take(one);
        const now = Date.now();
        expect(await shard().stats()).toEqual(model.stats(now));
        expect(await shard().users(null, 100)).toEqual(model.users(now));
        expect(await shard().sessions(null, 100)).toEqual(model.sessions(now));
      }
    }),
    { numRuns: 40 },
  );
}, 30_000);
