/** Test signals and measurements. */

/** A sine of `hz` at amplitude 1. */
export function tone(hz: number, rateHz: number, length: number): Float32Array {
  return Float32Array.from({ length }, (_, index) => Math.sin((2 * Math.PI * hz * index) / rateHz));
}

/** Amplitude of the part of `samples` that is a sine of `hz`, by projection on it. */
export function amplitudeAt(samples: Float32Array, hz: number, rateHz: number): number {
  let real = 0;
  let imaginary = 0;
  for (const [index, sample] of samples.entries()) {
    const angle = (2 * Math.PI * hz * index) / rateHz;
    const window = 1 - Math.cos((2 * Math.PI * (index + 0.5)) / samples.length);
    real += sample * window * Math.cos(angle);
    imaginary += sample * window * Math.sin(angle);
  }
  return (2 * Math.hypot(real, imaginary)) / samples.length;
}

/** `samples` cut at the given sizes, over and over, to the end. */
export function* cut(samples: Float32Array, sizes: readonly number[]): Generator<Float32Array> {
  let start = 0;
  for (let turn = 0; start < samples.length; turn += 1) {
    const size = sizes[turn % sizes.length] ?? 1;
    yield samples.subarray(start, start + size);
    start += size;
  }
}

/** The largest step between neighbouring samples. */
export function largestStep(samples: Float32Array): number {
  let largest = 0;
  for (let index = 1; index < samples.length; index += 1) {
    largest = Math.max(largest, Math.abs((samples[index] ?? 0) - (samples[index - 1] ?? 0)));
  }
  return largest;
}
