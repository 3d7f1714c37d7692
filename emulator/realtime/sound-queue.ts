/** Sound and words that wait to be sent: bytes in order, and each piece of text with the byte it belongs to. */
import { textPieces } from './usage.ts';

/** First in, first out. */
export class SoundQueue {
  readonly #pieces: Buffer[] = [];
  #words: { readonly text: string; readonly at: number }[] = [];
  #waiting = 0;
  #added = 0;

  /** Bytes that wait. */
  bytes(): number {
    return this.#waiting;
  }

  /** Adds sound and the words it says, spread evenly over it. */
  add(sound: Buffer, text: string): void {
    const pieces = textPieces(text);
    const step = sound.length / Math.max(1, pieces.length);
    for (const [index, piece] of pieces.entries()) {
      this.#words.push({ text: piece, at: this.#added + index * step });
    }
    this.#pieces.push(sound);
    this.#waiting += sound.length;
    this.#added += sound.length;
  }

  /** Takes exactly `count` bytes; what is missing at the very end is silence. */
  take(count: number): Buffer {
    const taken = Buffer.alloc(count);
    for (let filled = 0; filled < count;) {
      const first = this.#pieces.shift();
      if (!first) break;
      const used = first.subarray(0, count - filled);
      used.copy(taken, filled);
      filled += used.length;
      this.#waiting -= used.length;
      if (used.length < first.length) this.#pieces.unshift(first.subarray(used.length));
    }
    return taken;
  }

  /** Takes the words of all sound before byte `position`, counted from the start. */
  takeWords(position: number): string[] {
    const ready = this.#words.filter((word) => word.at < position);
    this.#words = this.#words.slice(ready.length);
    return ready.map((word) => word.text);
  }
}
