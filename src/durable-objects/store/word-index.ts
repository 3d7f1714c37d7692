/**
 * The index of words. A row that goes must take its words along: the index of SQLite keeps them, beside a mark under the
 * same word that they are gone, and merging its parts (`optimize`) may keep the marks. Its `secure-delete` takes them out,
 * one row after the other; where a good part of the index goes, it is quicker to build it anew from what stays.
 */
import { indexedWords } from './search-words.ts';

/** To take out a row costs as much as to build the index anew of about so many. */
const ROWS_BUILT = 10;

/** Puts the words of a text under a number, in the place of those that were there. */
export function indexWords(sql: SqlStorage, n: number, text: string): void {
  sql.exec('DELETE FROM words WHERE rowid = ?', n);
  const words = indexedWords(text);
  if (words !== '') sql.exec('INSERT INTO words (rowid, text) VALUES (?, ?)', n, words);
}

/** The numbers of the messages from a place on in a conversation. */
const GONE = 'SELECT n FROM messages WHERE conversation = ? AND (said_at, n) >= (?, ?)';

/** Takes out the words of the messages from a place on in a conversation; none of them can be read anywhere after it. */
export function dropWords(
  sql: SqlStorage,
  conversation: number,
  [at, n]: readonly [at: number, n: number],
): void {
  const { count } = sql
    .exec<{ count: number }>(`SELECT count(*) AS count FROM (${GONE})`, conversation, at, n)
    .one();
  const drop = `DELETE FROM words WHERE rowid IN (${GONE})`;
  const { all } = sql.exec<{ all: number }>('SELECT sum(message_count) AS "all" FROM conversations').one();
  if (count * ROWS_BUILT < all - count) {
    sql.exec(drop, conversation, at, n);
    return;
  }
  sql.exec("INSERT INTO words (words, rank) VALUES ('secure-delete', 0)");
  sql.exec(drop, conversation, at, n);
  sql.exec("INSERT INTO words (words) VALUES ('rebuild')");
  sql.exec("INSERT INTO words (words, rank) VALUES ('secure-delete', 1)");
}
