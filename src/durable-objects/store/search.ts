/** Finds what was said, and conversations by the titles that the person gave. */
import type { SearchResult } from '../../protocol/conversations.ts';
import { toSeconds } from './memory-rows.ts';
import { matchOf, termsOf } from './search-words.ts';
import { snippetOf } from './snippet.ts';

/** A page of results, and how many there were until its end when there are more. */
export interface Found {
  readonly results: readonly SearchResult[];
  readonly next: number | null;
}

/**
 * So many messages, the newest that have the words, are compared for how well they fit, and as many titles: to judge all
 * of 100,000 that have a common word takes a tenth of a second, in which a call of the same person stands still.
 */
const JUDGED = 1000;

/** The best results after the first `after`, the newest first among equals; at most `limit`. */
export function search(
  sql: SqlStorage,
  question: string,
  { after, limit }: { readonly after: number; readonly limit: number },
): Found {
  const terms = termsOf(question);
  if (terms.length === 0) return { results: [], next: null };
  const rows = sql
    .exec<FoundRow>(
      `SELECT conversations.id AS conversation_id, title, messages.id AS message_id, role, content,
         coalesce(said_at, created_at) AS at
       FROM (
         SELECT * FROM (${HITS} AND rowid > 0 ORDER BY rowid DESC LIMIT ${JUDGED})
         UNION ALL
         SELECT * FROM (${HITS} AND rowid < 0 ORDER BY rowid LIMIT ${JUDGED})
         ORDER BY score, hit DESC LIMIT ?2 OFFSET ?3
       )
       LEFT JOIN messages ON messages.n = hit
       JOIN conversations ON conversations.n = coalesce(messages.conversation, -hit)
       ORDER BY score, hit DESC`,
      matchOf(terms),
      limit + 1,
      after,
    )
    .toArray();
  const results = rows.slice(0, limit).map((row) => {
    const { text, matches } = snippetOf(row.content ?? row.title, terms);
    return {
      conversation_id: row.conversation_id,
      title: row.title,
      message_id: row.message_id,
      role: row.role,
      snippet: text,
      matches,
      created_at: toSeconds(row.at),
    };
  });
  return { results, next: rows.length > limit ? after + limit : null };
}

const HITS = 'SELECT rowid AS hit, rank AS score FROM words WHERE words MATCH ?1';

type FoundRow = {
  conversation_id: string;
  title: string;
  message_id: string | null;
  role: 'user' | 'assistant' | null;
  content: string | null;
  at: number;
};
