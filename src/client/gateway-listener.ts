/** What the way to the gateway tells and needs. */
import type { dialGateway } from './gateway-socket.ts';
import type { Lost, SavedOutbox } from './outbox.ts';
import type { Way } from './reconnect.ts';
import type { ServerEvent } from './server-events.ts';
import type { SignIn } from './sign-in.ts';

/** What comes down, and what becomes of the way. `onSilence`: the first frame is overdue. `onClose` is the last of all. */
export interface GatewayListener {
  onEvent(event: ServerEvent): void;
  onSound(pcm: ArrayBuffer): void;
  /** Sound was dropped because the network did not take it; told once until it flows again. */
  onDropped(): void;
  onSilence(): void;
  /** The socket is lost, and will be come back from. `isDrained`: the gateway has told that it goes. */
  onAway(code: number, reason: string, isDrained?: boolean): void;
  /** The call goes on, as it is or by another one in its conversation; some may be lost. */
  onBack(way: Way, lost: Lost): void;
  /** The door does not let in any more. */
  onRefused(refusal: Extract<SignIn, { name: 'refused' }>): void;
  onClose(code: number, reason: string): void;
}

/** What it takes to come back to a call. */
export interface Pass {
  readonly token: string;
  readonly sessionId: string;
  readonly conversationId: string;
  /** How many of its frames arrived. */
  readonly received: number;
}

/** A call as a page left it. */
export interface Left {
  /** When, in Unix milliseconds. */
  readonly at: number;
  readonly pass: Pass;
  readonly outbox: SavedOutbox;
}

/** The world, for tests to be another. */
export interface Means {
  readonly dial: typeof dialGateway;
  readonly signIn: () => Promise<SignIn>;
  readonly isOnline: () => boolean;
  readonly random: () => number;
}
