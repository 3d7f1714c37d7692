/**
 * The frames that went down to a browser and may have to go again, numbered by counting. Bounded in bytes and in time: what
 * makes room is sound before words, and the oldest first. Knows no socket.
 */
import { durationMs } from '../protocol/audio-format.ts';

/** As much is kept of a call: forty seconds of sound, which comes faster than life. */
export const RING_BYTES = 2 * 1024 * 1024;

/** What is older is kept no longer: twice the time that a call waits for its browser. */
export const RING_MS = 60_000;

/** Sound is copied into buffers of this size, used again and again: fresh memory costs ten times what the copy does. */
const SLAB_BYTES = 64 * 1024;

/** What keeping a frame takes, beside the frame. */
const ENTRY_BYTES = 64;

/** A frame on its way down. */
export type DownFrame = string | Uint8Array;

/** What a browser missed: the frames that are there, and the sound that is not. */
export interface Missed {
  readonly frames: number;
  /** Milliseconds of sound that had to make room. */
  readonly lostMs: number;
}

interface Entry {
  readonly at: number;
  readonly bytes: number;
  /** Null: sound that had to make room. */
  frame: string | Piece | null;
}

/** Sound that was copied. */
interface Piece {
  readonly slab: Slab;
  readonly start: number;
}

/** A buffer that is filled from its beginning, and free when it has no piece left. */
interface Slab {
  readonly bytes: Uint8Array;
  filled: number;
  pieces: number;
}

/** Belongs to one call. Bytes handed to it may be written over afterwards. */
export class Ring {
  #entries: Entry[] = [];
  /** Where the oldest entry is, and where to look for the oldest sound. */
  #head = 0;
  #soundFrom = 0;
  /** The number of the oldest entry: how many frames went down before it. */
  #base: number;
  #bytes = 0;
  #slab = freshSlab(0);
  #free: Slab[] = [];

  /** `sent`: how many frames went down before all that is kept here. */
  constructor(sent = 0) {
    this.#base = sent;
  }

  /** How many frames went down so far. */
  sent(): number {
    return this.#base + this.#entries.length - this.#head;
  }

  /** Keeps a frame that goes down. Unix milliseconds. */
  keep(frame: DownFrame, now: number): void {
    const bytes = frame.length;
    this.#entries.push({ at: now, bytes, frame: typeof frame === 'string' ? frame : this.#copy(frame) });
    this.#bytes += bytes + ENTRY_BYTES;
    while (this.#isTooOld(now)) this.#forgetOldest();
    while (this.#bytes > RING_BYTES) if (!this.#dropOldestSound()) this.#forgetOldest();
  }

  /**
   * What goes down to a browser that got `received` frames: the announcement, then what it missed; from then on, counting
   * goes on as the browser counts. Null, and nothing is changed, when it cannot have got so many, or missed words that are
   * not kept any more.
   */
  resume(
    received: number,
    announce: (missed: Missed) => readonly string[],
    now: number,
  ): readonly DownFrame[] | null {
    if (received < this.#base || received > this.sent()) return null;
    const missed = this.#entries.slice(this.#head + received - this.#base);
    const kept = missed.filter(({ frame }) => frame !== null);
    const lostBytes = missed.reduce((sum, { frame, bytes }) => (frame === null ? sum + bytes : sum), 0);
    const announced = announce({ frames: kept.length, lostMs: durationMs(lostBytes) });
    const said = announced.map((frame) => ({ at: now, bytes: frame.length, frame }));
    this.#startOver(received, [...said, ...kept]);
    return this.#entries.map(frameOf);
  }

  #startOver(base: number, entries: Entry[]): void {
    this.#entries = entries;
    this.#base = base;
    this.#head = this.#soundFrom = 0;
    this.#bytes = entries.reduce((sum, { bytes }) => sum + bytes + ENTRY_BYTES, 0);
  }

  #copy(sound: Uint8Array): Piece {
    if (this.#slab.filled + sound.length > this.#slab.bytes.length) this.#slab = this.#roomFor(sound);
    const slab = this.#slab;
    const start = slab.filled;
    slab.bytes.set(sound, start);
    slab.filled += sound.length;
    slab.pieces += 1;
    return { slab, start };
  }

  #roomFor(sound: Uint8Array): Slab {
    if (sound.length > SLAB_BYTES) return freshSlab(sound.length);
    return this.#free.pop() ?? freshSlab(SLAB_BYTES);
  }

  /** A piece is kept no longer. */
  #release({ slab }: Piece): void {
    slab.pieces -= 1;
    if (slab.pieces > 0 || slab === this.#slab || slab.bytes.length > SLAB_BYTES) return;
    slab.filled = 0;
    this.#free.push(slab);
  }

  #isTooOld(now: number): boolean {
    const oldest = this.#entries[this.#head];
    return oldest !== undefined && now - oldest.at > RING_MS;
  }

  #dropOldestSound(): boolean {
    this.#soundFrom = Math.max(this.#soundFrom, this.#head);
    for (; this.#soundFrom < this.#entries.length; this.#soundFrom += 1) {
      const entry = this.#entries[this.#soundFrom];
      if (!entry || entry.frame === null || typeof entry.frame === 'string') continue;
      this.#release(entry.frame);
      entry.frame = null;
      this.#bytes -= entry.bytes;
      return true;
    }
    return false;
  }

  #forgetOldest(): void {
    const oldest = this.#entries[this.#head];
    if (!oldest) return;
    if (oldest.frame !== null && typeof oldest.frame !== 'string') this.#release(oldest.frame);
    this.#bytes -= ENTRY_BYTES + (oldest.frame === null ? 0 : oldest.bytes);
    this.#base += 1;
    this.#head += 1;
    // Half of it is past: moving the rest costs each frame one move, whenever it happens.
    if (this.#head * 2 < this.#entries.length) return;
    this.#entries = this.#entries.slice(this.#head);
    this.#soundFrom = Math.max(0, this.#soundFrom - this.#head);
    this.#head = 0;
  }
}

function frameOf({ frame, bytes }: Entry): DownFrame {
  if (frame === null) throw new Error('Sound that made room goes down no more');
  return typeof frame === 'string' ? frame : frame.slab.bytes.subarray(frame.start, frame.start + bytes);
}

function freshSlab(bytes: number): Slab {
  return { bytes: new Uint8Array(bytes), filled: 0, pieces: 0 };
}
