/** What a chat's socket carries through the sleep of its object. */
import type { LimitOverrides } from '../identity/user.ts';
import type { ChatState } from './chat-state.ts';
import type { SessionUse } from './meter.ts';
import type { SessionClock } from './session-clock.ts';
import type { FrameCount } from './session-record.ts';

/** The platform takes 16 KiB of it; this is far below 2. */
export interface ChatAttachment {
  /** Another version of this code may not understand it. */
  readonly version: 1;
  readonly sessionId: string;
  readonly startedAt: number;
  /** What the token says of its user's limits. */
  readonly overrides: LimitOverrides;
  readonly clock: Pick<SessionClock, 'longestAt' | 'credentialAt' | 'activeAt' | 'announced'>;
  readonly state: ChatState;
  readonly use: SessionUse;
  readonly count: FrameCount;
  /** The page behind it carries out tools. */
  readonly runsTools: boolean;
}

/** Attaches what is to be known again. It is no write to the disk, and holds nothing back. */
export function attach(socket: WebSocket, attachment: ChatAttachment): void {
  socket.serializeAttachment(attachment);
}

/** What is attached to a socket; null when another version of this code wrote it. */
export function attachedTo(socket: WebSocket): ChatAttachment | null {
  const attached: Partial<ChatAttachment> | null = socket.deserializeAttachment();
  return attached?.version === 1 ? socket.deserializeAttachment() : null;
}
