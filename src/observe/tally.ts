/** Counts what may come in floods, and says when it is worth a line. */

const MINUTE_MS = 60_000;

/** True for the counts that are told: 1, 2, 4, 8, … A flood of a million is 20 lines, and the last tells its size. */
export function isWorthTelling(count: number): boolean {
  return Number.isInteger(Math.log2(count));
}

/**
 * How often each key came in the running minute of the clock. One per isolate, and forgotten with it: good for a log, not
 * for a limit. Keys must come from a closed list; each minute begins with none.
 */
export class Tally {
  readonly #counts = new Map<string, number>();
  #minute = 0;

  /** Counts one more of `key`; returns how many there were in the minute of `now` (Unix milliseconds). */
  add(key: string, now: number): number {
    const minute = Math.floor(now / MINUTE_MS);
    if (minute !== this.#minute) this.#counts.clear();
    this.#minute = minute;
    const count = (this.#counts.get(key) ?? 0) + 1;
    this.#counts.set(key, count);
    return count;
  }
}
