/** Is this end ordinary? How each way of losing Azure, or the browser, is told to the other side. */
import type { Dialled } from '../azure/dial.ts';
import type { CloseName } from '../protocol/close-codes.ts';
import type { Complaint } from '../protocol/errors.ts';
import type { RelayState } from './relay-state.ts';

/** How a call ends, and the story in words when it is not an ordinary end. */
export interface Ending {
  readonly as: CloseName;
  readonly complaint: Complaint | null;
}

/** The ending when a dial came to nothing. Azure's own 401 is ours to answer for: the person did nothing wrong. */
export function afterDial(dialled: Exclude<Dialled, { outcome: 'connected' }>): Ending {
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
  };
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

const UNSENDABLE = new Set([1004, 1005, 1006, 1015]);

/** The code to answer a browser's close with: its own where it may be sent back, else 1000. */
export function answerTo(code: number): number {
  const isSendable = code >= 1000 && code <= 4999 && !UNSENDABLE.has(code);
  return isSendable ? code : 1000;
}
