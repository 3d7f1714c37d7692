/** The conversations of one user. Each function is to be called inside a transaction. */
import type { ConversationSummary } from '../../protocol/conversations.ts';
import { TITLE_CHARACTERS } from '../../protocol/limits.ts';
import type { FirstMessage } from './memory.ts';
import { toSummary, type ConversationRow, type Place } from './memory-rows.ts';
import { dropWords, indexWords } from './word-index.ts';

/** A page of a list, and the place of its last item when there are more after it. */
export interface Listed<Item> {
  readonly items: readonly Item[];
  readonly next: Place | null;
}

/** Begins a conversation, and tells its id. */
export function insertConversation(sql: SqlStorage, now: number): string {
  const id = `conv_${crypto.getRandomValues(new Uint8Array(16)).toHex()}`;
  sql.exec(
    `INSERT INTO conversations (id, title, has_own_title, created_at, updated_at, message_count)
     VALUES (?, '', 0, ?, ?, 0)`,
    id,
    now,
    now,
  );
  return id;
}

/** The latest conversation that began so; null when none did. Read from the newest on, only as far as `since`. */
export function conversationBegunWith(
  sql: SqlStorage,
  { clientId, content, since }: FirstMessage,
): string | null {
  const newestFirst = sql.exec<{ n: number; id: string; created_at: number }>(
    'SELECT n, id, created_at FROM conversations ORDER BY n DESC',
  );
  for (const { n, id, created_at } of newestFirst) {
    if (created_at < since) return null;
    const query =
      'SELECT client_id, content FROM messages WHERE conversation = ? ORDER BY said_at, n LIMIT 1';
    const [first] = sql.exec<{ client_id: string | null; content: string }>(query, n).toArray();
    if (first?.client_id === clientId && first.content === content) return id;
  }
  return null;
}

/** The conversations in which somebody said something, the latest first, from `after` on or the first; at most `limit`. */
export function listConversations(
  sql: SqlStorage,
  { after, limit }: { readonly after: Place | null; readonly limit: number },
): Listed<ConversationSummary> {
  const rows = sql
    .exec<ConversationRow>(
      `SELECT * FROM conversations WHERE message_count > 0 AND (updated_at, n) < (?, ?)
       ORDER BY updated_at DESC, n DESC LIMIT ?`,
      after?.at ?? Number.MAX_SAFE_INTEGER,
      after?.n ?? 0,
      limit + 1,
    )
    .toArray();
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  return {
    items: page.map(toSummary),
    next: rows.length > limit && last ? { at: last.updated_at, n: last.n } : null,
  };
}

/** Gives a conversation the person's own title, for good; it can be found by it. */
export function renameConversation(sql: SqlStorage, { n }: ConversationRow, title: string): void {
  if (title.length > TITLE_CHARACTERS)
    throw new RangeError(`A title has at most ${TITLE_CHARACTERS} characters`);
  sql.exec('UPDATE conversations SET title = ?, has_own_title = 1 WHERE n = ?', title, n);
  indexWords(sql, -n, title);
}

/** Takes a conversation out with all that was said in it. */
export function deleteConversation(sql: SqlStorage, n: number): void {
  dropWords(sql, n, [-1, 0]);
  sql.exec('DELETE FROM words WHERE rowid = ?', -n);
  sql.exec('DELETE FROM messages WHERE conversation = ?', n);
  sql.exec('DELETE FROM conversations WHERE n = ?', n);
}
