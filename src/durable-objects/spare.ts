import { parseEvent } from '../azure/wire.ts';
import type { Briefed, Briefing } from './briefing.ts';
import type { Upstream } from './upstream.ts';

/** A session of Azure's that is told everything ahead of time, and waits to take over. */
export class Spare {
  readonly upstream: Upstream;
  readonly #briefing: Briefing;
  readonly #onReady: () => void;
  #briefed: Briefed | null = null;
  /** Azure does not take the opening as it is: whoever takes this one over has to open it. */
  #isRefused = false;

  /** `onReady` is called once, when it may take over. */
  constructor(upstream: Upstream, briefing: Briefing, onReady: () => void) {
    this.upstream = upstream;
    this.#briefing = briefing;
    this.#onReady = onReady;
    upstream.listen({ hear: (frame) => this.#hear(frame), lose: () => {} });
    upstream.send(briefing.opening);
  }

  /** Whether it may take over. */
  isReady(): boolean {
    return this.upstream.isOpen() && (this.#briefed !== null || this.#isRefused);
  }

  /** What it was told; null: nothing that Azure took. */
  briefed(): Briefed | null {
    return this.#briefed;
  }

  #hear(frame: string | ArrayBuffer): void {
    if (this.#briefed !== null || this.#isRefused) return;
    const event = typeof frame === 'string' ? parseEvent(frame) : null;
    if (event?.type === 'error') this.#isRefused = true;
    if (event?.type === 'session.updated') {
      for (const said of this.#briefing.conversation) this.upstream.send(said);
      this.#briefed = { briefing: this.#briefing, updated: event };
    }
    if (this.isReady()) this.#onReady();
  }
}
