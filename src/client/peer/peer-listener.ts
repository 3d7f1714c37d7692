/** What a call by WebRTC tells and needs. */
import type { ClientEvent } from '../client-events.ts';
import type { GatewayListener } from '../gateway-listener.ts';
import type { ServerEvent } from '../server-events.ts';
import type { Answered, Refused } from './call-door.ts';
import type { ConnectionListener, PeerConnection } from './peer-connection.ts';
import type { Day } from './peer-cost.ts';

/** Exactly one of `onRefused`, `onOver` and `onUnfit` is the last of all. */
export interface PeerListener extends Pick<GatewayListener, 'onEvent' | 'onAway' | 'onBack'> {
  onLevel(level: number): void;
  /** The door says no to the person. */
  onRefused(refusal: Refused): void;
  /** The far end has hung up. */
  onOver(): void;
  /** This way does not carry, or no more: another has to. */
  onUnfit(unfit: Unfit): void;
}

/** A call that needs another way. */
export interface Unfit {
  /** Null where none was begun. */
  readonly conversationId: string | null;
  /** It was open: somebody is in the middle of it. */
  readonly wasOpen: boolean;
  /** What did not go up any more. */
  readonly unsent: readonly ClientEvent[];
}

/** The world, for tests to be another. */
export interface PeerMeans {
  readonly connect: (listener: ConnectionListener) => PeerConnection;
  readonly post: (sdp: string, conversationId: string | null) => Promise<Answered>;
  readonly hangUp: (place: string) => Promise<void>;
  readonly askForDay: () => Promise<Day | null>;
  readonly read: (frame: string) => ServerEvent | null;
}
