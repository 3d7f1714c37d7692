import type { Answer } from '../azure/rtc.ts';
import type { Route } from '../azure/routes.ts';
import type { Ways } from './call-rules.ts';
import type { Found, Reached } from './dialer.ts';
import { pause } from './pause.ts';
import { Upstream } from './upstream.ts';
import type { Connection } from './upstreams.ts';

/** How long a sideband may be in coming, in milliseconds, tries and waits together: so long nobody looks on. */
export const ATTACH_MS = 4_000;

/** The wait before the second try, doubled with each. */
const FIRST_WAIT_MS = 100;

/** A WebRTC call as Azure knows it, and the way on which it was made. */
export interface RtcPlace {
  readonly callId: string;
  readonly route: Route;
}

/** What a line does with Azure. */
export interface LineHost {
  /** Has Azure answer the browser's offer. */
  readonly begin: (signal: AbortSignal) => Promise<Found<Answer>>;
  /** Notes the call, so that it is hung up whatever becomes of this object. */
  readonly note: (place: RtcPlace) => void;
  readonly attach: (place: RtcPlace, signal: AbortSignal) => Promise<Reached>;
  readonly hangUp: (place: RtcPlace) => void;
}

/**
 * The line of one WebRTC call: the call itself, which Azure has with the browser, and the sideband by which we look on.
 * No sideband, no call; and no end without a hang-up.
 */
export class Line implements Ways {
  readonly #host: LineHost;
  readonly #over = new AbortController();
  #place: RtcPlace | null = null;
  #answer: string | null = null;

  constructor(host: LineHost) {
    this.#host = host;
  }

  /** What the browser is answered, once Azure has; null before. */
  answer(): string | null {
    return this.#answer;
  }

  /** Has Azure answer the offer, and looks on. */
  async dial(): Promise<Connection> {
    const begun = await this.#host.begin(this.#over.signal);
    if (begun.outcome !== 'connected') return begun;
    const { callId, sdp } = begun.value;
    this.#place = { callId, route: begun.route };
    this.#host.note(this.#place);
    if (this.#over.signal.aborted) {
      // Ended while Azure answered.
      this.#host.hangUp(this.#place);
      return { outcome: 'unreachable', reason: 'aborted' };
    }
    this.#answer = sdp;
    return this.redial();
  }

  /** Looks on again: a few tries, quickly, since nobody does meanwhile. */
  async redial(): Promise<Connection> {
    const until = Date.now() + ATTACH_MS;
    for (let waitMs = FIRST_WAIT_MS; ; waitMs *= 2) {
      const reached = await this.#attach(until - Date.now());
      const isFinal = reached.outcome === 'refused' && [401, 403].includes(reached.status);
      if (reached.outcome === 'connected' || isFinal || Date.now() + waitMs >= until) return reached;
      await pause(waitMs, this.#over.signal);
      if (this.#over.signal.aborted) return reached;
    }
  }

  /** A call of WebRTC is one session of Azure's from its beginning to its end. */
  hasSpare(): boolean {
    return false;
  }

  spareFor(): null {
    return null;
  }

  close(): void {
    if (this.#over.signal.aborted) return;
    this.#over.abort();
    if (this.#place) this.#host.hangUp(this.#place);
  }

  async #attach(limitMs: number): Promise<Connection> {
    if (this.#place === null) return { outcome: 'unreachable', reason: 'aborted' };
    const { route } = this.#place;
    const cut = new AbortController();
    const stop = (): void => cut.abort();
    const timer = setTimeout(stop, limitMs);
    this.#over.signal.addEventListener('abort', stop);
    const reached = await this.#host.attach(this.#place, cut.signal);
    clearTimeout(timer);
    this.#over.signal.removeEventListener('abort', stop);
    if (reached.outcome === 'connected') {
      const upstream = new Upstream(reached.socket, route, cut);
      if (!this.#over.signal.aborted) return { outcome: 'connected', upstream, briefed: null };
      upstream.leave();
      return { outcome: 'unreachable', reason: 'aborted' };
    }
    const isLate = reached.outcome === 'unreachable' && cut.signal.aborted && !this.#over.signal.aborted;
    return isLate ? { outcome: 'unreachable', reason: 'timeout' } : reached;
  }
}
