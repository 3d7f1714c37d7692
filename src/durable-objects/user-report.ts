import type { LiveSession } from './admission.ts';

/**
 * What a user's object tells its shard of the directory: everything there is to know, each time, so that a lost, late or
 * repeated report does no harm. Sent when a session opens, when one ends, when a response is paid for, and once a minute
 * while a session is open.
 */
export interface UserReport extends Person {
  /** Name of the user's object: 64 hexadecimal digits, an HMAC; its first two name the shard. */
  readonly object: string;
  /** Grows with every report of this object; an older one than the last is ignored. */
  readonly revision: number;
  readonly live: readonly LiveSession[];
  /** Sessions opened ever. */
  readonly sessionsOpened: number;
  readonly today: DaySpend;
}

/** What one user spent on one UTC day, absolute. */
export interface DaySpend {
  /** `2026-11-25` */
  readonly day: string;
  readonly tokens: number;
  readonly usd: number;
  readonly voiceSeconds: number;
}

/** Who a user is, to administrators. */
export interface Person {
  readonly subject: string;
  readonly isGuest: boolean;
}
