/** A chat as the page knows it: its socket, what waits to go up, and the answer that is owed. */
import type { Notice } from '../problems.ts';
import type { ChatWord } from './chat-words.ts';

export interface Chat {
  readonly link: Link;
  /** Written, and not acknowledged yet; oldest first. */
  readonly outbox: readonly Outgoing[];
  readonly answer: Answer;
  /** The code of the last `error` on this socket, or empty: it tells why the socket closes, should it close now. */
  readonly lastError: string;
  /** What tools of this page have said, by call: a call that is told again is not carried out again. */
  readonly outputs: Readonly<Record<string, unknown>>;
}

/**
 * The socket. There is one only while somebody writes: `attempt` counts how often it was opened in vain; `waiting` opens it
 * again by itself, `lost` when the person asks for it or the network is back.
 */
export type Link =
  | { readonly name: 'closed' | 'open' | 'lost' }
  | { readonly name: 'opening' | 'waiting'; readonly attempt: number };

/** A message on its way up. `isSent`: on this very socket. */
export interface Outgoing {
  readonly id: string;
  readonly text: string;
  /** The message it takes the place of; empty: none. */
  readonly replaces: string;
  readonly isSent: boolean;
}

/** What the assistant owes. */
export type Answer =
  | { readonly name: 'none' }
  | { readonly name: 'awaited'; readonly questionId: string }
  | { readonly name: 'coming'; readonly messageId: string };

/** No chat. */
export const freshChat: Chat = {
  link: { name: 'closed' },
  outbox: [],
  answer: { name: 'none' },
  lastError: '',
  outputs: {},
};

/** What can happen to a chat. `at` in Unix milliseconds. */
export type ChatEvent =
  | { readonly type: 'opened' }
  | { readonly type: 'closed'; readonly code: number; readonly reason: string; readonly at: number }
  | { readonly type: 'refused'; readonly notice: Notice }
  | { readonly type: 'word'; readonly word: ChatWord }
  /** The wait is over, the person asks for it, or the network is back. */
  | { readonly type: 'reconnect' }
  | { readonly type: 'stop' }
  /** Have the last message answered anew, or send one that was not sent. `newId`: the page's id of what goes up. */
  | { readonly type: 'retry'; readonly id: string; readonly newId: string }
  | { readonly type: 'edit'; readonly id: string }
  | { readonly type: 'leave-edit' }
  | { readonly type: 'tool-ran'; readonly callId: string; readonly output: unknown };

/** What a chat asks of the acting half. */
export type ChatAction =
  | { readonly type: 'open' | 'close' | 'renew' }
  | { readonly type: 'send'; readonly event: ChatUp }
  | {
      readonly type: 'run-tool';
      readonly callId: string;
      readonly name: string;
      readonly arguments: unknown;
    };

/** What the page sends up. */
export type ChatUp =
  | {
      readonly type: 'message';
      readonly id: string;
      readonly content: string;
      readonly conversation_id?: string;
      readonly replaces?: string;
    }
  | {
      readonly type: 'resume';
      readonly conversation_id: string;
      readonly message_id?: string;
      readonly received?: number;
    }
  | { readonly type: 'cancel' }
  | { readonly type: 'tool_result'; readonly call_id: string; readonly output: unknown }
  | { readonly type: 'auth'; readonly token: string };

/** The word that the page hangs on: the value of `data-chat`. */
export type ChatPhase = 'idle' | 'connecting' | 'thinking' | 'writing' | 'reconnecting' | 'lost';

/** Which phase a chat is in. */
export function chatPhaseOf({ link, answer, outbox }: Chat): ChatPhase {
  const isOwed = answer.name !== 'none' || outbox.length > 0;
  if (link.name === 'waiting') return 'reconnecting';
  if (link.name === 'lost') return isOwed ? 'lost' : 'idle';
  if (link.name === 'opening') return link.attempt > 0 ? 'reconnecting' : 'connecting';
  if (answer.name === 'coming') return 'writing';
  return isOwed ? 'thinking' : 'idle';
}
