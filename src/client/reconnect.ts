/**
 * Whether, when and how the page comes back to a call whose socket ended, as the table of close codes says. Pure.
 * An end that nobody documented, and none at all, is the network: the call waits for its browser, and is gone on with. Where
 * Azure broke or there was too much at once the call is over, and another one goes on in its conversation.
 */
import { comeBackAfter, closeCodes } from '../protocol/close-codes.ts';
import type { GatewayErrorCode } from '../protocol/errors.ts';
import { secondsIn } from './endings.ts';

/** So long the gateway waits for a browser that was lost, in milliseconds. */
export const GRACE_MS = 30_000;

/** So long a token is good when the gateway itself was gone, in milliseconds. */
export const TOKEN_MS = 10 * 60_000;

/** A call that breaks again sooner than this, in milliseconds, is on its way down still: its tries are counted on. */
export const STEADY_MS = 10_000;

/** So many calls in a row may break before the person is asked: each costs a request, and what Azure takes for it. */
export const CALLS_ANEW = 4;

/** The longest wait before the first return that has to wait, and before any; between them each is twice the one before. */
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 8000;

/** How long to wait where the gateway names no time. */
const DEFAULT_WAIT_SECONDS = 5;

/** What is known when a socket has ended, or could not be opened again. */
export interface Loss {
  /** How the socket closed; null when it only fell silent. */
  readonly code: number | null;
  readonly reason: string;
  /** The code of the last `error` event, or empty. */
  readonly lastError: string;
  /** The call stood, and gave a token to come back with. */
  readonly isTokenKnown: boolean;
  /** It is known to be over: only another one can go on. */
  readonly isOver: boolean;
  /** It is the answer to a return, which did not come about: the token was not used. */
  readonly isReturning: boolean;
  /** The page was loaded again: whoever used its token since did not do so by accident. */
  readonly isLoadedAgain: boolean;
  /** Returns that came to nothing, one behind the other. */
  readonly attempts: number;
  /** Since the call was lost, in milliseconds. */
  readonly lostForMs: number;
  /** What the browser says of its network. Where it says no, it may err. */
  readonly isOnline: boolean;
  /** From 0 to 1, another one each time: not everybody may come back at the same moment. */
  readonly random: number;
}

/** To the call as it is, or by another one in its conversation. */
export type Way = 'resume' | 'anew';

/** Why the page stays away. */
export type Why =
  /** Its end is one that the person is told of, and does something about or not. */
  | 'ended'
  /** It never stood: whoever started it is there to start it again. */
  | 'never-stood'
  /** Nobody waits any more. */
  | 'too-late'
  /** It has broken too often. */
  | 'too-often';

export type Return =
  | { readonly name: 'now'; readonly way: Way }
  | {
      readonly name: 'later';
      readonly way: Way;
      readonly waitMs: number;
      /** The gateway named the time: coming sooner is in vain, whatever becomes of the network. */
      readonly isFirm: boolean;
    }
  | { readonly name: 'never'; readonly why: Why };

/** What to do about a loss. */
export function comeBack(loss: Loss): Return {
  if (!loss.isTokenKnown) return never('never-stood');
  if (loss.code === null) return resume(loss);
  if (loss.code === closeCodes.takenOver.code && loss.lastError === RESUME_REFUSED) return afterRefusal(loss);
  // Nobody was there for long: a microphone is not opened to an empty room.
  if (loss.code === closeCodes.idle.code) return never('ended');
  switch (comeBackAfter(loss.code)) {
    case 'no':
    case 'sign-in':
    case 'when-reset':
      return never('ended');
    case 'at-once':
      return resume(loss);
    case 'with-backoff':
      return isOfAzure(loss.code) ? anew(loss, backoffMs(loss)) : resume(loss);
    case 'after-seconds': {
      const waitMs = (secondsIn(loss.reason) ?? DEFAULT_WAIT_SECONDS) * 1000;
      if (loss.lostForMs + waitMs > TOKEN_MS) return never('ended');
      // There is no room for the call just now; it waits on.
      if (loss.isReturning && !loss.isOver) return { name: 'later', way: 'resume', waitMs, isFirm: true };
      return anew(loss, waitMs, 'firm');
    }
  }
}

const RESUME_REFUSED: GatewayErrorCode = 'resume_refused';

/** How long to wait before the next try: anything up to a length that doubles, in milliseconds. */
export function backoffMs({ attempts, random }: Pick<Loss, 'attempts' | 'random'>): number {
  return Math.round(random * Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** attempts));
}

/** Who is offline for longer than the gateway waits has lost the call; a gateway that is gone may come back with it. */
function resume(loss: Loss): Return {
  if (loss.isOver) return anew(loss, backoffMs(loss));
  const isTooLate = loss.lostForMs >= (loss.isOnline ? TOKEN_MS : GRACE_MS);
  if (isTooLate) return never('too-late');
  if (loss.attempts === 0 && loss.isOnline) return { name: 'now', way: 'resume' };
  return { name: 'later', way: 'resume', waitMs: backoffMs(loss), isFirm: false };
}

/**
 * Within the grace it is the answer to a return that was lost, and the token with it. Later the call is over; whoever left
 * their machine does not find it listening again.
 */
function afterRefusal(loss: Loss): Return {
  if (loss.isLoadedAgain || loss.lostForMs >= GRACE_MS) return never('too-late');
  return loss.attempts < CALLS_ANEW ? { name: 'now', way: 'anew' } : never('too-often');
}

function anew({ attempts }: Loss, waitMs: number, how?: 'firm'): Return {
  if (attempts >= CALLS_ANEW) return never('too-often');
  return { name: 'later', way: 'anew', waitMs, isFirm: how === 'firm' };
}

function isOfAzure(code: number): boolean {
  return code === closeCodes.upstreamFailed.code || code === closeCodes.upstreamUnreachable.code;
}

function never(why: Why): Return {
  return { name: 'never', why };
}
