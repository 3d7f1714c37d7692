/** What a shard of the directory writes down. Every function is one transaction, and is told the time. */
import type { LiveSession } from '../admission.ts';
import type { Spend } from '../directory-answers.ts';
import type { DaySpend, UserReport } from '../user-report.ts';

/** A user who has sessions and is silent for longer than this counts as gone: three reports did not come. */
export const GONE_AFTER_MS = 3 * 60 * 1000;

/** What a user spent on a day is kept so many days after it; later only their total has it. */
export const DAYS_KEPT = 90;

const DAY_MS = 24 * 60 * 60 * 1000;

/** The UTC day of a time, as `2026-11-25`. */
export function dayOf(time: number): string {
  return new Date(time).toISOString().slice(0, '2026-11-25'.length);
}

/**
 * Writes down what a user's object told; a report that is not newer than the last of this user changes nothing. Spend
 * of a day that is no longer kept is not counted: nobody could tell whether it was counted before.
 */
export function keepReport(storage: DurableObjectStorage, report: UserReport, now: number): void {
  storage.transactionSync(() => {
    const { sql } = storage;
    const known = findUser(sql, report.object);
    if (known !== null && report.revision <= known.revision) return;
    const spent = keepSpend(sql, report.object, isKept(report.today.day, now) ? report.today : null);
    keepUser(sql, { report, spent, now });
    keepSessions(sql, report, now);
    addToDay(sql, report.today.day, {
      ...spent,
      users: known === null ? 1 : 0,
      sessions: report.sessionsOpened - (known?.sessions ?? 0),
    });
  });
}

/** Forgets one user: nothing here names them any more. What they spent stays in the sums of all. */
export function forgetUser(storage: DurableObjectStorage, object: string): void {
  storage.transactionSync(() => {
    const { sql } = storage;
    sql.exec('DELETE FROM sessions WHERE object = ?', object);
    // One look-up a day, where `object = ?` alone would read the days of everybody.
    sql.exec('DELETE FROM user_days WHERE day IN (SELECT day FROM days) AND object = ?', object);
    sql.exec('DELETE FROM users WHERE object = ?', object);
  });
}

/** Takes out the sessions of users who are gone, and the days that are no longer kept; tells how many sessions. */
export function sweep(storage: DurableObjectStorage, now: number): number {
  return storage.transactionSync(() => {
    const { sql } = storage;
    const gone = sql.exec('DELETE FROM sessions WHERE reported_at <= ? RETURNING 1', now - GONE_AFTER_MS);
    const { length } = gone.toArray();
    sql.exec('DELETE FROM user_days WHERE day < ?', oldestKept(now));
    return length;
  });
}

/** When to sweep next, in Unix milliseconds: soon while sessions are open, else when a day runs out; null: never. */
export function nextSweep({ sql }: DurableObjectStorage, now: number): number | null {
  if (sql.exec('SELECT 1 FROM sessions LIMIT 1').toArray().length > 0) return now + GONE_AFTER_MS;
  const { oldest } = sql.exec<{ oldest: string | null }>('SELECT min(day) AS oldest FROM user_days').one();
  return oldest === null ? null : Math.max(now, Date.parse(oldest) + (DAYS_KEPT + 1) * DAY_MS);
}

function oldestKept(now: number): string {
  return dayOf(now - DAYS_KEPT * DAY_MS);
}

function isKept(day: string, now: number): boolean {
  return day >= oldestKept(now);
}

type UserRow = { revision: number; sessions: number };

function findUser(sql: SqlStorage, object: string): UserRow | null {
  const query = 'SELECT revision, sessions_opened AS sessions FROM users WHERE object = ?';
  return sql.exec<UserRow>(query, object).toArray()[0] ?? null;
}

