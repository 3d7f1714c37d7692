/** Is Azure still there? Decided from three moments, so that no frame has to move a timer. */
import type { RelayState } from './relay.ts';

/** An upstream that owes an answer and is silent for this long counts as lost. */
export const SILENCE_MS = 10_000;

/** How often a call looks. */
export const WATCH_EVERY_MS = 2_500;

/** When Azure was last asked something it always answers, and when it last spoke; milliseconds, 0 for never. */
export interface Pulse {
  readonly askedAt: number;
  readonly heardAt: number;
}

/** True when Azure owes an answer and has been silent too long. A quiet call in which nobody speaks owes nothing. */
export function isStalled(state: RelayState, pulse: Pulse, now: number): boolean {
  const isUnanswered = pulse.askedAt > pulse.heardAt;
  const isAnswering = state.name === 'open' && state.answering > 0;
  const isOwing = state.name === 'configuring' || isUnanswered || isAnswering;
  return isOwing && now - Math.max(pulse.askedAt, pulse.heardAt) >= SILENCE_MS;
}
