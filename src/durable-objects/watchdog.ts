/** Is Azure still there? Decided from what was asked and when, so that no frame has to move a timer. */
import type { RelayState } from './relay-state.ts';

/** An upstream that owes an answer and is silent for this long counts as lost. */
export const SILENCE_MS = 10_000;

/** How often a call looks. */
export const WATCH_EVERY_MS = 1_000;

/** Watches one session of Azure's after the other. Unix milliseconds. */
export class Watchdog {
  /** Whether Azure was asked something since it last spoke, and when it spoke or was first asked. */
  #isAsked = false;
  #lastAt = 0;

  /** Azure spoke, or another session of its begins, or there is none. */
  heard(now: number): void {
    this.#isAsked = false;
    this.#lastAt = now;
  }

  /** Azure was asked something. Only the first of several questions counts: asking again must not keep a dead one alive. */
  asked(now: number): void {
    if (!this.#isAsked) this.#lastAt = now;
    this.#isAsked = true;
  }

  /** True when Azure owes an answer and has been silent too long. A quiet call in which nobody speaks owes nothing. */
  isStalled(state: RelayState, now: number): boolean {
    const isAnswering = state.name === 'open' && (state.answering > 0 || state.isReplyOwed);
    if (state.name === 'dialling') return false;
    const isOwing = state.name === 'configuring' || isAnswering || this.#isAsked;
    return isOwing && now - this.#lastAt >= SILENCE_MS;
  }
}
