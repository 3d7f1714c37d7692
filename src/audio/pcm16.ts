/** PCM16, signed and little-endian, to and from floats in -1..1. One step is 1/32768, so whole samples survive a round trip. */

const FULL_SCALE = 32_768;
const MAX = FULL_SCALE - 1;
const BYTES = 2;

/** One float as a 16-bit sample: scaled by 32768, rounded, clamped; not a number is silence. */
export function toSample(value: number): number {
  const scaled = Math.round(value * FULL_SCALE);
  if (scaled >= MAX) return MAX;
  if (scaled <= -FULL_SCALE) return -FULL_SCALE;
  return scaled || 0;
}

/** Writes `samples` into the start of `target`, two bytes each. Allocates nothing; throws a RangeError without room. */
export function writePcm16(samples: Float32Array, target: DataView): void {
  for (let index = 0; index < samples.length; index += 1) {
    target.setInt16(index * BYTES, toSample(samples[index] ?? 0), true);
  }
}

/** Reads the samples that lie in `source` into the start of `target`; returns how many. A half sample at the end is left. */
export function readPcm16(source: DataView, target: Float32Array): number {
  const count = Math.min(Math.floor(source.byteLength / BYTES), target.length);
  for (let index = 0; index < count; index += 1) {
    target[index] = source.getInt16(index * BYTES, true) / FULL_SCALE;
  }
  return count;
}

/** Floats as new PCM16 bytes. */
export function encodePcm16(samples: Float32Array): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(samples.length * BYTES);
  writePcm16(samples, new DataView(bytes.buffer));
  return bytes;
}

/** PCM16 bytes as new floats. A half sample at the end is left out. */
export function decodePcm16(bytes: ArrayBuffer | Uint8Array): Float32Array<ArrayBuffer> {
  const view =
    bytes instanceof Uint8Array
      ? new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
      : new DataView(bytes);
  const samples = new Float32Array(Math.floor(view.byteLength / BYTES));
  readPcm16(view, samples);
  return samples;
}
