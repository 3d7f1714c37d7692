/** What a call by WebRTC tells and needs. */
import type { ClientEvent } from '../client-events.ts';
import type { GatewayListener } from '../gateway-listener.ts';
import type { Ended } from '../gateway-place.ts';
import type { Link } from '../link.ts';
import type { ServerEvent } from '../server-events.ts';
import type { Answered, Refused } from './call-door.ts';
import type { ConnectionListener, PeerConnection } from './peer-connection.ts';

/** Exactly one of `onRefused`, `onOver` and `onUnfit` is the last of all. */
export interface PeerListener extends Pick<GatewayListener, 'onEvent' | 'onAway' | 'onBack'> {
  onLevel(level: number): void;
  /** The door says no to the person. */
  onRefused(refusal: Refused): void;
  /** The far end has hung up. */
  onOver(over: Over): void;
  /** This way does not carry, or no more: another has to. */
  onUnfit(unfit: Unfit): void;
}

/** A call that has ended. */
export interface Over {
  /** Where another would go on; null: nowhere. */
  readonly conversationId: string | null;
  /** How, and why; null: nobody told. */
  readonly ended: Ended | null;
  readonly hasLostWords: boolean;
  /** What did not go up any more. */
  readonly unsent: readonly ClientEvent[];
}

/** A call that needs another way. */
export interface Unfit {
  /** Null where none was begun. */
  readonly conversationId: string | null;
  /** It was open: somebody is in the middle of it. */
  readonly wasOpen: boolean;
  /** Some of what was written went up, and nobody knows whether it arrived. */
  readonly hasLostWords: boolean;
  /** What did not go up any more. */
  readonly unsent: readonly ClientEvent[];
}

/** The world, for tests to be another. */
export interface PeerMeans {
  readonly connect: (listener: ConnectionListener) => PeerConnection;
  readonly post: (sdp: string, conversationId: string | null) => Promise<Answered>;
  readonly hangUp: (place: string) => Promise<void>;
  /** Opens the socket beside a call, by its id. */
  readonly openBeside: (call: string, listener: GatewayListener) => Link;
  readonly read: (frame: string) => ServerEvent | null;
  readonly isRemembered: (event: ServerEvent) => boolean;
}
