/**
 * The words of a chat, on `/ws/text` (subprotocol `voxgate.chat.v1`). JSON text both ways; who does not know a word
 * leaves it alone. Times are Unix seconds, ids are opaque.
 */
import type { DayCost } from './gateway-events.ts';

/** What a person or their program sends. */
export type ChatClientEvent = ChatMessage | ChatResume | ChatCancel | ChatToolResult | ChatAuth | ChatPing;

/**
 * Something written. `{"content"}` and `{"text"}` without a type, as older clients send it, are read as this. Without
 * `conversation_id` the socket's conversation goes on, and the first message of a socket starts a new one.
 */
export interface ChatMessage {
  readonly type: 'message';
  readonly content: string;
  readonly conversation_id?: string;
  /** The client's own id of the message, so that sending it again does not say it twice. At most 64 characters. */
  readonly id?: string;
  /** The last message of the person, to be taken back and written anew; what was answered to it goes with it. */
  readonly replaces?: string;
}

/**
 * Come back to a conversation: what was missed of the answer `message_id` after `received` UTF-16 units of it, and
 * everything from now on. Without `message_id`: the answer under way, from its beginning, if there is one.
 */
export interface ChatResume {
  readonly type: 'resume';
  readonly conversation_id: string;
  readonly message_id?: string;
  readonly received?: number;
}

/** Stop the answer under way. What came of it is kept. */
export interface ChatCancel {
  readonly type: 'cancel';
}

/** What a tool that runs at the client said. */
export interface ChatToolResult {
  readonly type: 'tool_result';
  readonly call_id: string;
  readonly output: unknown;
}

/** Renews who I am, as `gateway.auth` does in a call. */
export interface ChatAuth {
  readonly type: 'auth';
  readonly token: string;
}

/** Answered by `pong` without waking anybody: the text is exactly `{"type":"ping"}`. */
export interface ChatPing {
  readonly type: 'ping';
}

/** What comes down. Every event of an answer names its conversation and the answer's message. */
export type ChatServerEvent =
  | ChatConversation
  | ChatEcho
  | ChatDelta
  | ChatResponse
  | ChatToolCall
  | ChatToolOutcome
  | ChatUsage
  | ChatWarning
  | ChatError
  | { readonly type: 'pong' };

/** The conversation this socket is in: first when it starts or is joined, again when its title changes. */
export interface ChatConversation {
  readonly type: 'conversation';
  readonly conversation_id: string;
  readonly title: string;
  readonly created_at: number;
  readonly session_id: string;
}

/** A message of the person as it was kept: tells the sender its id, and their other tabs what was said. */
export interface ChatEcho {
  readonly type: 'message';
  readonly role: 'user';
  readonly content: string;
  readonly conversation_id: string;
  readonly message_id: string;
  /** The client's own id, when it gave one. */
  readonly id?: string;
  /** The message that this one took the place of. */
  readonly replaces?: string;
  readonly created_at: number;
}

/** The next piece of an answer. */
export interface ChatDelta {
  readonly type: 'text_delta';
  readonly content: string;
  readonly conversation_id: string;
  readonly message_id: string;
}

/** A whole answer, also one that was stopped or cut; it is kept as it stands here. */
export interface ChatResponse {
  readonly type: 'text_response';
  readonly content: string;
  readonly conversation_id: string;
  readonly message_id: string;
  readonly status: 'complete' | 'interrupted';
  /** Why it ended: as it wanted to, at its longest, by Azure's filter, by `cancel`, or because something broke. */
  readonly reason: 'stop' | 'length' | 'content_filter' | 'cancelled' | 'failed';
}

/** The model calls a tool. `runs`: where; `client` means you, and the answer waits for your `tool_result`. */
export interface ChatToolCall {
  readonly type: 'tool_call';
  readonly call_id: string;
  readonly name: string;
  readonly arguments: unknown;
  readonly runs: 'client' | 'server';
  readonly conversation_id: string;
  readonly message_id: string;
}

/** What a tool said, as the model reads it. */
export interface ChatToolOutcome {
  readonly type: 'tool_result';
  readonly call_id: string;
  readonly output: unknown;
  readonly is_error: boolean;
  readonly conversation_id: string;
  readonly message_id: string;
}

/** What the turn cost, and the day so far over all of this user's sessions; as `gateway.usage`. */
export interface ChatUsage extends DayCost {
  readonly type: 'usage';
}

/** Something to know that stops nothing: a budget nearly spent, the session near its end. */
export interface ChatWarning {
  readonly type: 'warning';
  readonly code: 'budget_80' | 'budget_95' | 'session_ending';
  readonly message: string;
  /** Unix seconds: when the day begins anew, or the session ends. */
  readonly at: number;
}

/** Something went wrong, in words; the socket stays unless a close follows. */
export interface ChatError {
  readonly type: 'error';
  readonly code: ChatErrorCode;
  readonly message: string;
  /** When it makes sense to try again. */
  readonly retry_after_seconds?: number;
  /** The client's own id of the message it is about, when it gave one. */
  readonly id?: string;
}

/** Every code of a chat's `error`. Those of calls mean the same here. */
export const chatErrorCodes = [
  'invalid_json',
  'invalid_event',
  'invalid_value',
  'missing_required_parameter',
  'message_too_long',
  'frame_too_big',
  'conversation_not_found',
  'message_not_found',
  'tool_call_not_found',
  'nothing_to_cancel',
  'busy',
  'content_filter',
  'too_many_refused_frames',
  'too_many_connections',
  'rate_limited',
  'budget_spent',
  'idle',
  'session_expired',
  'credential_expired',
  'invalid_credential',
  'ended_by_admin',
  'signed_out',
  'upstream_refused',
  'upstream_throttled',
  'upstream_lost',
  'upstream_unreachable',
  'internal',
] as const;

/** One of a chat's error codes. */
export type ChatErrorCode = (typeof chatErrorCodes)[number];
