import type { TimerName } from './actions.ts';

/** The clocks that the deciding half sets, by name. */
export class Timers {
  readonly #due: (name: TimerName) => void;
  readonly #set = new Map<TimerName, number>();

  constructor(due: (name: TimerName) => void) {
    this.#due = due;
  }

  /** Sets a clock; one that was set begins anew. */
  set(name: TimerName, ms: number): void {
    this.clear(name);
    const tell = (): void => {
      this.#set.delete(name);
      this.#due(name);
    };
    this.#set.set(name, window.setTimeout(tell, ms));
  }

  clear(name: TimerName): void {
    clearTimeout(this.#set.get(name));
    this.#set.delete(name);
  }
}
