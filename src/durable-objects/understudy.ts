import { parseEvent } from '../azure/wire.ts';
import type { Rehearsed, Script } from './script.ts';
import type { Upstream } from './upstream.ts';

/** A session of Azure's that is told everything ahead of time, and waits to take over. */
export class Understudy {
  readonly upstream: Upstream;
  readonly #script: Script;
  readonly #onReady: () => void;
  #rehearsed: Rehearsed | null = null;
  /** Azure does not take the opening as it is: whoever takes this one over has to open it. */
  #isRefused = false;

  /** `onReady` is called once, when it may take over. */
  constructor(upstream: Upstream, script: Script, onReady: () => void) {
    this.upstream = upstream;
    this.#script = script;
    this.#onReady = onReady;
    upstream.listen({ hear: (frame) => this.#hear(frame), lose: () => {} });
    upstream.send(script.opening);
  }

  /** Whether it may take over. */
  isReady(): boolean {
    return this.upstream.isOpen() && (this.#rehearsed !== null || this.#isRefused);
  }

  /** What it was told; null: nothing that Azure took. */
  rehearsed(): Rehearsed | null {
    return this.#rehearsed;
  }

  #hear(frame: string | ArrayBuffer): void {
    if (this.#rehearsed !== null || this.#isRefused) return;
    const event = typeof frame === 'string' ? parseEvent(frame) : null;
    if (event?.type === 'error') this.#isRefused = true;
    if (event?.type === 'session.updated') {
      for (const said of this.#script.conversation) this.upstream.send(said);
      this.#rehearsed = { script: this.#script, updated: event };
    }
    if (this.isReady()) this.#onReady();
  }
}
