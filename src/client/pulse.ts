/** Tells a network that is silent from one that is gone: asks only when nothing was heard, since asking is a request. */

/** How often it is looked at. */
const LOOK_MS = 1000;

/** Silence after which the gateway is asked whether it is there: at most eight times a minute. */
export const QUIET_MS = 8000;

/** How long it may take to answer. */
export const ANSWER_MS = 4000;

/** When the network has changed, so short a silence is asked about. */
const FRESH_MS = 1000;

export interface PulseListener {
  /** Asks; an answer is heard as anything else is. */
  ask(): void;
  /** Nobody answered. */
  lose(): void;
}

/** Belongs to one call; runs while a socket of it is up. */
export class Pulse {
  readonly #listener: PulseListener;
  #timer: ReturnType<typeof setInterval> | undefined;
  #heardAt = 0;
  /** Null: nobody was asked since something was heard. */
  #askedAt: number | null = null;

  constructor(listener: PulseListener) {
    this.#listener = listener;
  }

  start(): void {
    this.stop();
    this.heard();
    this.#timer = setInterval(() => this.#tick(), LOOK_MS);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** Something came. */
  heard(): void {
    this.#heardAt = Date.now();
    this.#askedAt = null;
  }

  /** When something came last, in Unix milliseconds. */
  heardAt(): number {
    return this.#heardAt;
  }

  /** Asks at once, unless something has just been heard. */
  look(): void {
    if (this.#askedAt !== null || Date.now() - this.#heardAt < FRESH_MS) return;
    this.#askedAt = Date.now();
    this.#listener.ask();
  }

  #tick(): void {
    const now = Date.now();
    if (this.#askedAt === null) {
      if (now - this.#heardAt >= QUIET_MS) this.look();
    } else if (now - this.#askedAt >= ANSWER_MS) this.#listener.lose();
  }
}
