/** What was said in a conversation. Each function is to be called inside a transaction. */
import type { ConversationMessage } from '../../protocol/conversations.ts';
import { ANSWER_CHARACTERS, MESSAGE_CHARACTERS } from '../../protocol/limits.ts';
import type { Listed } from './conversations.ts';
import type { KeptMessage } from './memory.ts';
import {
  MESSAGE_COLUMNS,
  toMessage,
  type ConversationRow,
  type MessageRow,
  type Place,
} from './memory-rows.ts';
import { titleOf } from './title.ts';
import { writeToolCalls } from './tool-calls.ts';
import { dropWords, indexWords } from './word-index.ts';

/** A page of messages is not longer than so many bytes of text, unless it is one message. */
const PAGE_BYTES = 1_000_000;

/** A message as its row has it: what tools did is JSON, and of bounded size. */
export interface WrittenMessage extends Omit<KeptMessage, 'toolCalls'> {
  readonly toolCalls: string | null;
}

/** Throws when a message is longer than its row can hold: whoever lets it in has refused it before. */
export function written(message: KeptMessage): WrittenMessage {
  const { role, content, toolCalls } = message;
  const most = role === 'user' ? MESSAGE_CHARACTERS : ANSWER_CHARACTERS;
  if (content.length > most) throw new RangeError(`A message of ${role} has at most ${most} characters`);
  return { ...message, toolCalls: writeToolCalls(toolCalls) };
}

/** Keeps a message, or changes the one of this id where it stands. True when it gave the conversation its title. */
export function keepMessage(
  sql: SqlStorage,
  conversation: ConversationRow,
  message: WrittenMessage,
): boolean {
  const before = sql
    .exec<{ n: number; content: string }>(
      'SELECT n, content FROM messages WHERE conversation = ? AND id = ?',
      conversation.n,
      message.id,
    )
    .toArray()[0];
  const n =
    before === undefined ? insertMessage(sql, conversation, message) : updateMessage(sql, before.n, message);
  if (before?.content !== message.content) indexWords(sql, n, message.content);
  sql.exec(
    'UPDATE conversations SET updated_at = max(updated_at, ?) WHERE n = ?',
    message.saidAt,
    conversation.n,
  );
  return message.role === 'user' && entitle(sql, conversation);
}

function insertMessage(
  sql: SqlStorage,
  { n: conversation }: ConversationRow,
  message: WrittenMessage,
): number {
  const { n } = sql
    .exec<{ n: number }>(
      `INSERT INTO messages (conversation, id, said_at, role, mode, status, content, tool_calls, client_id,
         session_id, tokens, nano_usd) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING n`,
      conversation,
      message.id,
      message.saidAt,
      message.role,
      message.mode,
      message.status,
      message.content,
      message.toolCalls,
      message.clientId,
      message.sessionId,
      message.tokens,
      message.nanoUsd,
    )
    .one();
  sql.exec('UPDATE conversations SET message_count = message_count + 1 WHERE n = ?', conversation);
  return n;
}

function updateMessage(sql: SqlStorage, n: number, message: WrittenMessage): number {
  sql.exec(
    `UPDATE messages SET status = ?, content = ?, tool_calls = ?, client_id = coalesce(?, client_id),
       tokens = ?, nano_usd = ? WHERE n = ?`,
    message.status,
    message.content,
    message.toolCalls,
    message.clientId,
    message.tokens,
    message.nanoUsd,
    n,
  );
  return n;
}

/** Titles a conversation that has no title of the person's own by the first thing they said; true when that is news. */
function entitle(sql: SqlStorage, { n, title, has_own_title }: ConversationRow): boolean {
  if (has_own_title === 1) return false;
  const first = sql
    .exec<{ content: string }>(
      `SELECT content FROM messages WHERE conversation = ? AND role = 'user' AND content <> ''
       ORDER BY said_at, n LIMIT 1`,
      n,
    )
    .toArray()[0];
  const wanted = titleOf(first?.content ?? '');
  if (wanted === title) return false;
  sql.exec('UPDATE conversations SET title = ? WHERE n = ?', wanted, n);
  return true;
}

