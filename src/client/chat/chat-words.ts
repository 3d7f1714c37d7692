/** What comes down `/ws/text`: unknown in, typed out. Words the page has no use for are null. */
import type { GatewayUsage } from '../../protocol/gateway-events.ts';
import { type Fields, number, numberOrNull, parseFields, text } from '../fields.ts';
import { readUsage } from '../usage-words.ts';
import { readWarning, type Warning } from '../warnings.ts';

/** An event of a chat. Times in Unix seconds, as on the wire. */
export type ChatWord =
  | {
      readonly type: 'conversation';
      readonly conversationId: string;
      readonly title: string;
      readonly createdAt: number;
    }
  | {
      readonly type: 'message';
      readonly conversationId: string;
      readonly messageId: string;
      /** The page's own id of it, or empty: it was said elsewhere. */
      readonly id: string;
      readonly content: string;
      /** The message that it took the place of, or empty. */
      readonly replaces: string;
    }
  | ({ readonly type: 'text_delta'; readonly content: string } & OfAnswer)
  | ({ readonly type: 'text_response'; readonly content: string; readonly reason: Reason } & OfAnswer)
  | ({
      readonly type: 'tool_call';
      readonly callId: string;
      readonly name: string;
      readonly arguments: unknown;
      readonly isOurs: boolean;
    } & OfAnswer)
  | ({ readonly type: 'tool_result'; readonly callId: string; readonly isError: boolean } & OfAnswer)
  | { readonly type: 'usage'; readonly usage: GatewayUsage }
  | {
      readonly type: 'warning';
      readonly warning: Warning;
      /** It is about the end of the session. */
      readonly isEnd: boolean;
      /** Unix milliseconds. */
      readonly at: number;
    }
  | {
      readonly type: 'error';
      readonly code: string;
      readonly message: string;
      readonly retryAfterSeconds: number | null;
      /** The page's own id of the message it is about, or empty. */
      readonly id: string;
    };

/** Which answer of which conversation. */
export interface OfAnswer {
  readonly conversationId: string;
  readonly messageId: string;
}

/** Why an answer ended. */
export type Reason = 'stop' | 'length' | 'content_filter' | 'cancelled' | 'failed';

const reasons: readonly Reason[] = ['stop', 'length', 'content_filter', 'cancelled', 'failed'];

const readers: Readonly<Record<string, (fields: Fields) => ChatWord>> = {
  conversation: (fields) => ({
    type: 'conversation',
    conversationId: text(fields, 'conversation_id'),
    title: text(fields, 'title'),
    createdAt: number(fields, 'created_at'),
  }),
  message: (fields) => ({
    type: 'message',
    ...ofAnswer(fields),
    id: text(fields, 'id'),
    content: text(fields, 'content'),
    replaces: text(fields, 'replaces'),
  }),
  text_delta: (fields) => ({ type: 'text_delta', ...ofAnswer(fields), content: text(fields, 'content') }),
  text_response: (fields) => ({
    type: 'text_response',
    ...ofAnswer(fields),
    content: text(fields, 'content'),
    reason: reasons.find((reason) => reason === text(fields, 'reason')) ?? 'stop',
  }),
  tool_call: (fields) => ({
    type: 'tool_call',
    ...ofAnswer(fields),
    callId: text(fields, 'call_id'),
    name: text(fields, 'name'),
    arguments: fields['arguments'],
    isOurs: text(fields, 'runs') === 'client',
  }),
  tool_result: (fields) => ({
    type: 'tool_result',
    ...ofAnswer(fields),
    callId: text(fields, 'call_id'),
    isError: fields['is_error'] === true,
  }),
  usage: (fields) => ({ type: 'usage', usage: readUsage(fields) }),
  warning: (fields) => ({
    type: 'warning',
    warning: readChatWarning(fields),
    isEnd: text(fields, 'code') === 'session_ending',
    at: number(fields, 'at') * 1000,
  }),
  error: (fields) => ({
    type: 'error',
    code: text(fields, 'code'),
    message: text(fields, 'message'),
    retryAfterSeconds: numberOrNull(fields, 'retry_after_seconds'),
    id: text(fields, 'id'),
  }),
};

/** Reads one text frame. Null for what is no JSON, no event, or an event the page has no use for. */
export function parseChatWord(frame: string): ChatWord | null {
  const fields = parseFields(frame);
  const type = text(fields, 'type');
  return Object.hasOwn(readers, type) ? (readers[type]?.(fields) ?? null) : null;
}

function ofAnswer(fields: Fields): OfAnswer {
  return { conversationId: text(fields, 'conversation_id'), messageId: text(fields, 'message_id') };
}

/** At 95 % a call goes on in writing; a chat is in writing anyway. */
function readChatWarning(fields: Fields): Warning {
  const warning = readWarning(fields);
  const isNearlyAll = warning.code === 'budget_95';
  return isNearlyAll ? { code: 'other', message: "Nearly all of today's allowance is used." } : warning;
}
