/** Lets go of conversations whose time has come. Each function is to be called inside a transaction. */
import { deleteConversation } from './conversations.ts';

/** How long what is kept for. */
export interface Retention {
  /** A conversation goes so many milliseconds after the last thing said in it; null: never. */
  readonly keptMs: number | null;
  /** One in which nobody said anything, after its beginning: longer than any session lasts. */
  readonly emptyMs: number;
}

/** Nothing ever goes, but what is empty. */
export const keepForEver: Retention = { keptMs: null, emptyMs: 30 * 24 * 60 * 60 * 1000 };

/** An alarm takes out no more than about so many messages; the next one goes on. */
const MESSAGES_AT_ONCE = 2_000;
const CONVERSATIONS_AT_ONCE = 100;

/** Deletes what is due, not all of it at once, and tells how many conversations. */
export function sweepConversations(sql: SqlStorage, { keptMs, emptyMs }: Retention, now: number): number {
  const empty = sql.exec(
    'DELETE FROM conversations WHERE message_count = 0 AND created_at <= ? RETURNING 1',
    now - emptyMs,
  );
  const { length } = empty.toArray();
  return length + (keptMs === null ? 0 : sweepOld(sql, now - keptMs));
}

function sweepOld(sql: SqlStorage, until: number): number {
  const due = sql
    .exec<{ n: number; message_count: number }>(
      `SELECT n, message_count FROM conversations WHERE message_count > 0 AND updated_at <= ?
       ORDER BY updated_at LIMIT ?`,
      until,
      CONVERSATIONS_AT_ONCE,
    )
    .toArray();
  let left = MESSAGES_AT_ONCE;
  let count = 0;
  for (const { n, message_count } of due) {
    if (left <= 0) break;
    deleteConversation(sql, n);
    left -= message_count;
    count += 1;
  }
  return count;
}

/** When something is due next; null when nothing ever is. */
export function nextSweep(sql: SqlStorage, { keptMs, emptyMs }: Retention): number | null {
  const dates = [
    earliest(sql, 'SELECT min(created_at) AS at FROM conversations WHERE message_count = 0', emptyMs),
    keptMs === null
      ? Infinity
      : earliest(sql, 'SELECT min(updated_at) AS at FROM conversations WHERE message_count > 0', keptMs),
  ];
  const next = Math.min(...dates);
  return next === Infinity ? null : next;
}

function earliest(sql: SqlStorage, query: string, afterMs: number): number {
  const { at } = sql.exec<{ at: number | null }>(query).one();
  return at === null ? Infinity : at + afterMs;
}
