/** What a client that waits for Azure's own answer is told of a dial that came to nothing. Between object and door only. */
import type { Unreached } from './dialer.ts';
import { secondsOf } from './endings.ts';

/** Stands in an answer of the object's that tells of Azure; the status of one that does not is the object's own. */
const MARK = 'voxgate-azure';

/** Azure refused, with its status; or could not be reached, null. `retryAfterSeconds` null: it did not say. */
export interface DialRefusal {
  readonly status: number | null;
  /** It was there, and took too long. */
  readonly isLate: boolean;
  readonly retryAfterSeconds: number | null;
}

/** What there is to tell of a dial that came to nothing. */
export function dialRefusalOf(unreached: Unreached): DialRefusal {
  const retryAfterMs = unreached.outcome === 'unreachable' ? null : unreached.retryAfterMs;
  return {
    status: unreached.outcome === 'refused' ? unreached.status : null,
    isLate: unreached.outcome === 'unreachable' && unreached.reason === 'timeout',
    retryAfterSeconds: retryAfterMs === null ? null : secondsOf(retryAfterMs),
  };
}

/** The answer that tells the door. */
export function dialRefusal(unreached: Unreached): Response {
  const told = dialRefusalOf(unreached);
  return new Response(null, { status: 503, headers: { [MARK]: JSON.stringify(told) } });
}

/** What an object's answer tells of a dial; null when it tells nothing of it. */
export function readDialRefusal({ headers }: Response): DialRefusal | null {
  const told = headers.get(MARK);
  return told === null ? null : JSON.parse(told);
}
