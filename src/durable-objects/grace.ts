/** The time a call waits for a browser that was lost. */
export class Grace {
  #timer: ReturnType<typeof setTimeout> | null = null;
  #endsAt = 0;

  /** Waits for so many milliseconds; `onOver` is called when nobody came. */
  begin(ms: number, onOver: () => void): void {
    this.end();
    this.#timer = setTimeout(onOver, ms);
    this.#endsAt = Date.now() + ms;
  }

  /** Somebody came, or the call is over. */
  end(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  /** Whether a browser is waited for. */
  isOn(): boolean {
    return this.#timer !== null;
  }

  /** How long it is still waited for, in milliseconds; 0 when it is not. */
  leftMs(now: number): number {
    return this.isOn() ? Math.max(0, this.#endsAt - now) : 0;
  }
}
