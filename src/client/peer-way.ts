/** A call that goes by WebRTC, as one over a socket is told; where that does not carry, a socket is asked for. */
import { closeCodes } from '../protocol/close-codes.ts';
import type { ClientEvent } from './client-events.ts';
import { Gateway } from './gateway.ts';
import type { GatewayListener, Means } from './gateway-listener.ts';
import type { Place } from './gateway-place.ts';
import type { Link } from './link.ts';
import type { RefusalStatus, Refused } from './peer/call-door.ts';
import { isRemembered, parseServerEvent } from './server-events.ts';

export interface PeerWayListener extends GatewayListener {
  /** How loud the assistant is, RMS, linear. */
  onLevel(level: number): void;
  /** The way can be opened, at once and once. */
  onReady(open: () => Link): void;
  /** A socket has to do it, at this place; what did not go up any more goes first. */
  onUnfit(place: Place, unsent: readonly ClientEvent[]): void;
}

/** How a socket closes where an offer is refused for the person's sake. */
const closings: Readonly<Record<RefusalStatus, number>> = {
  401: closeCodes.unauthenticated.code,
  402: closeCodes.budgetSpent.code,
  403: closeCodes.forbidden.code,
  429: closeCodes.tooMany.code,
};

/** How a socket would have closed. Pure. */
export function closingOf({ status, waitSeconds }: Pick<Refused, 'status' | 'waitSeconds'>): {
  readonly code: number;
  readonly reason: string;
} {
  return { code: closings[status], reason: waitSeconds === null ? '' : `in ${waitSeconds} seconds` };
}

/** Fetches what it takes, and opens a call. Never rejects. */
export async function openByPeer(
  place: { readonly conversationId: string | null; readonly context: AudioContext | null },
  listener: PeerWayListener,
  means: Means,
): Promise<void> {
  const peer = await import('./peer/peer.ts').catch(() => null);
  if (peer === null) return listener.onUnfit(place.conversationId, []);
  listener.onReady(() =>
    peer.openPeer(
      place,
      {
        ...listener,
        onRefused(refusal) {
          const { code, reason } = closingOf(refusal);
          listener.onEvent({ type: 'error', code: refusal.code, message: '' });
          listener.onClose(code, reason);
        },
        onOver({ conversationId, ended, hasLostWords, unsent }) {
          // Whoever was ended, nobody knows why, must not be back in a second.
          if (ended === null) return listener.onClose(closeCodes.goingAway.code, '');
          listener.onUnfit({ anewIn: conversationId ?? '', ended, hasLostWords }, unsent);
        },
        onUnfit({ conversationId, wasOpen, hasLostWords, unsent }) {
          const anew = { anewIn: conversationId ?? '', ended: null, hasLostWords };
          listener.onUnfit(wasOpen ? anew : conversationId, unsent);
        },
      },
      {
        read: parseServerEvent,
        isRemembered,
        openBeside: (beside, heard) => new Gateway({ beside }, heard, means),
      },
    ),
  );
}
