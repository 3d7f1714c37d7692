/**
 * The one audio format on the browser's wire and on Azure's: PCM, signed 16 bit, little-endian, mono, 24 kHz.
 * Binary frames carry it with no header; JSON frames carry it in base64.
 */

/** Samples per second, in both directions. */
export const SAMPLE_RATE_HZ = 24_000;

/** Bytes per sample: a frame of an odd length holds half a sample and is refused. */
export const BYTES_PER_SAMPLE = 2;

/** Bytes of one millisecond of sound: 48. */
export const BYTES_PER_MS = (SAMPLE_RATE_HZ * BYTES_PER_SAMPLE) / 1000;

/** How long a piece of `bytes` sounds, in milliseconds, fractions kept. */
export function durationMs(bytes: number): number {
  return bytes / BYTES_PER_MS;
}
