/**
 * Samples that come in at one end and are let go of at the other. In blocks: nothing that is kept is ever copied to
 * make room, however long it grows and however many calls grow at once.
 */

/** One second at 24 kHz. */
const BLOCK_SAMPLES = 24_000;

/** Positions are sample numbers since the first one written. */
export class SampleStore {
  #blocks: Int16Array[] = [];
  /** Position of the first sample of the first block: a multiple of a block. */
  #base = 0;
  #first = 0;
  #written = 0;

  /** Position of the oldest sample that is kept. */
  first(): number {
    return this.#first;
  }

  /** How many samples were ever written: the position of the next one. */
  written(): number {
    return this.#written;
  }

  /** Adds samples at the end. */
  write(samples: Int16Array): void {
    for (let taken = 0; taken < samples.length;) {
      const at = this.#written - this.#base;
      const offset = at % BLOCK_SAMPLES;
      const part = samples.subarray(taken, taken + BLOCK_SAMPLES - offset);
      this.#blockFor(at).set(part, offset);
      taken += part.length;
      this.#written += part.length;
    }
  }

  /** Samples from one position up to another, for reading now: what was let go of is left out. */
  view(from: number, to: number): Int16Array {
    const start = Math.max(from, this.#first) - this.#base;
    const end = Math.min(to, this.#written) - this.#base;
    if (end <= start) return new Int16Array(0);
    const index = Math.floor(start / BLOCK_SAMPLES);
    const origin = index * BLOCK_SAMPLES;
    const block = this.#blocks[index];
    if (block && end - origin <= BLOCK_SAMPLES) return block.subarray(start - origin, end - origin);
    return this.#gather(start, end);
  }

  /** Lets go of everything before a position. */
  dropBefore(position: number): void {
    this.#first = Math.max(this.#first, Math.min(position, this.#written));
    const whole = Math.floor((this.#first - this.#base) / BLOCK_SAMPLES);
    if (whole === 0) return;
    this.#blocks.splice(0, whole);
    this.#base += whole * BLOCK_SAMPLES;
  }

  #blockFor(at: number): Int16Array {
    const index = Math.floor(at / BLOCK_SAMPLES);
    return (this.#blocks[index] ??= new Int16Array(BLOCK_SAMPLES));
  }

  #gather(start: number, end: number): Int16Array {
    const all = new Int16Array(end - start);
    for (let at = start; at < end;) {
      const offset = at % BLOCK_SAMPLES;
      const part = this.#blockFor(at).subarray(offset, Math.min(BLOCK_SAMPLES, offset + end - at));
      all.set(part, at - start);
      at += part.length;
    }
    return all;
  }
}