/** Puts a user's day in the place of what was known of it, and tells by how much it grew. */
function keepSpend(sql: SqlStorage, object: string, today: DaySpend | null): Spend {
  if (today === null) return { tokens: 0, usd: 0, voiceSeconds: 0 };
  const query =
    'SELECT tokens, usd, voice_seconds AS voiceSeconds FROM user_days WHERE day = ? AND object = ?';
  const before = sql.exec<{ [Key in keyof Spend]: number }>(query, today.day, object).toArray()[0];
  const spent = {
    tokens: today.tokens - (before?.tokens ?? 0),
    usd: today.usd - (before?.usd ?? 0),
    voiceSeconds: today.voiceSeconds - (before?.voiceSeconds ?? 0),
  };
  if (Object.values(spent).some((amount) => amount !== 0)) {
    sql.exec(
      `INSERT INTO user_days (day, object, tokens, usd, voice_seconds) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET tokens = excluded.tokens, usd = excluded.usd, voice_seconds = excluded.voice_seconds`,
      today.day,
      object,
      today.tokens,
      today.usd,
      today.voiceSeconds,
    );
  }
  return spent;
}

interface Heard {
  readonly report: UserReport;
  readonly spent: Spend;
  readonly now: number;
}

function keepUser(sql: SqlStorage, { report, spent, now }: Heard): void {
  const { object, subject, isGuest, revision, sessionsOpened } = report;
  sql.exec(
    `INSERT INTO users (object, subject, is_guest, revision, reported_at, sessions_opened,
       total_tokens, total_usd, total_voice_seconds) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET
       subject = excluded.subject, is_guest = excluded.is_guest, revision = excluded.revision,
       reported_at = excluded.reported_at, sessions_opened = excluded.sessions_opened,
       total_tokens = total_tokens + excluded.total_tokens,
       total_usd = total_usd + excluded.total_usd,
       total_voice_seconds = total_voice_seconds + excluded.total_voice_seconds`,
    object,
    subject,
    isGuest ? 1 : 0,
    revision,
    now,
    sessionsOpened,
    spent.tokens,
    spent.usd,
    spent.voiceSeconds,
  );
}

/** One statement a session: a list of them would meet the limit of 100 parameters. */
function keepSessions(sql: SqlStorage, { object, live }: UserReport, now: number): void {
  const open = new Set(live.map(({ sessionId }) => sessionId));
  const known = sql.exec<{ id: string }>('SELECT session_id AS id FROM sessions WHERE object = ?', object);
  for (const { id } of known.toArray()) {
    if (!open.has(id)) sql.exec('DELETE FROM sessions WHERE object = ? AND session_id = ?', object, id);
  }
  for (const session of live) keepSession(sql, { object, session, now });
}

interface HeardSession {
  readonly object: string;
  readonly session: LiveSession;
  readonly now: number;
}

function keepSession(sql: SqlStorage, { object, session, now }: HeardSession): void {
  const { sessionId, mode, createdAt, lastActivityAt, messageCount } = session;
  sql.exec(
    `INSERT INTO sessions (object, session_id, reported_at, mode, created_at, last_activity_at, message_count,
       bytes_up, bytes_down, tokens, usd) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET
       reported_at = excluded.reported_at, last_activity_at = excluded.last_activity_at, message_count = excluded.message_count,
       bytes_up = excluded.bytes_up, bytes_down = excluded.bytes_down,
       tokens = excluded.tokens, usd = excluded.usd`,
    object,
    sessionId,
    now,
    mode,
    createdAt,
    lastActivityAt,
    messageCount,
    session.bytesUp,
    session.bytesDown,
    session.tokens,
    session.usd,
  );
}

interface Growth extends Spend {
  readonly users: number;
  readonly sessions: number;
}

function addToDay(sql: SqlStorage, day: string, grown: Growth): void {
  const { users, sessions, tokens, usd, voiceSeconds } = grown;
  if ([users, sessions, tokens, usd, voiceSeconds].every((amount) => amount === 0)) return;
  sql.exec(
    `INSERT INTO days (day, users, sessions, tokens, usd, voice_seconds) VALUES (?, ?, ?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET
       users = users + excluded.users, sessions = sessions + excluded.sessions,
       tokens = tokens + excluded.tokens, usd = usd + excluded.usd,
       voice_seconds = voice_seconds + excluded.voice_seconds`,
    day,
    users,
    sessions,
    tokens,
    usd,
    voiceSeconds,
  );
}
