/** What a shard of the directory reads. A user who is gone has no sessions here, swept or not. */
import type { DirectoryStats, ListedSession, ListedUser, SessionKey, Spend } from '../directory-answers.ts';
import { dayOf, GONE_AFTER_MS } from './directory-reports.ts';

/** The totals of this shard. Reads the open sessions and a row a day, never all users. */
export function readStats(sql: SqlStorage, now: number): DirectoryStats {
  const live = sql.exec<{ voice: number; text: number; users: number }>(
    // By user first, in the order of the key: a distinct count would sort everything.
    `SELECT coalesce(sum(voice), 0) AS voice, coalesce(sum(all_modes - voice), 0) AS text, count(*) AS users
     FROM (
       SELECT count(*) AS all_modes, count(*) FILTER (WHERE mode = 'voice') AS voice
       FROM sessions WHERE reported_at > ? GROUP BY object
     )`,
    now - GONE_AFTER_MS,
  );
  const allTime = sql.exec<{ sessions: number; users: number }>(
    'SELECT coalesce(sum(sessions), 0) AS sessions, coalesce(sum(users), 0) AS users FROM days',
  );
  const today = sql.exec<SpendRow>(
    'SELECT tokens, usd, voice_seconds AS voiceSeconds FROM days WHERE day = ?',
    dayOf(now),
  );
  return { live: live.one(), allTime: allTime.one(), today: today.toArray()[0] ?? NOTHING };
}

/** The sessions open now that come after `after` in the order of users and ids, or the first; at most `limit`. */
export function readSessions(
  sql: SqlStorage,
  { after, limit }: { readonly after: SessionKey | null; readonly limit: number },
  now: number,
): readonly ListedSession[] {
  const rows = sql.exec<SessionRow>(
    `SELECT object, subject, session_id AS sessionId, mode, created_at AS createdAt,
       last_activity_at AS lastActivityAt, message_count AS messageCount,
       bytes_up AS bytesUp, bytes_down AS bytesDown, tokens, usd
     FROM sessions JOIN users USING (object)
     WHERE (object, session_id) > (?, ?) AND sessions.reported_at > ?
     ORDER BY object, session_id LIMIT ?`,
    after?.object ?? '',
    after?.sessionId ?? '',
    now - GONE_AFTER_MS,
    limit,
  );
  return rows.toArray();
}

/** The users whose objects' names come after `after`, or the first; at most `limit`. */
export function readUsers(
  sql: SqlStorage,
  { after, limit }: { readonly after: string | null; readonly limit: number },
  now: number,
): readonly ListedUser[] {
  const rows = sql.exec<UserRow>(
    `SELECT users.*, coalesce(tokens, 0) AS tokens, coalesce(usd, 0) AS usd,
       coalesce(voice_seconds, 0) AS voice_seconds,
       (SELECT count(*) FROM sessions WHERE sessions.object = users.object AND sessions.reported_at > ?) AS live
     FROM users LEFT JOIN user_days ON day = ? AND user_days.object = users.object
     WHERE users.object > ? ORDER BY users.object LIMIT ?`,
    now - GONE_AFTER_MS,
    dayOf(now),
    after ?? '',
    limit,
  );
  return rows.toArray().map(toListedUser);
}

/** The name of the object that holds this session; null when nobody told of it. */
export function findOwner(sql: SqlStorage, sessionId: string): string | null {
  const rows = sql.exec<{ object: string }>('SELECT object FROM sessions WHERE session_id = ?', sessionId);
  return rows.toArray()[0]?.object ?? null;
}

const NOTHING: Spend = { tokens: 0, usd: 0, voiceSeconds: 0 };

type SpendRow = { [Key in keyof Spend]: number };

type SessionRow = { [Key in keyof ListedSession]: ListedSession[Key] };

type UserRow = {
  object: string;
  subject: string;
  is_guest: number;
  reported_at: number;
  sessions_opened: number;
  live: number;
  tokens: number;
  usd: number;
  voice_seconds: number;
  total_tokens: number;
  total_usd: number;
  total_voice_seconds: number;
};

function toListedUser(row: UserRow): ListedUser {
  return {
    object: row.object,
    subject: row.subject,
    isGuest: row.is_guest === 1,
    liveSessions: row.live,
    sessionsOpened: row.sessions_opened,
    today: { tokens: row.tokens, usd: row.usd, voiceSeconds: row.voice_seconds },
    total: { tokens: row.total_tokens, usd: row.total_usd, voiceSeconds: row.total_voice_seconds },
    lastSeenAt: row.reported_at,
  };
}
