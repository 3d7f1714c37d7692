import type { Migration } from './migrations.ts';

/**
 * The tables of a shard of the directory. Times are Unix milliseconds, days are `2026-11-25` in UTC.
 *
 * Keys lead with what is paged or swept by, and no column that changes with every report is in an index: a report of a
 * user with one session, who spent nothing since the last, writes two rows.
 */
export const directoryMigrations: readonly Migration[] = [
  {
    version: 1,
    sql: `
      -- Everybody who ever had a session here, until they are forgotten. The totals are of all days, kept or not.
      CREATE TABLE users (
        object TEXT PRIMARY KEY,
        subject TEXT NOT NULL,
        is_guest INTEGER NOT NULL,
        revision INTEGER NOT NULL,
        reported_at INTEGER NOT NULL,
        sessions_opened INTEGER NOT NULL,
        total_tokens REAL NOT NULL,
        total_usd REAL NOT NULL,
        total_voice_seconds REAL NOT NULL
      ) STRICT, WITHOUT ROWID;

      -- The sessions open now, as their user last told of them.
      CREATE TABLE sessions (
        object TEXT NOT NULL,
        session_id TEXT NOT NULL,
        reported_at INTEGER NOT NULL,
        mode TEXT NOT NULL,
        created_at INTEGER NOT NULL,
        last_activity_at INTEGER NOT NULL,
        message_count INTEGER NOT NULL,
        bytes_up INTEGER NOT NULL,
        bytes_down INTEGER NOT NULL,
        tokens REAL NOT NULL,
        usd REAL NOT NULL,
        PRIMARY KEY (object, session_id)
      ) STRICT, WITHOUT ROWID;
      CREATE INDEX sessions_by_id ON sessions (session_id);

      -- What each user spent on each day of the last 90.
      CREATE TABLE user_days (
        day TEXT NOT NULL,
        object TEXT NOT NULL,
        tokens REAL NOT NULL,
        usd REAL NOT NULL,
        voice_seconds REAL NOT NULL,
        PRIMARY KEY (day, object)
      ) STRICT, WITHOUT ROWID;

      -- What all users of this shard did on each day, nobody named, for ever: 365 rows a year.
      CREATE TABLE days (
        day TEXT PRIMARY KEY,
        users INTEGER NOT NULL,
        sessions INTEGER NOT NULL,
        tokens REAL NOT NULL,
        usd REAL NOT NULL,
        voice_seconds REAL NOT NULL
      ) STRICT, WITHOUT ROWID;
    `,
  },
];
