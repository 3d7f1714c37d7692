/** How chats end, and what is said before: the endings of calls, in the words of a chat. Pure. */
import { chatErrorCodes, type ChatErrorCode, type ChatWarning } from '../protocol/chat-events.ts';
import { closeCodes, type CloseName } from '../protocol/close-codes.ts';
import type { GatewayWarning } from '../protocol/gateway-events.ts';
import type { ChatComplaint } from './chat-frame.ts';
import { afterLongest } from './endings.ts';
import type { Ending } from './relay-state.ts';

/** How a chat ends; the story in words, and what the close says. */
export interface ChatEnding {
  readonly as: CloseName;
  readonly complaint: ChatComplaint | null;
  readonly reason: string;
}

/** The ending of a session as a chat tells it. */
export function chatEnding(ending: Ending): ChatEnding {
  const { as, complaint, reason } = ending === afterLongest ? afterLongestChat : ending;
  return {
    as,
    complaint: complaint && { code: codeOf(complaint.code), message: complaint.message },
    reason: reason ?? reasonOf(as),
  };
}

/** What a close of a chat says by itself. */
export function reasonOf(as: CloseName): string {
  return as === 'over' ? 'The chat is over' : closeCodes[as].reason;
}

/** The end of a session that is near, as a chat tells it. */
export function chatWarning(warning: Extract<GatewayWarning, { code: 'session_ending' }>): ChatWarning {
  return {
    type: 'warning',
    code: 'session_ending',
    message: MESSAGES[warning.reason],
    at: warning.ends_at,
  };
}

const MESSAGES: Readonly<Record<'longest' | 'idle' | 'credential', string>> = {
  longest: 'This chat is near the longest time a chat may last.',
  credential: 'Your sign-in is about to run out; renew it with auth.',
  idle: 'This chat ends soon because nobody writes anything.',
};

const afterLongestChat: Ending = {
  as: 'over',
  complaint: { code: 'session_expired', message: 'This chat reached the longest time a chat may last.' },
};

/** A code that only calls know never ends a chat. */
function codeOf(code: string): ChatErrorCode {
  return chatErrorCodes.find((known) => known === code) ?? 'internal';
}
