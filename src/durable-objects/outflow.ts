/**
 * What goes down to a browser that does not keep up. As long as it does, nothing is held. What waits longer than sound is
 * worth waiting for is dropped: sound alone, never words. Knows no socket.
 */
import type { DownFrame } from './ring.ts';

/** More than this on its way, and frames wait here, where they can still be dropped: a second and a half of the fastest sound. */
export const MOST_PENDING_BYTES = 384 * 1024;

/** Sound that waited so long is dropped. */
export const STALE_MS = 3_000;

/** A reader is hopeless when nothing moved for so long, or when so many words wait, in UTF-16 units. */
export const HOPELESS_MS = 20_000;
export const HOPELESS_UNITS = 1024 * 1024;

/** How often it is looked at while frames wait, in milliseconds. */
export const FLOW_EVERY_MS = 100;

/** Where frames leave. */
export interface Exit {
  /** Bytes that were sent and have not left, as far as anybody knows. */
  readonly pendingBytes: () => number;
  readonly send: (frame: DownFrame) => void;
}

/** What came of a look. */
export interface Flow {
  /** Bytes of sound that were dropped since the last look. */
  readonly droppedBytes: number;
  readonly isHopeless: boolean;
}

interface Held {
  readonly frame: DownFrame;
  readonly isSound: boolean;
  readonly at: number;
}

/** Belongs to one call. Times in Unix milliseconds. */
export class Outflow {
  readonly #exit: Exit;
  #held: Held[] = [];
  #units = 0;
  #movedAt = 0;

  constructor(exit: Exit) {
    this.#exit = exit;
  }

  /** How many frames wait. */
  size(): number {
    return this.#held.length;
  }

  /** Whether frames wait. */
  isHolding(): boolean {
    return this.#held.length > 0;
  }

  /** Sends a frame, or has it wait behind others. Bytes may be written over afterwards. */
  push(frame: DownFrame, isSound: boolean, now: number): void {
    if (!this.isHolding()) {
      this.#movedAt = now;
      if (this.#exit.pendingBytes() <= MOST_PENDING_BYTES) return this.#exit.send(frame);
    }
    const kept = typeof frame === 'string' ? frame : frame.slice();
    this.#held.push({ frame: kept, isSound, at: now });
    if (!isSound) this.#units += frame.length;
  }

  /** Sends what there is room for, and drops the sound that waited too long. */
  look(now: number): Flow {
    let droppedBytes = 0;
    const fresh = this.#held.filter(({ frame, isSound, at }) => {
      const isStale = isSound && now - at > STALE_MS;
      if (isStale) droppedBytes += frame.length;
      return !isStale;
    });
    const sent = this.#sendSome(fresh, now);
    this.#held = fresh.slice(sent);
    const isStuck = this.isHolding() && now - this.#movedAt >= HOPELESS_MS;
    return { droppedBytes, isHopeless: isStuck || this.#units > HOPELESS_UNITS };
  }

  /** Everything that waits, in its order; nothing waits any more. */
  takeAll(): readonly DownFrame[] {
    const frames = this.#held.map(({ frame }) => frame);
    this.#held = [];
    this.#units = 0;
    return frames;
  }

  #sendSome(frames: readonly Held[], now: number): number {
    let sent = 0;
    for (const { frame, isSound } of frames) {
      if (this.#exit.pendingBytes() > MOST_PENDING_BYTES) return sent;
      this.#exit.send(frame);
      if (!isSound) this.#units -= frame.length;
      this.#movedAt = now;
      sent += 1;
    }
    return sent;
  }
}
