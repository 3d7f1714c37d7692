import type { Ways } from './call-rules.ts';
import type { Reached, Unreached } from './dialer.ts';
import { isAtEdge, renewalDue } from './azure-lost.ts';
import { pause } from './pause.ts';
import type { RelayState } from './relay-state.ts';
import { untold, type Briefed, type Briefing } from './briefing.ts';
import { Spare } from './spare.ts';
import { Upstream } from './upstream.ts';

/** What came of dialling for a call. */
export type Connection = Connected | Unreached;

/** A session, and what it was told ahead of time; null: nothing. */
export interface Connected {
  readonly outcome: 'connected';
  readonly upstream: Upstream;
  readonly briefed: Briefed | null;
}

/** How another session is made ready. */
export interface SpareHost {
  /** What it would have to be told at this moment. */
  readonly briefingNow: () => Briefing;
  readonly onReady: () => void;
}

/** Dials in the place of one upstream that was lost. */
export const MOST_DIALS = 5;

/** How long they may take, all together, in milliseconds; the person waits. */
export const REDIAL_MS = 20_000;

/** The longest wait before the second dial, doubled with each; the wait itself is any part of it, so that calls spread. */
const FIRST_WAIT_MS = 500;

/** Finds one call its ways to Azure: the first, another when that is lost, and one ahead of time. */
export class Upstreams implements Ways {
  readonly #dial: (signal: AbortSignal) => Promise<Reached>;
  readonly #over = new AbortController();
  readonly #dialling = new Set<AbortController>();
  #spare: Spare | null = null;
  /** Calls that began together do not renew together. */
  readonly #chance = Math.random();
  #isPreparing = false;

  constructor(dial: (signal: AbortSignal) => Promise<Reached>) {
    this.#dial = dial;
  }

  /** Dials once, for so many milliseconds at most; null: as long as its ways take. Never rejects; after `close` it connects to nobody. */
  async dial(limitMs: number | null = null): Promise<Connection> {
    const hangUp = new AbortController();
    this.#dialling.add(hangUp);
    if (this.#over.signal.aborted) hangUp.abort();
    const timer = limitMs === null ? null : setTimeout(() => hangUp.abort(), limitMs);
    const reached = await this.#dial(hangUp.signal);
    if (timer !== null) clearTimeout(timer);
    this.#dialling.delete(hangUp);
    if (reached.outcome !== 'connected') return reached;
    const upstream = new Upstream(reached.socket, reached.route, hangUp);
    if (!this.#over.signal.aborted) return { outcome: 'connected', upstream, briefed: null };
    upstream.leave();
    return { outcome: 'unreachable', reason: 'aborted' };
  }

  /** Takes the spare, or dials until somebody answers, five times and 20 s at most. Never rejects. */
  async redial(briefingNow: () => Briefing): Promise<Connection> {
    const spare = this.#takeSpare(briefingNow);
    if (spare) return spare;
    const until = Date.now() + REDIAL_MS;
    for (let dials = 1; ; dials += 1) {
      const reached = await this.dial(until - Date.now());
      if (reached.outcome === 'connected' || isFinal(reached) || dials === MOST_DIALS) return reached;
      const waitMs = Math.random() * FIRST_WAIT_MS * 2 ** dials;
      if (Date.now() + waitMs >= until) return reached;
      await pause(waitMs, this.#over.signal);
      if (this.#over.signal.aborted) return reached;
    }
  }

  /** Whether there is a spare that is open. */
  hasSpare(): boolean {
    return this.#spare?.upstream.isOpen() === true;
  }

  /**
   * A session to take in the place of one that nears its end, at a turn's edge; null: not now. One is dialled when it is
   * time, and told everything; `onReady` is called when it may take over.
   */
  spareFor(state: RelayState, now: number, { briefingNow, onReady }: SpareHost): Connected | null {
    const due = renewalDue(state, { now, chance: this.#chance });
    if (due === 'no') return null;
    if (this.hasSpare() && !(this.#spare?.isReady() === true && isAtEdge(state, due))) return null;
    const spare = this.#takeSpare(briefingNow);
    if (spare) return spare;
    void this.#prepare({ briefingNow, onReady });
    return null;
  }

  /** Dials ahead of time, once at a time; what fails is tried again when it is asked for again. */
  async #prepare({ briefingNow, onReady }: SpareHost): Promise<void> {
    if (this.#isPreparing) return;
    this.#isPreparing = true;
    const reached = await this.dial(REDIAL_MS);
    this.#isPreparing = false;
    if (reached.outcome === 'connected') this.#spare = new Spare(reached.upstream, briefingNow(), onReady);
  }

  /** Hands the spare over, when there is one that is open and knows nothing else than what it should. */
  #takeSpare(briefingNow: () => Briefing): Connected | null {
    const spare = this.#spare;
    this.#spare = null;
    if (spare === null) return null;
    const { upstream } = spare;
    const briefed = spare.briefed();
    const isGood = spare.isReady() && (briefed === null || untold(briefed, briefingNow()) !== null);
    if (isGood) return { outcome: 'connected', upstream, briefed };
    upstream.leave();
    return null;
  }

  /** The call is over: nobody is dialled any more, and no spare is kept. */
  close(): void {
    this.#over.abort();
    for (const hangUp of this.#dialling) hangUp.abort();
    this.#spare?.upstream.leave();
    this.#spare = null;
  }
}

/** Azure's word that dialling again changes nothing: not this key, not this name. Busy or broken, it may be well soon. */
function isFinal(reached: Connection): boolean {
  return reached.outcome === 'refused' && reached.status < 500 && ![408, 429].includes(reached.status);
}
