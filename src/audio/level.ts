/** How loud samples are. Levels are linear: 0 is silence, 1 is full scale. */

/** Softer than this is drawn as nothing, in dB of full scale: the noise of a quiet room. */
const FLOOR_DB = -60;

/** Root mean square of the first `count` samples (default: all); 0 for none. */
export function rms(samples: Float32Array, count = samples.length): number {
  let sum = 0;
  for (let index = 0; index < count; index += 1) {
    const sample = samples[index] ?? 0;
    sum += sample * sample;
  }
  return count > 0 ? Math.sqrt(sum / count) : 0;
}

/** Largest absolute value among the first `count` samples (default: all). */
export function peak(samples: Float32Array, count = samples.length): number {
  let highest = 0;
  for (let index = 0; index < count; index += 1) highest = Math.max(highest, Math.abs(samples[index] ?? 0));
  return highest;
}

/** A linear level in dB of full scale; silence is -Infinity. */
export function toDecibels(level: number): number {
  return 20 * Math.log10(level);
}

/** A linear level as the eye should see it, 0..1: even steps of loudness between -60 dB and full scale. */
export function toMeter(level: number): number {
  return Math.min(1, Math.max(0, 1 - toDecibels(level) / FLOOR_DB));
}
