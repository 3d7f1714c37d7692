/** When a session ends by itself, and what is said before it does. Pure. Times in Unix milliseconds. */
import type { User } from '../identity/user.ts';
import type { GatewayWarning } from '../protocol/gateway-events.ts';
import type { Limits } from './configuration.ts';
import { afterExpiry, afterIdle, afterLongest } from './endings.ts';
import type { Ending } from './relay-state.ts';
import { WATCH_EVERY_MS } from './watchdog.ts';

/** The ends that a session runs towards. */
export interface SessionClock {
  /** The longest time a session may last. */
  readonly longestAt: number;
  /** When the credential runs out. */
  readonly credentialAt: number;
  readonly idleMs: number;
  /** When somebody was last known to be there. */
  readonly activeAt: number;
  /** The ends that were announced; each is once, until it moves away. */
  readonly announced: readonly EndReason[];
}

type EndReason = Extract<GatewayWarning, { code: 'session_ending' }>['reason'];

/** An end is announced so long before; of a session that is short anyhow, in its last tenth, or the look before the last. */
const AHEAD_MS: Readonly<Record<EndReason, number>> = {
  longest: 5 * 60_000,
  credential: 60_000,
  idle: 60_000,
};

/** A token that has just run out is let in for so long, and a session lasts as much longer: clocks differ. */
const CLOCK_TOLERANCE_MS = 5_000;

/** A clock of a session of this user's in which somebody is there now. `startedAt`: now, unless it began before. */
export function startClock(
  { user, limits, startedAt }: { readonly user: User; readonly limits: Limits; readonly startedAt: number },
  now: number,
): SessionClock {
  return {
    longestAt: startedAt + limits.sessionMinutes * 60_000,
    credentialAt: credentialEnd(user),
    idleMs: limits.idleMinutes * 60_000,
    activeAt: now,
    announced: [],
  };
}

/** Until when a session may go on with this user's credential. */
export function credentialEnd({ expiresAt: seconds }: User): number {
  return seconds * 1000 + CLOCK_TOLERANCE_MS;
}

/** The clock with somebody there. */
export function active(clock: SessionClock, now: number): SessionClock {
  return { ...clock, activeAt: now, announced: clock.announced.filter((reason) => reason !== 'idle') };
}

/** The clock with a credential that runs out later. */
export function renewed(clock: SessionClock, credentialAt: number): SessionClock {
  const announced = clock.announced.filter((reason) => reason !== 'credential');
  return { ...clock, credentialAt, announced };
}

/** When the session ends if nobody renews anything. */
export function expiresAt({ longestAt, credentialAt }: SessionClock): number {
  return Math.min(longestAt, credentialAt);
}

/** The ending that is due, or null. */
export function dueEnding(clock: SessionClock, now: number): Ending | null {
  if (now >= clock.credentialAt) return afterExpiry;
  if (now >= clock.longestAt) return afterLongest;
  return now - clock.activeAt >= clock.idleMs ? afterIdle : null;
}

/** When something is due next: an end, or the word that it is near. */
export function nextLookAt(clock: SessionClock, startedAt: number): number {
  const ends = endsOf(clock, startedAt);
  const dates = ends.map(({ reason, at, wholeMs }) =>
    clock.announced.includes(reason) ? at : at - aheadOf(reason, wholeMs),
  );
  return Math.min(...dates);
}

/** The ends that are near and were not announced, and the clock that knows they are now. `lastedMs`: the session so far. */
export function announceEnds(
  clock: SessionClock,
  { now, lastedMs }: { readonly now: number; readonly lastedMs: number },
): { clock: SessionClock; warnings: readonly GatewayWarning[] } {
  const near = endsOf(clock, now - lastedMs).filter(
    ({ reason, at, wholeMs }) => !clock.announced.includes(reason) && at - now <= aheadOf(reason, wholeMs),
  );
  if (near.length === 0) return { clock, warnings: [] };
  return {
    clock: { ...clock, announced: [...clock.announced, ...near.map(({ reason }) => reason)] },
    warnings: near.map(({ reason, at }) => ({
      type: 'gateway.warning',
      code: 'session_ending',
      message: MESSAGES[reason],
      reason,
      ends_at: Math.floor(at / 1000),
    })),
  };
}

function endsOf(
  { longestAt, credentialAt, activeAt, idleMs }: SessionClock,
  startedAt: number,
): readonly { readonly reason: EndReason; readonly at: number; readonly wholeMs: number }[] {
  return [
    { reason: 'longest', at: longestAt, wholeMs: longestAt - startedAt },
    { reason: 'credential', at: credentialAt, wholeMs: credentialAt - startedAt },
    { reason: 'idle', at: activeAt + idleMs, wholeMs: idleMs },
  ];
}

function aheadOf(reason: EndReason, wholeMs: number): number {
  return Math.min(AHEAD_MS[reason], Math.max(wholeMs / 10, 2 * WATCH_EVERY_MS));
}

const MESSAGES: Readonly<Record<EndReason, string>> = {
  longest: 'This call is near the longest time a call may last.',
  credential: 'Your sign-in is about to run out; renew it with gateway.auth.',
  idle: 'This call ends soon because nobody says anything.',
};
