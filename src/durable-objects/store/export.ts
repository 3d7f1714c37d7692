/** Everything that was said, a piece at a time, so that it is never in memory whole. */
import type { ConversationMessage } from '../../protocol/conversations.ts';
import { NANO_PER_USD } from '../../azure/prices.ts';
import { toMessage, toSummary, type ConversationRow, type Place } from './memory-rows.ts';
import { messagesAfter, placeOf, type MessageRowWithCost } from './messages.ts';

/** Works on the tables in one transaction. */
export type InTables = <T>(work: (sql: SqlStorage) => T) => T;

/** About so many bytes of text are read at once. */
const PIECE_BYTES = 500_000;
const PIECE_MESSAGES = 500;

/**
 * The conversations as a JSON list, in pieces of text that make it up. What is said or deleted meanwhile may be in it or
 * not; what is there from the beginning to the end is in it once.
 */
export function* exportConversations(inTables: InTables): Generator<string> {
  yield '[';
  let n = 0;
  for (;;) {
    const row = inTables((sql) => nextConversation(sql, n));
    if (row === null) break;
    yield n === 0 ? '' : ',';
    yield* exportConversation(inTables, row);
    n = row.n;
  }
  yield ']';
}

function* exportConversation(inTables: InTables, row: ConversationRow): Generator<string> {
  const { message_count: _count, ...facts } = toSummary(row);
  const head = JSON.stringify({ ...facts, summary: row.summary });
  yield `${head.slice(0, -1)},"messages":[`;
  let after: Place | null = null;
  for (;;) {
    const piece: Piece = inTables((sql) => nextPiece(sql, row.n, after));
    if (piece.last === null) break;
    yield (after === null ? '' : ',') + piece.messages.map((message) => JSON.stringify(message)).join(',');
    after = piece.last;
  }
  yield ']}';
}

function nextConversation(sql: SqlStorage, after: number): ConversationRow | null {
  const query = 'SELECT * FROM conversations WHERE n > ? ORDER BY n LIMIT 1';
  return sql.exec<ConversationRow>(query, after).toArray()[0] ?? null;
}

/** A message with what only its own user is told. */
type ExportedMessage = ConversationMessage & {
  readonly client_id: string | null;
  readonly session_id: string;
  readonly tokens: number;
  readonly usd: number;
};

interface Piece {
  readonly messages: readonly ExportedMessage[];
  /** Null when there are no more. */
  readonly last: Place | null;
}

function nextPiece(sql: SqlStorage, conversation: number, after: Place | null): Piece {
  const messages: ExportedMessage[] = [];
  let last: Place | null = null;
  let bytes = 0;
  for (const row of messagesAfter(sql, conversation, after)) {
    messages.push(exported(row));
    last = placeOf(row);
    bytes += row.bytes;
    if (bytes >= PIECE_BYTES || messages.length >= PIECE_MESSAGES) break;
  }
  return { messages, last };
}

function exported(row: MessageRowWithCost): ExportedMessage {
  const { client_id, session_id, tokens, nano_usd } = row;
  return { ...toMessage(row), client_id, session_id, tokens, usd: nano_usd / NANO_PER_USD };
}
