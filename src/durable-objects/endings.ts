/** Is this end ordinary? How each way of losing Azure, or the browser, is told to the other side. */
import { closeCodes, type CloseName } from '../protocol/close-codes.ts';
import type { GatewayErrorCode } from '../protocol/errors.ts';
import type { Unreached } from './dialer.ts';
import type { Ending, RelayState } from './relay-state.ts';

/** The ending when a dial came to nothing. Azure's own 401 is ours to answer for: the person did nothing wrong. */
export function afterDial(dialled: Unreached): Ending {
  if (dialled.outcome === 'resting') {
    const message = 'Azure has not been answering; it is left alone for a moment.';
    return {
      as: 'upstreamUnreachable',
      complaint: { code: 'upstream_unreachable', message },
      ...waiting('Azure unreachable', dialled.retryAfterMs),
    };
  }
  if (dialled.outcome === 'unreachable') {
    const message =
      dialled.reason === 'timeout' ? 'Azure did not answer in time.' : 'Azure could not be reached.';
    return { as: 'upstreamUnreachable', complaint: { code: 'upstream_unreachable', message } };
  }
  const why =
    dialled.status === 429 ? 'Azure is too busy for another call right now' : 'Azure refused the call';
  return {
    as: 'upstreamFailed',
    complaint: { code: 'upstream_refused', message: `${why} (${dialled.status}, ${dialled.code}).` },
    ...waiting('Azure is busy', dialled.status === 429 ? dialled.retryAfterMs : null),
  };
}

/** A close whose wait is known says it, as those of limits do. */
function waiting(why: string, ms: number | null): { readonly reason?: string } {
  return ms === null ? {} : { reason: `${why}, try again in ${secondsOf(ms)} seconds` };
}

/**
 * The ending when Azure closed its socket: 1000 and 1001 are its goodbyes, anything else is a loss; so is a goodbye
 * before the call was open.
 */
export function afterAzureClose(code: number, state: RelayState): Ending {
  if (code === 1000 && state.name === 'open') return { as: 'over', complaint: null };
  if (code === 1001) {
    return { as: 'goingAway', complaint: { code: 'session_expired', message: 'Azure ended the session.' } };
  }
  return {
    as: 'upstreamFailed',
    complaint: { code: 'upstream_lost', message: 'The connection to Azure was lost.' },
  };
}

/** So long a call waits for a browser that was lost. */
export const GRACE_MS = 30_000;

/** The ending when the browser is gone and nobody waits for it. */
export function afterBrowserClose(code: number): Ending {
  return { as: code === closeCodes.over.code ? 'over' : 'goingAway', complaint: null };
}

/** The ending when the browser was lost and did not come back. */
export const afterGrace: Ending = { as: 'goingAway', complaint: null };

/** What a socket is told whose call went on over another one. */
export const afterTakeOver: Ending = {
  as: 'takenOver',
  complaint: { code: 'taken_over', message: 'This call went on over another connection.' },
};

/**
 * The refusal of a browser that wants to come back and cannot. Its token was used, or is none, or its call is over, or what
 * it missed is not kept any more: nobody is told which.
 */
export const afterNothingToResume: Ending = {
  as: 'takenOver',
  complaint: {
    code: 'resume_refused',
    message:
      'There is no call to come back to with this. Open a new one; conversation= goes on where it was.',
    param: 'resume_token',
  },
  reason: 'Nothing to resume',
};

/** The ending when Azure owes an answer and says nothing. */
export const afterSilence: Ending = {
  as: 'upstreamFailed',
  complaint: { code: 'upstream_lost', message: 'Azure stopped answering.' },
};

/** The ending when the longest time a session may last is over. */
export const afterLongest: Ending = {
  as: 'over',
  complaint: { code: 'session_expired', message: 'This call reached the longest time a call may last.' },
};

/** The ending when the person signed out elsewhere. */
export const afterSignOut: Ending = {
  as: 'unauthenticated',
  complaint: { code: 'signed_out', message: 'You signed out.' },
};

/** The ending when nobody has said or typed anything for long. */
export const afterIdle: Ending = {
  as: 'idle',
  complaint: { code: 'idle', message: 'Nobody has said anything for long.' },
};

/** The ending when the credential ran out and was not renewed. */
export const afterExpiry: Ending = {
  as: 'unauthenticated',
  complaint: { code: 'credential_expired', message: 'Your sign-in ran out. Sign in again to go on.' },
  reason: 'Credential expired',
};

/** The ending of a call whose person hung up. */
export const afterHangUp: Ending = { as: 'over', complaint: null };

/** The ending when an administrator ended the session. */
export const afterAdmin: Ending = {
  as: 'over',
  complaint: { code: 'ended_by_admin', message: 'An administrator ended this session.' },
};

/** The ending, or the refusal, of a user who made too many requests; `waitMs` until the next one may be made. */
export function afterTooManyRequests(waitMs: number): Ending {
  return {
    as: 'tooMany',
    complaint: { code: 'rate_limited', message: 'Rate limit exceeded' },
    reason: `Rate limit exceeded, try again in ${secondsOf(waitMs)} seconds`,
  };
}

/** The refusal of one session more than a user may have; a place that was cut off is free after the grace. */
export const afterTooManyConnections: Ending = {
  as: 'tooMany',
  complaint: { code: 'too_many_connections', message: 'Max connections exceeded' },
  reason: 'Max connections exceeded, try again in 30 seconds',
};

/** The ending, or the refusal, of a user who has used up the day. Times in Unix milliseconds. */
export function afterBudget({ resetsAt, now }: { resetsAt: number; now: number }): Ending {
  const at = new Date(resetsAt).toISOString().replace('.000Z', 'Z');
  return {
    as: 'budgetSpent',
    complaint: {
      code: 'budget_spent',
      message: `Today's allowance is used up. It starts anew at ${at}.`,
    },
    reason: `Budget spent, try again in ${secondsOf(resetsAt - now)} seconds`,
  };
}

/** The limits that end a session, by the name of the end; no other end is one. */
export const limitOf: { readonly [as in CloseName]?: GatewayErrorCode } = {
  tooMany: 'rate_limited',
  budgetSpent: 'budget_spent',
  idle: 'idle',
  notAllowed: 'too_many_refused_frames',
  tooBig: 'frame_too_big',
};

/** Whole seconds, rounded up: nobody is told to come back too early. */
export function secondsOf(ms: number): number {
  return Math.max(1, Math.ceil(ms / 1000));
}

const UNSENDABLE = new Set([1004, 1005, 1006, 1015]);

/** The code to answer a browser's close with: its own where it may be sent back, else 1000. */
export function answerTo(code: number): number {
  const isSendable = code >= 1000 && code <= 4999 && !UNSENDABLE.has(code);
  return isSendable ? code : 1000;
}

/** The seconds that a reason tells to wait, where it is read by a program of ours; 1 when it tells none. */
export function waitSecondsOf({ reason = '' }: Ending): number {
  return Number(/ in (?<seconds>\d+) seconds$/.exec(reason)?.groups?.['seconds'] ?? 1);
}

/** Which limit lets nobody in. */
export function limitCodeOf({ complaint }: Ending): 'rate_limited' | 'too_many_connections' | 'budget_spent' {
  const code = complaint?.code;
  return code === 'too_many_connections' || code === 'budget_spent' ? code : 'rate_limited';
}
