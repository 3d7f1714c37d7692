/** Where a call begins, or is gone on with. */
import { RESUME_SUBPROTOCOL, VOICE_SUBPROTOCOL } from '../protocol/subprotocols.ts';
import type { Left, Pass } from './gateway-listener.ts';
import type { SavedOutbox } from './outbox.ts';
import type { Way } from './reconnect.ts';

/** How a call ended, as its socket closed. */
export interface Ended {
  readonly code: number;
  readonly reason: string;
}

/** A call that was lost with the way it took: another one goes on in its conversation, new where that is empty. */
export interface Anew {
  readonly anewIn: string;
  /** How it ended, which decides whether and when; null: nobody knows. */
  readonly ended: Ended | null;
  /** Some of what was written went up, and nobody knows whether it arrived. */
  readonly hasLostWords: boolean;
}

/** A call by WebRTC, by its id: a socket beside its sound. */
export interface Beside {
  readonly beside: string;
}

/** A conversation (null: a new one), a call as another page left it, one that was lost, or one whose sound goes elsewhere. */
export type Place = string | null | Left | Anew | Beside;

/** What is known of a call when its first socket is dialled. */
export interface Beginning {
  readonly way: Way | 'open';
  readonly pass: Pass;
  /** Null: it is not lost, it begins. */
  readonly lostAt: number | null;
  /** What another page, or another way, left. */
  readonly outbox: SavedOutbox | null;
  /** The call that it is beside of; empty: it is the call's own way. */
  readonly beside: string;
  /** Null: it is not known to have ended. */
  readonly ended: Ended | null;
}

/** One frame of words that went up another way. */
const LOST_WORDS: SavedOutbox = { base: 0, given: 1, frames: [''] };

/** The beginning at a place, `now` in Unix milliseconds. Pure. */
export function beginningAt(place: Place, now: number): Beginning {
  const fresh = { outbox: null, beside: '', ended: null };
  if (place === null || typeof place === 'string') {
    return { ...fresh, way: 'open', pass: passIn(place ?? ''), lostAt: null };
  }
  if ('beside' in place)
    return { ...fresh, way: 'open', pass: passIn(''), lostAt: null, beside: place.beside };
  if ('pass' in place)
    return { ...fresh, way: 'resume', pass: place.pass, lostAt: place.at, outbox: place.outbox };
  const { anewIn, ended, hasLostWords } = place;
  const outbox = hasLostWords ? LOST_WORDS : null;
  return { ...fresh, way: 'anew', pass: passIn(anewIn), lostAt: now, outbox, ended };
}

/**
 * The socket to open: to come back to the call of this pass, of which so many frames were received, or (null) for one in its
 * conversation, or beside a call. Pure.
 */
export function socketFor(
  { conversationId, token }: Pass,
  received: number | null,
  beside: string = '',
): { readonly address: string; readonly protocols: readonly string[] } {
  if (received !== null) {
    const protocols = [VOICE_SUBPROTOCOL, `${RESUME_SUBPROTOCOL}${token}`];
    return { address: `${VOICE}?received=${received}&${TRACE}`, protocols };
  }
  if (beside !== '')
    return { address: `/ws/calls/${encodeURIComponent(beside)}?${TRACE}`, protocols: [VOICE_SUBPROTOCOL] };
  const inside = conversationId === '' ? '' : `conversation=${encodeURIComponent(conversationId)}&`;
  return { address: `${VOICE}?${inside}${TRACE}`, protocols: [VOICE_SUBPROTOCOL] };
}

const VOICE = '/ws/voice';

/** Has tools told of that run in the gateway. */
const TRACE = 'trace=tools';

function passIn(conversationId: string): Pass {
  return { token: '', sessionId: '', conversationId, received: 0 };
}
