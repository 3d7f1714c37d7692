/** What goes wrong in a chat, as sentences and the one thing to do. */
import { closeCodes } from '../../protocol/close-codes.ts';
import { writeWait } from '../notation.ts';
import type { Notice } from '../problems.ts';
import type { ChatWord } from './chat-words.ts';

type ChatComplaint = Extract<ChatWord, { type: 'error' }>;

/** What is over by itself, or was a race lost by milliseconds. */
const unsaid: ReadonlySet<string> = new Set([
  'nothing_to_cancel',
  'tool_call_not_found',
  'idle',
  'session_expired',
  'credential_expired',
  'invalid_credential',
]);

const sentences: Readonly<Record<string, string>> = {
  message_too_long: 'That message is too long. Make it shorter and send it again.',
  frame_too_big: 'That message is too long. Make it shorter and send it again.',
  conversation_not_found: 'This conversation was deleted. What you write now begins a new one.',
  message_not_found: 'Your last message was not answered. Try it again.',
  busy: 'Several of your messages wait for their answers. Send this one again after those.',
  content_filter: 'Azure’s content filter stopped this. Put it in other words.',
  budget_spent: "Today's allowance is used up. Come back when it starts anew.",
  too_many_connections:
    'As many calls and chats are open as you may have. Close one LATER and send it again.',
  rate_limited: 'You asked for a lot in a short time. Send it again LATER.',
  upstream_throttled: 'The assistant has too much to do. Try again LATER.',
  upstream_refused: 'The assistant takes no messages right now. Try again LATER.',
  upstream_lost: 'The assistant broke off. Try again LATER.',
  upstream_unreachable: 'The assistant cannot be reached. Try again LATER.',
  internal: 'Something went wrong on our side. Try again LATER.',
  ended_by_admin: 'Whoever runs this page ended the chat. Ask them before you go on.',
  signed_out: 'You signed out in another window. Send a message to sign in again.',
};

/** The sentence for an `error`; null when there is nothing worth telling. */
export function chatNotice({ code, message, retryAfterSeconds }: ChatComplaint): Notice | null {
  if (unsaid.has(code)) return null;
  const known = Object.hasOwn(sentences, code) ? sentences[code] : undefined;
  const sentence = known ?? message;
  return sentence === '' ? null : { text: withWait(sentence, retryAfterSeconds), remedy: 'none' };
}

/** The sentence for a close that is not followed by another try; null when it is over as it should be. */
export function chatEndNotice(code: number, reason: string, lastError: string): Notice | null {
  const seconds = /\d+/.exec(reason)?.[0];
  const retryAfterSeconds = seconds === undefined ? null : Number(seconds);
  const known = Object.hasOwn(sentences, lastError) ? lastError : byCloseCode[code];
  if (known === undefined) return null;
  return chatNotice({ type: 'error', code: known, message: '', retryAfterSeconds, id: '' });
}

/** The connection did not come back by itself. */
export const chatLost: Notice = {
  text: 'The connection was lost. What you wrote is still here.',
  remedy: 'reconnect',
};

const byCloseCode: Readonly<Record<number, string>> = {
  [closeCodes.tooBig.code]: 'frame_too_big',
  [closeCodes.unauthenticated.code]: 'signed_out',
  [closeCodes.budgetSpent.code]: 'budget_spent',
  [closeCodes.tooMany.code]: 'rate_limited',
  [closeCodes.upstreamFailed.code]: 'upstream_refused',
  [closeCodes.upstreamUnreachable.code]: 'upstream_unreachable',
};

/** Today's budget comes back tomorrow: its seconds are no wait that anybody sits out. */
function withWait(sentence: string, seconds: number | null): string {
  const wait = seconds === null ? 'in a little while' : `in ${writeWait(seconds * 1000)}`;
  return sentence.replace('LATER', wait);
}
