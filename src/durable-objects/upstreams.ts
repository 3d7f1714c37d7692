import type { Ways } from './call-rules.ts';
import type { Reached, Unreached } from './dialer.ts';
import { isAtEdge, renewalDue } from './azure-lost.ts';
import { pause } from './pause.ts';
import type { RelayState } from './relay-state.ts';
import { Upstream } from './upstream.ts';

/** What came of dialling for a call. */
export type Connection = { readonly outcome: 'connected'; readonly upstream: Upstream } | Unreached;

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
  #spare: Upstream | null = null;
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
    if (!this.#over.signal.aborted) return { outcome: 'connected', upstream };
    upstream.leave();
    return { outcome: 'unreachable', reason: 'aborted' };
  }

  /** Takes the spare, or dials until somebody answers, five times and 20 s at most. Never rejects. */
  async redial(): Promise<Connection> {
    const spare = this.takeSpare();
    if (spare) return { outcome: 'connected', upstream: spare };
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

  /** Dials ahead of time, once at a time; what fails is tried again when it is asked for again. */
  async prepare(): Promise<void> {
    if (this.#isPreparing || this.hasSpare()) return;
    this.#isPreparing = true;
    const reached = await this.dial(REDIAL_MS);
    this.#isPreparing = false;
    this.#spare?.leave();
    this.#spare = reached.outcome === 'connected' ? reached.upstream : null;
  }

  /** Whether there is a spare that is open. */
  hasSpare(): boolean {
    return this.#spare?.isOpen() === true;
  }

  /**
   * A session to take in the place of one that nears its end, at a turn's edge; null: not now. One is dialled when it is
   * time; `onReady` is called when it is there.
   */
  spareFor(state: RelayState, now: number, onReady: () => void): Upstream | null {
    const due = renewalDue(state, { now, chance: this.#chance });
    if (due === 'no') return null;
    if (this.hasSpare()) return isAtEdge(state, due) ? this.takeSpare() : null;
    void this.#prepareFor(onReady);
    return null;
  }

  async #prepareFor(onReady: () => void): Promise<void> {
    await this.prepare();
    if (this.hasSpare()) onReady();
  }

  /** Hands the spare over, when there is one that is open. */
  takeSpare(): Upstream | null {
    const spare = this.#spare;
    this.#spare = null;
    if (spare?.isOpen()) return spare;
    spare?.leave();
    return null;
  }

  /** The call is over: nobody is dialled any more, and no spare is kept. */
  close(): void {
    this.#over.abort();
    for (const hangUp of this.#dialling) hangUp.abort();
    this.#spare?.leave();
    this.#spare = null;
  }
}

/** Azure's word that dialling again changes nothing: not this key, not this name. Busy or broken, it may be well soon. */
function isFinal(reached: Connection): boolean {
  return reached.outcome === 'refused' && reached.status < 500 && ![408, 429].includes(reached.status);
}
