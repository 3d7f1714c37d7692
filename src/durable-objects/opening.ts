import type { User } from '../identity/user.ts';
import {
  CHAT_SUBPROTOCOL,
  REALTIME_SUBPROTOCOL,
  VOICE_SUBPROTOCOL,
  type Lane,
  type Wire,
} from '../protocol/subprotocols.ts';

/** What the door hands to a user's object when it opens a session: only what was decided there, nothing of the client's. */
export type Opening = CallOpening | BesideOpening | ChatOpening;

/** A call is to be opened. */
export interface CallOpening extends Entry {
  readonly mode: 'voice';
  readonly lane: Lane;
  readonly wire: Wire;
  /** The client dialled us as it would dial Azure, whose answer it waits for; and the model it named, if it did. */
  readonly dropIn: { readonly model: string | null } | null;
  /** The call to come back to; null opens one. */
  readonly resume: Resume | null;
  /** Whether the client wants to see the tools at work that run here. */
  readonly isTraced: boolean;
}

/** A socket beside the sound of a call by WebRTC. */
export interface BesideOpening extends Entry {
  readonly mode: 'beside';
  readonly sessionId: string;
  readonly isTraced: boolean;
}

/** What a browser shows that was lost and comes back. */
export interface Resume {
  /** SHA-256 of its token, hexadecimal: the token itself goes no further than the door. */
  readonly hash: string;
  /** How many frames of the call it got. */
  readonly received: number;
}

/** A call that was lost is to go on. */
export type Return = CallOpening & { readonly resume: Resume };

/** A chat is to be opened. */
export interface ChatOpening extends Entry {
  readonly mode: 'text';
}

/** What calls and chats are opened with. */
interface Entry {
  /** The subprotocol to answer with; null when the client offered none of ours. */
  readonly subprotocol: string | null;
  readonly proof: Proof;
  /** The conversation to continue; null begins one. */
  readonly conversationId: string | null;
}

/** Why this session may be opened. */
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
): CallOpening {
  if (offered.includes(VOICE_SUBPROTOCOL)) {
    const subprotocol = VOICE_SUBPROTOCOL;
    return { ...ordinary, lane: 'binary', subprotocol, proof, conversationId };
  }
  const subprotocol = offered.includes(REALTIME_SUBPROTOCOL) ? REALTIME_SUBPROTOCOL : null;
  return { ...ordinary, lane: 'json', subprotocol, proof, conversationId };
}

const ordinary = { mode: 'voice', wire: 'ga', dropIn: null, resume: null, isTraced: false } as const;

/** A call whose sound passes us by. */
export function rtcOpeningFor(proof: Proof, conversationId: string | null): CallOpening {
  return { ...ordinary, lane: 'webrtc', subprotocol: null, proof, conversationId };
}

/** A call of a client that believes us to be Azure: everything is JSON, whatever it offers. */
export function dropInFor(
  { wire, model }: { readonly wire: Wire; readonly model: string | null },
  offered: readonly string[],
  { proof, conversationId }: Pick<Entry, 'proof' | 'conversationId'>,
): CallOpening {
  const opening = openingFor(
    offered.filter((word) => word !== VOICE_SUBPROTOCOL),
    proof,
    conversationId,
  );
  return { ...opening, wire, dropIn: { model } };
}

/** A chat, for a client that offers these subprotocols. */
export function chatOpeningFor(
  offered: readonly string[],
  proof: Proof,
  conversationId: string | null = null,
): ChatOpening {
  const subprotocol = offered.includes(CHAT_SUBPROTOCOL) ? CHAT_SUBPROTOCOL : null;
  return { mode: 'text', subprotocol, proof, conversationId };
}

/** A socket beside the sound of a call. */
export function besideOpeningFor(
  { sessionId, isTraced }: Pick<BesideOpening, 'sessionId' | 'isTraced'>,
  proof: Proof,
): BesideOpening {
  return { mode: 'beside', sessionId, isTraced, subprotocol: VOICE_SUBPROTOCOL, proof, conversationId: null };
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
