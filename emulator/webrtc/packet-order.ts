/** Puts the payloads of received RTP packets in order: what is missing becomes silence, what comes late is left out. */

const TIMESTAMPS = 2 ** 32;

/** Silence in PCMU. */
const SILENT_CODE = 0xff;

/** A larger hole is a new start of the sender's clock, not lost sound: 1 s at 8 kHz. */
const LARGEST_HOLE_SAMPLES = 8_000;

/** One received packet of PCMU, one byte per sample. */
export interface SoundPacket {
  readonly timestamp: number;
  readonly payload: Buffer;
}

/** The order of one track. */
export class PacketOrder {
  #expected: number | null = null;

  /** Returns what is to be heard now, oldest first; empty when the packet came too late. */
  next({ timestamp, payload }: SoundPacket): Buffer {
    const hole = this.#expected === null ? 0 : (timestamp - this.#expected + TIMESTAMPS) % TIMESTAMPS;
    if (hole > TIMESTAMPS - LARGEST_HOLE_SAMPLES) return Buffer.alloc(0);
    this.#expected = (timestamp + payload.length) % TIMESTAMPS;
    if (hole === 0 || hole > LARGEST_HOLE_SAMPLES) return payload;
    return Buffer.concat([Buffer.alloc(hole, SILENT_CODE), payload]);
  }
}