/** Takes out what stands from a place on, and a summary that stands for any of it. */
export function takeBackFrom(sql: SqlStorage, conversation: ConversationRow, { at, n }: Place): void {
  const gone = 'FROM messages WHERE conversation = ? AND (said_at, n) >= (?, ?)';
  dropWords(sql, conversation.n, [at, n]);
  const { length } = sql.exec(`DELETE ${gone} RETURNING 1`, conversation.n, at, n).toArray();
  sql.exec('UPDATE conversations SET message_count = message_count - ? WHERE n = ?', length, conversation.n);
  dropSummaryFrom(sql, conversation, { at, n });
  entitle(sql, conversation);
}

/** Takes one message out, and a summary that stands for it too. */
export function eraseMessage(sql: SqlStorage, conversation: ConversationRow, messageId: string): void {
  const [row] = sql
    .exec<{ n: number; said_at: number }>(
      'DELETE FROM messages WHERE conversation = ? AND id = ? RETURNING n, said_at',
      conversation.n,
      messageId,
    )
    .toArray();
  if (row === undefined) return;
  indexWords(sql, row.n, '');
  sql.exec('UPDATE conversations SET message_count = message_count - 1 WHERE n = ?', conversation.n);
  dropSummaryFrom(sql, conversation, { at: row.said_at, n: row.n });
  entitle(sql, conversation);
}

/** Forgets a summary that stands for what is at a place, or after it. */
function dropSummaryFrom(sql: SqlStorage, conversation: ConversationRow, { at, n }: Place): void {
  sql.exec(
    `UPDATE conversations SET summary = NULL, summary_at = NULL, summary_n = NULL
     WHERE n = ? AND (summary_at, summary_n) >= (?, ?)`,
    conversation.n,
    at,
    n,
  );
}

/** The messages before a place, or the last ones; oldest first. At most `limit`, and fewer when they are long. */
export function pageOfMessages(
  sql: SqlStorage,
  conversation: number,
  { before, limit }: { readonly before: Place | null; readonly limit: number },
): Listed<ConversationMessage> {
  const newestFirst: MessageRow[] = [];
  let bytes = 0;
  for (const row of messagesBefore(sql, conversation, before)) {
    bytes += row.bytes;
    const isFull = newestFirst.length === limit || (newestFirst.length > 0 && bytes > PAGE_BYTES);
    const last = newestFirst.at(-1);
    if (isFull && last) return { items: newestFirst.toReversed().map(toMessage), next: placeOf(last) };
    newestFirst.push(row);
  }
  return { items: newestFirst.toReversed().map(toMessage), next: null };
}

/** A row, and how long its texts are in bytes. */
export type SizedRow = MessageRow & { bytes: number };

/** The messages before a place, or all; newest first. Read as they are asked for. */
export function messagesBefore(
  sql: SqlStorage,
  conversation: number,
  before: Place | null,
): SqlStorageCursor<SizedRow> {
  return sql.exec<SizedRow>(
    `SELECT ${MESSAGE_COLUMNS}, ${BYTES} FROM messages WHERE conversation = ? AND (said_at, n) < (?, ?)
     ORDER BY said_at DESC, n DESC`,
    conversation,
    before?.at ?? Number.MAX_SAFE_INTEGER,
    before?.n ?? 0,
  );
}

/** A row with all that is known of it. */
export type MessageRowWithCost = SizedRow & {
  client_id: string | null;
  session_id: string;
  tokens: number;
  nano_usd: number;
};

/** The messages after a place, or all; oldest first. Read as they are asked for. */
export function messagesAfter(
  sql: SqlStorage,
  conversation: number,
  after: Place | null,
): SqlStorageCursor<MessageRowWithCost> {
  return sql.exec<MessageRowWithCost>(
    `SELECT ${MESSAGE_COLUMNS}, ${BYTES}, client_id, session_id, tokens, nano_usd FROM messages
     WHERE conversation = ? AND (said_at, n) > (?, ?)
     ORDER BY said_at, n`,
    conversation,
    after?.at ?? -1,
    after?.n ?? 0,
  );
}

/** Where a message stands. */
export function placeOf({ said_at, n }: MessageRow): Place {
  return { at: said_at, n };
}

const BYTES = 'octet_length(content) + coalesce(octet_length(tool_calls), 0) AS bytes';
