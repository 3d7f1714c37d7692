/** How many frames of a call came down, and from where another page would have to hear them again. */

/** So long the gateway keeps what it said (60 s), less the time a return takes. In milliseconds. */
const REPLAY_MS = 50_000;

/** Belongs to one call. */
export class DownCount {
  #count = 0;
  /** Everything before this is settled: shown, and heard to its end. */
  #settled = 0;
  #settledAt = 0;

  /** One more has come. */
  add(): void {
    this.#count += 1;
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
