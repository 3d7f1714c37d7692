import { GRACE_MS } from './endings.ts';

/** The time a call waits for a browser that was lost. */
export class Grace {
  #timer: ReturnType<typeof setTimeout> | null = null;
  /** Null: nobody is waited for. */
  #endsAt: number | null = null;

  /** Waits; `onOver` is called when nobody came. */
  begin(onOver: () => void): void {
    this.#timer = setTimeout(onOver, GRACE_MS);
    this.#endsAt = Date.now() + GRACE_MS;
  }

  /** The browser came. */
  end(): void {
    this.stop();
    this.#endsAt = null;
  }

  /** The call is over: nobody is called any more, and whoever comes in time still learns how it ended. */
  stop(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  /** Whether a browser is waited for. */
  isOn(): boolean {
    return this.#endsAt !== null;
  }

  /** How long it is still waited for, in milliseconds; 0 when it is not. */
  leftMs(now: number): number {
    return this.#endsAt === null ? 0 : Math.max(0, this.#endsAt - now);
  }
}
