/**
 * The index of words. A row that goes must take its words along: the index of SQLite keeps them, with a mark that they
 * are gone, until parts of it happen to be merged. Its `secure-delete` takes them out one row after the other, at 0.3 ms
 * each in an index of 100,000 messages; merging the whole of it once takes less than 0.1 s there. So few rows go the
 * first way, and many the second.
 */
import { indexedWords } from './search-words.ts';

/** From here on merging is quicker. */
const MANY = 200;

/** Puts the words of a text under a number, in the place of those that were there. */
export function indexWords(sql: SqlStorage, n: number, text: string): void {
  sql.exec('DELETE FROM words WHERE rowid = ?', n);
  const words = indexedWords(text);
  if (words !== '') sql.exec('INSERT INTO words (rowid, text) VALUES (?, ?)', n, words);
}

/** Takes out the words of the messages from a place on in a conversation; none of them can be read anywhere after it. */
export function dropWords(
  sql: SqlStorage,
  conversation: number,
  from: readonly [at: number, n: number],
): void {
  const gone = 'FROM messages WHERE conversation = ? AND (said_at, n) >= (?, ?)';
  const { count } = sql
    .exec<{ count: number }>(`SELECT count(*) AS count ${gone}`, conversation, ...from)
    .one();
  const drop = `DELETE FROM words WHERE rowid IN (SELECT n ${gone})`;
  if (count < MANY) {
    sql.exec(drop, conversation, ...from);
    return;
  }
  sql.exec("INSERT INTO words (words, rank) VALUES ('secure-delete', 0)");
  sql.exec(drop, conversation, ...from);
  sql.exec("INSERT INTO words (words) VALUES ('optimize')");
  sql.exec("INSERT INTO words (words, rank) VALUES ('secure-delete', 1)");
}
