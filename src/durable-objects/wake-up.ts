/** One call to be made later; a new one takes the place of the last. */
export class WakeUp {
  readonly #rise: () => void;
  #timer: ReturnType<typeof setTimeout> | null = null;

  constructor(rise: () => void) {
    this.#rise = rise;
  }

  /** Calls in so many milliseconds; at once for 0. */
  in(ms: number): void {
    this.stop();
    if (ms === 0) this.#rise();
    else this.#timer = setTimeout(this.#rise, ms);
  }

  /** Calls no more. */
  stop(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }
}
