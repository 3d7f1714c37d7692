/** Is Azure still there? Decided from what was asked and when, so that no frame has to move a timer. */
import type { RelayState } from './relay-state.ts';

/** An upstream that owes an answer and is silent for this long counts as lost. */
export const SILENCE_MS = 10_000;

/** How often a call looks. */
export const WATCH_EVERY_MS = 1_000;

/** Whether Azure was asked something since it last spoke, and when it spoke or was first asked, in milliseconds. */
export interface Pulse {
  readonly isAsked: boolean;
  readonly lastAt: number;
}

/** True when Azure owes an answer and has been silent too long. A quiet call in which nobody speaks owes nothing. */
export function isStalled(state: RelayState, pulse: Pulse, now: number): boolean {
  const isAnswering = state.name === 'open' && (state.answering > 0 || state.isReplyOwed);
  if (state.name === 'dialling') return false;
  const isOwing = state.name === 'configuring' || isAnswering || pulse.isAsked;
  return isOwing && now - pulse.lastAt >= SILENCE_MS;
}
