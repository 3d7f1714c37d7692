/** Two seconds of sound that the network has not taken: more would only be heard too late, so it is dropped. */
const MAX_BUFFERED_BYTES = 96_000;

/** Whether the way up takes no more sound. */
export class Clog {
  /** What came back at once may take longer to go up. */
  #burstBytes = 0;
  #isOn = false;
  readonly #onDropped: () => void;

  /** `onDropped` is told once until sound flows again. */
  constructor(onDropped: () => void) {
    this.#onDropped = onDropped;
  }

  /** So many bytes were sent at once. */
  burst(bytes: number): void {
    this.#burstBytes = bytes;
  }

  /** Whether it takes none while so many bytes wait. */
  isOn(waiting: number): boolean {
    const wasOn = this.#isOn;
    if (waiting <= MAX_BUFFERED_BYTES) this.#burstBytes = 0;
    this.#isOn = waiting > MAX_BUFFERED_BYTES + this.#burstBytes;
    if (this.#isOn && !wasOn) this.#onDropped();
    return this.#isOn;
  }
}
