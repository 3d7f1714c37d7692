/** What a model is given of a conversation: the end of it, as much as fits, read backwards from the newest. */
import { TOKENS_PER_ITEM, wordTokens } from '../../azure/token-estimate.ts';
import type { ConversationMessage } from '../../protocol/conversations.ts';
import type { Recalled, Summary } from './memory.ts';
import { messageRow, toMessage, type ConversationRow, type MessageRow, type Place } from './memory-rows.ts';
import { messagesAfter, messagesBefore, placeOf, type SizedRow } from './messages.ts';

/** What one summary can take at once, in tokens; what is over waits for the next. */
const FORGOTTEN_TOKENS = 12_000;

/** The end of a conversation that fits into `tokens`, at least its last message; nothing before it is read. */
export function recall(sql: SqlStorage, conversation: ConversationRow, tokens: number): Recalled {
  const { rows, isWhole } = lastRows(sql, conversation.n, tokens);
  if (isWhole) return { summary: null, messages: told(rows), forgotten: [] };
  const until = summaryPlace(conversation);
  const left = tokens - (conversation.summary === null ? 0 : tokensOf(byteLength(conversation.summary)));
  const fitting = fittingRows(
    until === null ? rows : rows.filter((row) => isAfter(placeOf(row), until)),
    left,
  );
  const first = fitting.at(-1);
  return {
    summary: conversation.summary,
    messages: told(fitting),
    forgotten: first ? forgottenRows(sql, conversation.n, { after: until, before: placeOf(first) }) : [],
  };
}

/** Puts a summary in the place of everything until a message; nothing changes when there is no such message. */
export function keepSummary(sql: SqlStorage, { n }: ConversationRow, { text, until }: Summary): void {
  const last = messageRow(sql, n, until);
  if (last === null) return;
  sql.exec(
    'UPDATE conversations SET summary = ?, summary_at = ?, summary_n = ? WHERE n = ?',
    text,
    last.said_at,
    last.n,
    n,
  );
}

/** The last rows that fit, newest first, and whether there are no others. */
function lastRows(
  sql: SqlStorage,
  conversation: number,
  tokens: number,
): { readonly rows: readonly SizedRow[]; readonly isWhole: boolean } {
  const rows: SizedRow[] = [];
  let left = tokens;
  for (const row of messagesBefore(sql, conversation, null)) {
    left -= tokensOf(row.bytes);
    if (left < 0 && rows.length > 0) return { rows, isWhole: false };
    rows.push(row);
  }
  return { rows, isWhole: true };
}

function fittingRows(newestFirst: readonly SizedRow[], tokens: number): readonly SizedRow[] {
  let left = tokens;
  const count = newestFirst.findIndex((row) => {
    left -= tokensOf(row.bytes);
    return left < 0;
  });
  return count === -1 ? newestFirst : newestFirst.slice(0, Math.max(count, 1));
}

/** The rows between two places, oldest first, as many as one summary can take and one at least. */
function forgottenRows(
  sql: SqlStorage,
  conversation: number,
  { after, before }: { readonly after: Place | null; readonly before: Place },
): readonly ConversationMessage[] {
  const rows: MessageRow[] = [];
  let left = FORGOTTEN_TOKENS;
  for (const row of messagesAfter(sql, conversation, after)) {
    left -= tokensOf(row.bytes);
    const isOver = left < 0 && rows.length > 0;
    if (isOver || !isAfter(before, placeOf(row))) break;
    rows.push(row);
  }
  return rows.map(toMessage);
}

function summaryPlace({ summary_at, summary_n }: ConversationRow): Place | null {
  return summary_at === null || summary_n === null ? null : { at: summary_at, n: summary_n };
}

function isAfter(place: Place, other: Place): boolean {
  return place.at > other.at || (place.at === other.at && place.n > other.n);
}

function told(newestFirst: readonly MessageRow[]): readonly ConversationMessage[] {
  return newestFirst.toReversed().map(toMessage);
}

function tokensOf(bytes: number): number {
  return wordTokens(bytes) + TOKENS_PER_ITEM;
}

function byteLength(text: string): number {
  return new TextEncoder().encode(text).byteLength;
}
