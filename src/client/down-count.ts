/** How many frames of a call came down, and from where another page would have to hear them again. */

/** So long the gateway keeps what it said (60 s), less the time a return takes. In milliseconds. */
const REPLAY_MS = 50_000;

/** The gateway holds back what would be more than 640 KiB behind what it was told: half of that. */
const TELL_AFTER_BYTES = 320 * 1024;

/** Belongs to one call. */
export class DownCount {
  #count = 0;
  /** Everything before this is settled: shown, and heard to its end. */
  #settled = 0;
  #settledAt = 0;
  /** Bytes that came since the gateway was told how many frames had. */
  #untoldBytes = 0;

  /** One more has come. */
  add(frame: string | ArrayBuffer): void {
    this.#count += 1;
    this.#untoldBytes += typeof frame === 'string' ? frame.length : frame.byteLength;
  }

  /** Whether so much came that the gateway should know, lest it hold back the rest. */
  isToBeTold(): boolean {
    return this.#untoldBytes >= TELL_AFTER_BYTES;
  }

  /** How many came, for the gateway to know. */
  tell(): number {
    this.#untoldBytes = 0;
    return this.#count;
  }

  /** So many came so far; the gateway keeps nothing of what was before. */
  restart(count: number): void {
    this.#count = count;
    this.#settled = count;
    this.#settledAt = Date.now();
  }

  /** Nothing is under way of what came so far. */
  settle(): void {
    this.#settled = this.#count;
    this.#settledAt = Date.now();
  }

  value(): number {
    return this.#count;
  }

  /**
   * Where a page goes on that knows nothing of what is under way: before it, so that it comes again; when that is too long
   * ago, behind all that came.
   */
  forAnotherPage(): number {
    return Date.now() - this.#settledAt < REPLAY_MS ? this.#settled : this.#count;
  }
}
