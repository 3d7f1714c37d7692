/** Where a call begins, or is gone on with. */
import { RESUME_SUBPROTOCOL, VOICE_SUBPROTOCOL } from '../protocol/subprotocols.ts';
import type { Left, Pass } from './gateway-listener.ts';
import type { SavedOutbox } from './outbox.ts';
import type { Way } from './reconnect.ts';

/** A call that was lost with the way it took: another one goes on in its conversation, new where that is empty. */
export interface Anew {
  readonly anewIn: string;
}

/** A conversation (null: a new one), a call as another page left it, or one that was lost. */
export type Place = string | null | Left | Anew;

/** What is known of a call when its first socket is dialled. */
export interface Beginning {
  readonly way: Way | 'open';
  readonly pass: Pass;
  /** Null: it is not lost, it begins. */
  readonly lostAt: number | null;
  /** What another page left. */
  readonly outbox: SavedOutbox | null;
}

/** The beginning at a place, `now` in Unix milliseconds. Pure. */
export function beginningAt(place: Place, now: number): Beginning {
  if (place === null || typeof place === 'string') {
    return { way: 'open', pass: passIn(place ?? ''), lostAt: null, outbox: null };
  }
  return 'pass' in place
    ? { way: 'resume', pass: place.pass, lostAt: place.at, outbox: place.outbox }
    : { way: 'anew', pass: passIn(place.anewIn), lostAt: now, outbox: null };
}

/** The socket to open: to come back to the call of this pass, of which so many frames were received, or (null) for one in its conversation. Pure. */
export function socketFor(
  { conversationId, token }: Pass,
  received: number | null,
): { readonly address: string; readonly protocols: readonly string[] } {
  if (received !== null) {
    const protocols = [VOICE_SUBPROTOCOL, `${RESUME_SUBPROTOCOL}${token}`];
    return { address: `${VOICE}?received=${received}&${TRACE}`, protocols };
  }
  const inside = conversationId === '' ? '' : `conversation=${encodeURIComponent(conversationId)}&`;
  return { address: `${VOICE}?${inside}${TRACE}`, protocols: [VOICE_SUBPROTOCOL] };
}

const VOICE = '/ws/voice';

/** Has tools told of that run in the gateway. */
const TRACE = 'trace=tools';

function passIn(conversationId: string): Pass {
  return { token: '', sessionId: '', conversationId, received: 0 };
}
