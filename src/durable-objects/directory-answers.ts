/** What a shard of the directory answers. Times in Unix milliseconds. */
import type { LiveSession } from './admission.ts';

/** An amount spent. */
export interface Spend {
  readonly tokens: number;
  readonly usd: number;
  readonly voiceSeconds: number;
}

/** The totals of one shard, or of several added up. */
export interface DirectoryStats {
  /** Now: sessions by mode, and how many users have one. */
  readonly live: { readonly voice: number; readonly text: number; readonly users: number };
  /** Ever, those who were forgotten included. */
  readonly allTime: { readonly sessions: number; readonly users: number };
  /** On the current UTC day. */
  readonly today: Spend;
}

/** Where a session stands in the order of all: by its user's object, then by its id. */
export interface SessionKey {
  readonly object: string;
  readonly sessionId: string;
}

/** A session that is open now, and whose it is. */
export interface ListedSession extends LiveSession {
  readonly object: string;
  readonly subject: string;
}

/** A user, and what they spent. They stand in the order of their objects' names. */
export interface ListedUser {
  readonly object: string;
  readonly subject: string;
  readonly isGuest: boolean;
  readonly liveSessions: number;
  readonly sessionsOpened: number;
  readonly today: Spend;
  readonly total: Spend;
  /** When their object last told of them. */
  readonly lastSeenAt: number;
}
