/** Timers that belong to one owner and die with it. */

/** Everything still to happen for one owner. After `clear()` nothing of it happens any more. */
export class Timers {
  readonly #pending = new Set<() => void>();
  #cleared = false;

  /** Calls `act` after `delayMs` (0: in the next turn of the event loop). Returns the undo. */
  after(delayMs: number, act: () => void): () => void {
    if (this.#cleared) return () => undefined;
    const fire = (): void => {
      this.#pending.delete(stop);
      act();
    };
    const stop = delayMs > 0 ? startTimeout(fire, delayMs) : startImmediate(fire);
    this.#pending.add(stop);
    return () => {
      this.#pending.delete(stop);
      stop();
    };
  }

  /** Resolves after `delayMs`. Never resolves when the timers are cleared first: whoever waits is gone as well. */
  sleep(delayMs: number): Promise<void> {
    return new Promise((resolve) => {
      this.after(delayMs, resolve);
    });
  }

  /** Ends everything, for good. */
  clear(): void {
    this.#cleared = true;
    for (const stop of this.#pending) stop();
    this.#pending.clear();
  }
}

function startTimeout(fire: () => void, delayMs: number): () => void {
  const handle = setTimeout(fire, delayMs);
  return () => clearTimeout(handle);
}

function startImmediate(fire: () => void): () => void {
  const handle = setImmediate(fire);
  return () => clearImmediate(handle);
}
