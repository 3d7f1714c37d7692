/**
 * How much of what went down a browser has not got yet, as far as it says so: a `gateway.ping` may carry the number of frames
 * it got. Where the platform does not tell what still waits in a socket, this is the only word about a slow reader. Pure.
 */

/** A browser that says what it got may be so far behind; what is more counts as not sent yet. The page tells twice in that. */
export const SLACK_BYTES = 640 * 1024;

/** Belongs to one socket. A browser that never says anything is never behind. */
export class Acknowledged {
  /** Bytes of each frame that it has not got, oldest first; null before its first word. */
  #waiting: number[] | null = null;
  #bytes = 0;
  /** Frames it got, or that went down before its first word. */
  #got = 0;

  /** A frame goes down. */
  sent(bytes: number): void {
    if (this.#waiting === null) return;
    this.#waiting.push(bytes);
    this.#bytes += bytes;
  }

  /** It got so many frames of `sent`. What cannot be is not believed. */
  received(frames: number, sent: number): void {
    if (frames > sent) return;
    if (this.#waiting === null) {
      this.#waiting = [];
      this.#got = sent;
      return;
    }
    const gone = this.#waiting.splice(0, Math.max(0, frames - this.#got));
    this.#got += gone.length;
    this.#bytes -= gone.reduce((sum, bytes) => sum + bytes, 0);
  }

  /** Bytes that it should have got by now. */
  behind(): number {
    return Math.max(0, this.#bytes - SLACK_BYTES);
  }
}
