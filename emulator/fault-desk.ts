/** Where faults arrive: it hits what is open now, and keeps what waits for the next upgrade, request or response. */
import { type Fault, hitsSockets, type SocketFault, WaitingFaults } from './faults.ts';
import { Timers } from './timers.ts';

/** Something open that a fault can hit: a realtime socket, a chat answer under way. */
export interface Victim {
  /** Lets a fault happen, now. */
  suffer(fault: SocketFault): void;
  /** Goes on after a stall. */
  recover(): void;
}

/** The faults of one emulator. */
export class FaultDesk {
  /** In the order they opened. */
  readonly #open = new Set<Victim>();
  readonly #waiting = new WaitingFaults();
  #timers = new Timers();

  /** Puts something that opened within reach. Returns how it gets out again. */
  enter(victim: Victim): () => void {
    this.#open.add(victim);
    return () => void this.#open.delete(victim);
  }

  /** Lets a fault act, now or after its delay. */
  afflict(fault: Fault): void {
    const act = (): void => (hitsSockets(fault) ? this.#hit(fault) : this.#waiting.add(fault));
    if (fault.after_ms === 0) act();
    else this.#timers.after(fault.after_ms, act);
  }

  /** The status the next upgrade or chat request is refused with, or null. Uses the fault up. */
  takeRefusal(): number | null {
    return this.#waiting.takeRefusal();
  }

  /** Whether the next response or chat request meets a rate limit. Uses the fault up. */
  takeRateLimit(): boolean {
    return this.#waiting.takeRateLimit();
  }

  /** Forgets every fault that has not acted, and ends stalls. */
  clear(): void {
    this.#timers.clear();
    this.#timers = new Timers();
    this.#waiting.clear();
    for (const victim of this.#open) victim.recover();
  }

  /** Ends all timers, for good. */
  close(): void {
    this.#timers.clear();
  }

  #hit(fault: SocketFault): void {
    const newestFirst = [...this.#open].toReversed();
    for (const victim of newestFirst.slice(0, fault.count ?? Infinity)) victim.suffer(fault);
  }
}
