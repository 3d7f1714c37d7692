/** What the gateway says about the connection itself: read here, and told to nobody else. */
import { number, record, text, type Fields } from './fields.ts';

/** Whether nothing is missing, or some could not be kept, or the gateway itself was gone. */
export type Continuity = 'complete' | 'restored';

export type LinkWord =
  /** A call begins, or its credential was renewed; each brings a token to come back with. */
  | {
      readonly type: 'gateway.session';
      readonly sessionId: string;
      readonly conversationId: string;
      readonly token: string;
    }
  /** First frame after a return: so many of ours have arrived, and the next token. */
  | {
      readonly type: 'gateway.resumed';
      readonly continuity: Continuity;
      readonly received: number;
      readonly token: string;
    }
  | { readonly type: 'gateway.pong' }
  /** Another gateway takes over: go, and come back after about so long, in milliseconds. */
  | { readonly type: 'gateway.drain'; readonly afterMs: number }
  | { readonly type: 'session.created' }
  | { readonly type: 'error'; readonly code: string };

const readers: Readonly<Record<string, (fields: Fields) => LinkWord>> = {
  'gateway.session': (fields) => ({
    type: 'gateway.session',
    sessionId: text(fields, 'session_id'),
    conversationId: text(fields, 'conversation_id'),
    token: text(fields, 'resume_token'),
  }),
  'gateway.resumed': (fields) => ({
    type: 'gateway.resumed',
    continuity: text(fields, 'continuity') === 'restored' ? 'restored' : 'complete',
    received: number(fields, 'received'),
    token: text(fields, 'resume_token'),
  }),
  'gateway.pong': () => ({ type: 'gateway.pong' }),
  'gateway.drain': (fields) => ({ type: 'gateway.drain', afterMs: Math.max(0, number(fields, 'after_ms')) }),
  'session.created': () => ({ type: 'session.created' }),
  error: ({ error }) => ({ type: 'error', code: text(record(error), 'code') }),
};

/** Reads a word about the connection; null for any other. */
export function readLinkWord(fields: Fields): LinkWord | null {
  const type = text(fields, 'type');
  return Object.hasOwn(readers, type) ? (readers[type]?.(fields) ?? null) : null;
}
