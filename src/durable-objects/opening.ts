import { REALTIME_SUBPROTOCOL, VOICE_SUBPROTOCOL, type Lane } from '../protocol/subprotocols.ts';

/** What the door hands to a user's object when it opens a call: only what was decided there, nothing of the client's. */
export interface Opening {
  readonly lane: Lane;
  /** The subprotocol to answer with; null when the client offered none of ours. */
  readonly subprotocol: string | null;
}

/** What a client asks for by the subprotocols it offers, in any order; a token among them is never answered. */
export function openingFor(offered: readonly string[]): Opening {
  if (offered.includes(VOICE_SUBPROTOCOL)) return { lane: 'binary', subprotocol: VOICE_SUBPROTOCOL };
  const subprotocol = offered.includes(REALTIME_SUBPROTOCOL) ? REALTIME_SUBPROTOCOL : null;
  return { lane: 'json', subprotocol };
}

/** The request that carries an opening from the door to the object. */
export function openingRequest({ subprotocol }: Opening): Request {
  const headers = new Headers({ Upgrade: 'websocket' });
  if (subprotocol) headers.set('Sec-WebSocket-Protocol', subprotocol);
  return new Request('https://user.voxgate/voice', { headers });
}

/** Reads what `openingRequest` wrote. */
export function readOpening(request: Request): Opening {
  const subprotocol = request.headers.get('Sec-WebSocket-Protocol');
  return openingFor(subprotocol === null ? [] : [subprotocol]);
}
