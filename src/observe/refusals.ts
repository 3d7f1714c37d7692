/** What was refused, counted. Every one is measured; the log is told the 1st, 2nd, 4th, 8th, … of a minute. */
import { log } from './log.ts';
import { measure } from './measure.ts';
import { isWorthTelling, Tally } from './tally.ts';

const refusals = new Tally();
const limits = new Tally();

/** A refusal of the door: its stable code, and the status it was answered with. */
export interface Refusal {
  readonly code: string;
  readonly status: number;
}

/** Counts an answer that let somebody not in: `door.refused`, with how many of this code the minute has seen. */
export function countRefusal(env: object, refusal: Refusal, now = Date.now()): void {
  measure(env, 'door.refused', refusal);
  const count = refusals.add(refusal.code, now);
  if (isWorthTelling(count)) log('door.refused', { ...refusal, count });
}

/** A limit that somebody ran into: its stable code, and whose it was, as the log may name them. */
export interface LimitHit {
  readonly code: string;
  readonly user: string;
  readonly session?: string;
}

/** Counts a limit that was hit: `limit.hit`, with how many of this code the minute has seen, of any user. */
export function countLimit(env: object, hit: LimitHit, now = Date.now()): void {
  measure(env, 'limit.hit', hit);
  const count = limits.add(hit.code, now);
  if (isWorthTelling(count)) log('limit.hit', { ...hit, count });
}

/** Tells the operator why nothing is served: `door.misconfigured`, with how many requests of the minute met it. */
export function countMisconfigured(problems: readonly string[], now = Date.now()): void {
  const count = refusals.add('not_configured', now);
  if (isWorthTelling(count)) log('door.misconfigured', { problems, count });
}
