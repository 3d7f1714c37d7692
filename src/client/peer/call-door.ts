/** Calls by WebRTC at the door: an offer is answered or refused, and a call is hung up. */
import { record, text } from '../fields.ts';

/** How an offer was received. */
export type Answered =
  | {
      readonly name: 'answered';
      readonly sdp: string;
      /** Where the call is hung up. */
      readonly place: string;
      readonly conversationId: string;
    }
  | Refused
  /** It is about this way, or nobody answered: another way may do. */
  | { readonly name: 'failed' };

/** It is about the person: a socket would say the same. */
export interface Refused {
  readonly name: 'refused';
  readonly status: RefusalStatus;
  /** The stable code of the refusal. */
  readonly code: string;
  /** Null: nobody knows. */
  readonly waitSeconds: number | null;
}

/** What is refused for the person's sake, by status. */
export type RefusalStatus = 401 | 402 | 403 | 429;

/** As long as a socket may take for its first frame. */
const PATIENCE_MS = 15_000;

/** After so long the connection is closed without an answer. */
const HANG_UP_MS = 3000;

const forThePerson: readonly RefusalStatus[] = [401, 402, 403, 429];

/** Posts an offer; null begins a conversation. Never rejects. */
export async function postOffer(sdp: string, conversationId: string | null): Promise<Answered> {
  const inside = conversationId === null ? '' : `?conversation=${encodeURIComponent(conversationId)}`;
  try {
    const answer = await fetch(`/api/calls${inside}`, {
      method: 'POST',
      headers: { 'content-type': 'application/sdp' },
      credentials: 'same-origin',
      body: sdp,
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    return answer.status === 201 ? await readAnswer(answer) : await readRefusal(answer);
  } catch {
    return { name: 'failed' };
  }
}

/** Hangs up, even while the page is left. What does not arrive the far end notices by itself. */
export async function hangUp(place: string): Promise<void> {
  try {
    const signal = AbortSignal.timeout(HANG_UP_MS);
    await fetch(place, { method: 'DELETE', credentials: 'same-origin', keepalive: true, signal });
  } catch {
    // There is nobody to tell.
  }
}

async function readAnswer(answer: Response): Promise<Answered> {
  const place = answer.headers.get('location') ?? '';
  const conversationId = answer.headers.get('voxgate-conversation') ?? '';
  return { name: 'answered', sdp: await answer.text(), place, conversationId };
}

async function readRefusal(answer: Response): Promise<Answered> {
  const status = forThePerson.find((it) => it === answer.status);
  if (status === undefined) return { name: 'failed' };
  const body: unknown = await answer.json().catch(() => null);
  const seconds = Number.parseInt(answer.headers.get('retry-after') ?? '', 10);
  return {
    name: 'refused',
    status,
    code: text(record(body), 'code'),
    waitSeconds: Number.isNaN(seconds) ? null : seconds,
  };
}
