/**
 * Why a call ended, as it is told to the person. The close code says what kind of end it was; the `error` event that came
 * before it tells it better, and the close reason names the seconds to wait.
 */
import { closeCodes } from '../protocol/close-codes.ts';
import type { GatewayErrorCode } from '../protocol/errors.ts';
import { writeTimeAhead, writeWait, type Clock } from './notation.ts';
import { inSeconds, problems, type Notice } from './problems.ts';

/** How the socket closed. */
export interface Closing {
  readonly code: number;
  readonly reason: string;
  /** The code of the last `error` event, or empty. */
  readonly lastError: string;
  /** Unix milliseconds. */
  readonly at: number;
}

type Teller = (closing: Closing, clock: Clock) => Notice;

const byCloseCode: Readonly<Record<number, Teller>> = {
  [closeCodes.goingAway.code]: () => problems.goingAway,
  [closeCodes.tooBig.code]: () => problems.tooBig,
  [closeCodes.notAllowed.code]: () => problems.notAllowed,
  [closeCodes.unauthenticated.code]: ({ reason }) =>
    reason === closeCodes.unauthenticated.reason ? problems.signedOut : problems.signInExpired,
  [closeCodes.budgetSpent.code]: tellBudget,
  [closeCodes.forbidden.code]: () => problems.refused,
  [closeCodes.idle.code]: () => problems.idle,
  [closeCodes.takenOver.code]: () => problems.takenOver,
  [closeCodes.tooMany.code]: ({ reason }) => inSeconds(problems.tooMany, secondsIn(reason)),
  [closeCodes.upstreamFailed.code]: () => problems.upstreamFailed,
  [closeCodes.upstreamUnreachable.code]: () => problems.upstreamUnreachable,
};

/** What an `error` event knows that its close code does not; each goes with one code only. */
const stories: Partial<Readonly<Record<GatewayErrorCode, { readonly code: number; readonly tell: Teller }>>> =
  {
    ended_by_admin: { code: closeCodes.over.code, tell: () => problems.endedByAdmin },
    session_expired: { code: closeCodes.over.code, tell: () => problems.longest },
    signed_out: { code: closeCodes.unauthenticated.code, tell: () => problems.signedOut },
    credential_expired: { code: closeCodes.unauthenticated.code, tell: () => problems.signInExpired },
    rate_limited: {
      code: closeCodes.tooMany.code,
      tell: ({ reason }) => inSeconds(problems.tooManyRequests, secondsIn(reason)),
    },
    resume_refused: { code: closeCodes.takenOver.code, tell: () => problems.waitedTooLong },
    too_many_connections: {
      code: closeCodes.tooMany.code,
      tell: ({ reason }) => tooManyCalls(secondsIn(reason)),
    },
  };

/** Errors that are followed by a close at once, which is when they are told. */
const endingErrors: ReadonlySet<string> = new Set<GatewayErrorCode>([
  'session_expired',
  'frame_too_big',
  'too_many_refused_frames',
  'too_many_connections',
  'rate_limited',
  'budget_spent',
  'idle',
  'credential_expired',
  'ended_by_admin',
  'signed_out',
  'taken_over',
  'resume_refused',
  'upstream_refused',
  'upstream_lost',
  'upstream_unreachable',
]);

/** Whether an `error` event only announces the close that follows it. */
export function announcesEnd(code: string): boolean {
  return endingErrors.has(code);
}

/** What the end of a running call means to the person; null when it is simply over. */
export function endingNotice(closing: Closing, clock: Clock = {}): Notice | null {
  const { code, lastError } = closing;
  const story = Object.entries(stories).find(([error, it]) => error === lastError && it.code === code)?.[1];
  if (story !== undefined) return story.tell(closing, clock);
  if (code === closeCodes.over.code) return null;
  return byCloseCode[code]?.(closing, clock) ?? problems.connectionLost;
}

/** Why the page comes back by itself only after a while; null where the status line says enough. */
export function waitingNotice({ code, reason, lastError }: Omit<Closing, 'at'>): Notice | null {
  const why = whyWaiting(code, lastError);
  if (why === null) return null;
  const seconds = secondsIn(reason);
  const when = seconds === null ? 'in a moment' : `in ${writeWait(seconds * 1000)}`;
  return { text: `${why} The call goes on ${when}.`, remedy: 'none' };
}

function whyWaiting(code: number, lastError: string): string | null {
  switch (code) {
    case closeCodes.tooMany.code:
      return lastError === 'too_many_connections'
        ? 'As many calls are open as you may have.'
        : 'You asked for a lot in a short time.';
    case closeCodes.upstreamFailed.code:
      return 'The assistant broke off.';
    case closeCodes.upstreamUnreachable.code:
      return 'The assistant cannot be reached.';
    default:
      return null;
  }
}

/** A call that was cut off still has its place for so long. */
function tooManyCalls(seconds: number | null): Notice {
  if (seconds === null) return problems.tooManyCalls;
  const wait = writeWait(seconds * 1000);
  const text = `As many calls are open as you may have. End one or wait ${wait}, then start again.`;
  return { text, remedy: problems.tooManyCalls.remedy };
}

/** Days are UTC; the person hears of theirs. */
function tellBudget({ reason, at }: Closing, clock: Clock): Notice {
  const seconds = secondsIn(reason);
  if (seconds === null) return problems.budgetSpent;
  const when = writeTimeAhead(at + seconds * 1000, at, clock);
  return { text: `Today's allowance is used up. Come back at ${when}, when it starts anew.`, remedy: 'none' };
}

/** The seconds that a close reason names, or null. */
export function secondsIn(reason: string): number | null {
  const digits = /\d+/.exec(reason)?.[0];
  return digits === undefined ? null : Number(digits);
}
