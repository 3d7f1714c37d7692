import type { User } from '../identity/user.ts';
import { REALTIME_SUBPROTOCOL, VOICE_SUBPROTOCOL, type Lane } from '../protocol/subprotocols.ts';

/** What the door hands to a user's object when it opens a call: only what was decided there, nothing of the client's. */
export interface Opening {
  readonly lane: Lane;
  /** The subprotocol to answer with; null when the client offered none of ours. */
  readonly subprotocol: string | null;
  readonly proof: Proof;
  /** The conversation to continue; null begins one. */
  readonly conversationId: string | null;
}

/** Why this call may be opened. */
export type Proof =
  /** The door knows the user. */
  | { readonly kind: 'user'; readonly user: User }
  /** The door knows that we made the ticket; whose it is, and whether it is still good, the object knows. */
  | { readonly kind: 'ticket'; readonly hash: string; readonly origin: string };

/** What a client asks for by the subprotocols it offers, in any order; a token among them is never answered. */
export function openingFor(
  offered: readonly string[],
  proof: Proof,
  conversationId: string | null = null,
): Opening {
  if (offered.includes(VOICE_SUBPROTOCOL)) {
    return { lane: 'binary', subprotocol: VOICE_SUBPROTOCOL, proof, conversationId };
  }
  const subprotocol = offered.includes(REALTIME_SUBPROTOCOL) ? REALTIME_SUBPROTOCOL : null;
  return { lane: 'json', subprotocol, proof, conversationId };
}

const OPENING_HEADER = 'voxgate-opening';

/** The request that carries an opening from the door to the object. */
export function openingRequest(opening: Opening): Request {
  const headers = new Headers({ Upgrade: 'websocket' });
  // A subject may have any letters; a header may not.
  headers.set(OPENING_HEADER, encodeURIComponent(JSON.stringify(opening)));
  return new Request('https://user.voxgate/voice', { headers });
}

/** Reads what `openingRequest` wrote: both run the same code, and nobody else can reach the object. */
export function readOpening(request: Request): Opening {
  return JSON.parse(decodeURIComponent(request.headers.get(OPENING_HEADER) ?? ''));
}
