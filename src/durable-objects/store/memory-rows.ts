/** Rows of the memory's tables, and what they are to the world. */
import type { ConversationMessage, ConversationSummary } from '../../protocol/conversations.ts';
import { readToolCalls } from './tool-calls.ts';

/** Where a message or a conversation stands in the order of its list: by time, then by when it came. */
export interface Place {
  /** Unix milliseconds. */
  readonly at: number;
  readonly n: number;
}

/** A conversation's row. */
export type ConversationRow = {
  n: number;
  id: string;
  title: string;
  has_own_title: number;
  created_at: number;
  updated_at: number;
  message_count: number;
  summary: string | null;
  summary_at: number | null;
  summary_n: number | null;
};

/** As much of a message's row as is told. */
export type MessageRow = {
  n: number;
  id: string;
  said_at: number;
  role: ConversationMessage['role'];
  mode: ConversationMessage['mode'];
  status: ConversationMessage['status'];
  content: string;
  tool_calls: string | null;
};

/** The columns of a `MessageRow`. */
export const MESSAGE_COLUMNS = 'n, id, said_at, role, mode, status, content, tool_calls';

/** The row of a conversation; null when there is none of this id. */
export function conversationRow(sql: SqlStorage, id: string): ConversationRow | null {
  return sql.exec<ConversationRow>('SELECT * FROM conversations WHERE id = ?', id).toArray()[0] ?? null;
}

/** The row of a message; null when its conversation has none of this id. */
export function messageRow(sql: SqlStorage, conversation: number, id: string): MessageRow | null {
  const query = `SELECT ${MESSAGE_COLUMNS} FROM messages WHERE conversation = ? AND id = ?`;
  return sql.exec<MessageRow>(query, conversation, id).toArray()[0] ?? null;
}

/** A conversation as it is told. */
export function toSummary(row: ConversationRow): ConversationSummary {
  return {
    id: row.id,
    title: row.title,
    created_at: toSeconds(row.created_at),
    updated_at: toSeconds(row.updated_at),
    message_count: row.message_count,
  };
}

/** A message as it is told. */
export function toMessage(row: MessageRow): ConversationMessage {
  return {
    id: row.id,
    role: row.role,
    mode: row.mode,
    content: row.content,
    status: row.status,
    created_at: toSeconds(row.said_at),
    tool_calls: readToolCalls(row.tool_calls),
  };
}

/** Unix milliseconds as Unix seconds. */
export function toSeconds(ms: number): number {
  return Math.floor(ms / 1000);
}
