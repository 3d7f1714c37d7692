/**
 * A shard of the directory, filled at once and asked many times: the real class, with a door for the bench. Work is
 * timed from outside, since the runtime's clock stands still while code runs.
 */
import { Directory } from '../../src/durable-objects/directory.ts';
import type { UserReport } from '../../src/durable-objects/user-report.ts';

interface Env {
  readonly SHARDS: DurableObjectNamespace<FilledShard>;
}

/** What the bench may have done, so many times over. */
export type Work = 'heartbeat' | 'paid' | 'reopened' | 'stats' | 'sessions' | 'users' | 'find' | 'nothing';

const PAGE = 51;
const DAY_MS = 24 * 60 * 60 * 1000;

/** A shard that can be filled without a report for each user, and do one thing many times in one turn. */
export class FilledShard extends Directory {
  readonly #sql = this.ctx.storage.sql;
  #live: string[] = [];
  #revision = 1_000;

  /** Adds users under random names, of whom every twentieth has a call open now. Bytes of the database. */
  fillUsers(count: number): number {
    this.#sql.exec(
      `INSERT INTO users
       SELECT 'a' || substr(lower(hex(randomblob(32))), 2), 'auth0|' || lower(hex(randomblob(12))), 0, 1,
         ?2, 40, 1e6, 12.5, 36000.5
       FROM (WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?1) SELECT i FROM n)`,
      count,
      Date.now(),
    );
    this.#sql.exec(
      `INSERT INTO sessions
       SELECT object, 'vs_a0' || lower(hex(randomblob(15))), ?1, 'voice', ?1, ?1, 12, 1e6, 2e6, 4000, 0.2
       FROM users WHERE random() % 20 = 0`,
      Date.now(),
    );
    this.#live = this.#sql
      .exec<{ object: string }>('SELECT object FROM sessions')
      .toArray()
      .map(({ object }) => object);
    return this.#sql.databaseSize;
  }

  /** Adds what every user spent on the day so many days ago. Bytes of the database. */
  fillDay(daysAgo: number): number {
    const day = new Date(Date.now() - daysAgo * DAY_MS).toISOString().slice(0, 10);
    this.#sql.exec('INSERT INTO user_days SELECT ?, object, 12345, 0.123456, 612.5 FROM users', day);
    this.#sql.exec(
      `INSERT INTO days SELECT day, 0, 0, sum(tokens), sum(usd), sum(voice_seconds) FROM user_days WHERE day = ?`,
      day,
    );
    return this.#sql.databaseSize;
  }

  /** Does one thing `times` over. */
  async work(what: Work, times: number): Promise<void> {
    for (let n = 0; n < times; n += 1) await this.#one(what);
  }

  /** What the alarm does. */
  sweep(): Promise<void> {
    return this.alarm();
  }

  /** A report of somebody at random, as their object would send it. */
  nextReport(what: Work): UserReport {
    this.#revision += 1;
    const object = this.#anybody();
    const session = this.#sql
      .exec<{ id: string }>('SELECT session_id AS id FROM sessions WHERE object = ?', object)
      .toArray()[0];
    const now = Date.now();
    const live = {
      sessionId:
        what === 'reopened' || !session
          ? `vs_a0${crypto.randomUUID().replaceAll('-', '').slice(2)}`
          : session.id,
      mode: 'voice',
      createdAt: now,
      lastActivityAt: now,
      messageCount: this.#revision,
      bytesUp: this.#revision,
      bytesDown: this.#revision,
      tokens: 4_000,
      usd: 0.2,
    } as const;
    const spent = what === 'paid' ? this.#revision : 0;
    const day = new Date(now).toISOString().slice(0, 10);
    return {
      object,
      subject: 'auth0|507f1f77bcf86cd799439011',
      isGuest: false,
      revision: this.#revision,
      live: [live],
      sessionsOpened: 40,
      today: { day, tokens: 12_345 + spent, usd: 0.123456 + spent / 1e4, voiceSeconds: 612.5 + spent },
    };
  }

  async #one(what: Work): Promise<void> {
    switch (what) {
      case 'heartbeat':
      case 'paid':
      case 'reopened':
        return this.report(this.nextReport(what));
      case 'stats':
        return void this.stats();
      case 'sessions':
        return void this.sessions({ object: this.#anybody(), sessionId: '' }, PAGE);
      case 'users':
        return void this.users(this.#anybody(), PAGE);
      case 'find':
        return void this.find(`vs_a0${crypto.randomUUID().replaceAll('-', '').slice(2)}`);
      case 'nothing':
    }
  }

  #anybody(): string {
    return this.#live[Math.floor(Math.random() * this.#live.length)] ?? '';
  }
}

/** `?do=METHOD&…`: hands on to the one shard; `?do=reports&times=N&at-once=M` sends it reports as users' objects do. */
// oxlint-disable-next-line import/no-default-export -- the platform wants one
export default {
  async fetch(request: Request, { SHARDS }: Env): Promise<Response> {
    const { searchParams: query } = new URL(request.url);
    const number = (name: string): number => Number(query.get(name));
    const shard = SHARDS.getByName('a');
    switch (query.get('do') ?? '') {
      case 'fillUsers':
        return Response.json(await shard.fillUsers(number('count')));
      case 'fillDay':
        return Response.json(await shard.fillDay(number('daysAgo')));
      case 'work':
        await shard.work(query.get('what') as Work, number('times'));
        return Response.json(null);
      case 'sweep':
        await shard.sweep();
        return Response.json(null);
      case 'reports':
        await sendReports(shard, number('times'), number('at-once'));
        return Response.json(null);
      default:
        return new Response(null, { status: 404 });
    }
  },
};

async function sendReports(
  shard: DurableObjectStub<FilledShard>,
  times: number,
  atOnce: number,
): Promise<void> {
  const report = await shard.nextReport('paid');
  let left = times;
  const sender = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      const spent = times - left;
      const today = { ...report.today, tokens: report.today.tokens + spent };
      await shard.report({ ...report, revision: report.revision + spent, today });
    }
  };
  await Promise.all(Array.from({ length: atOnce }, sender));
}
