import { designKernel, type Kernel } from './kernel.ts';

/** Changes the sample rate of a stream that comes in blocks of any size; the cut into blocks never shows. */
export interface Resampler {
  /** How late the output is, in seconds: half the filter, 1.8 ms between 48 and 24 kHz; 0 when the rates are equal. */
  readonly delaySeconds: number;
  /** How many output samples are ready once `inputs` more have been given. After n in all: ceil(n x to / from). */
  outputsAfter(inputs: number): number;
  /** How many inputs must be given before exactly `outputs` more can be written. */
  inputsFor(outputs: number): number;
  /**
   * Reads `count` inputs (default: all) and writes the outputs they complete; returns how many it wrote. A full `output`
   * leaves what is ready for the next call. Allocates nothing. Throws a RangeError when an input would have to be lost.
   */
  process(input: Float32Array, output: Float32Array, count?: number): number;
  /** Forgets everything heard, as if new. */
  reset(): void;
}

/** A resampler between two whole rates in Hz. Pass band flat to 0.875 of the lower Nyquist, 70 dB or more beyond it. */
export function createResampler(fromHz: number, toHz: number): Resampler {
  for (const rate of [fromHz, toHz]) {
    if (!Number.isInteger(rate) || rate <= 0) {
      throw new RangeError(`A sample rate is a positive whole number of Hz, not ${rate}`);
    }
  }
  return fromHz === toHz ? new Passthrough() : new Polyphase(designKernel(fromHz, toHz), fromHz, 0);
}

/** Resamples a whole recording: the delay is taken out and the length is exactly round(n x to / from). */
export function resample(input: Float32Array, fromHz: number, toHz: number): Float32Array<ArrayBuffer> {
  if (fromHz === toHz) return new Float32Array(input);
  const kernel = designKernel(fromHz, toHz);
  const output = new Float32Array(Math.round((input.length * toHz) / fromHz));
  const polyphase = new Polyphase(kernel, fromHz, kernel.taps / 2);
  const padded = new Float32Array(polyphase.inputsFor(output.length));
  padded.set(input.subarray(0, padded.length));
  polyphase.process(padded, output);
  return output;
}

class Polyphase implements Resampler {
  readonly delaySeconds: number;
  readonly #kernel: Kernel;
  readonly #firstPhase: number;
  /** Every sample is written twice, `taps` apart, so that the last `taps` of them always lie in one piece. */
  readonly #line: Float32Array;
  #newest = 0;
  /** Where the next output lies after the newest input, in 1/up of an input; `up` or more: an input is missing. */
  #phase: number;

  /** Output 0 is made once input `firstInput` is there: half the filter for no delay, 0 for a live stream. */
  constructor(kernel: Kernel, fromHz: number, firstInput: number) {
    this.#kernel = kernel;
    this.#line = new Float32Array(2 * kernel.taps);
    this.#firstPhase = kernel.up * (1 + firstInput);
    this.#phase = this.#firstPhase;
    this.delaySeconds = (kernel.taps / 2 - firstInput) / fromHz;
  }

  outputsAfter(inputs: number): number {
    const { up, down } = this.#kernel;
    return Math.max(0, Math.ceil(((inputs + 1) * up - this.#phase) / down));
  }

  inputsFor(outputs: number): number {
    const { up, down } = this.#kernel;
    return outputs <= 0 ? 0 : Math.floor((this.#phase + (outputs - 1) * down) / up);
  }

  process(input: Float32Array, output: Float32Array, count = input.length): number {
    const { up, down } = this.#kernel;
    let read = 0;
    let written = 0;
    for (;;) {
      while (this.#phase >= up) {
        if (read === count) return written;
        this.#push(input[read] ?? 0);
        this.#phase -= up;
        read += 1;
      }
      if (written === output.length) {
        if (read < count) throw new RangeError('The output is too small for this many inputs');
        return written;
      }
      output[written] = this.#filter();
      written += 1;
      this.#phase += down;
    }
  }

  reset(): void {
    this.#line.fill(0);
    this.#newest = 0;
    this.#phase = this.#firstPhase;
  }

  #push(sample: number): void {
    const { taps } = this.#kernel;
    this.#newest = this.#newest === 0 ? taps - 1 : this.#newest - 1;
    this.#line[this.#newest] = sample;
    this.#line[this.#newest + taps] = sample;
  }

  #filter(): number {
    const { rows, taps } = this.#kernel;
    const line = this.#line;
    const newest = this.#newest;
    const row = this.#phase * taps;
    let sum = 0;
    for (let tap = 0; tap < taps; tap += 1) sum += (rows[row + tap] ?? 0) * (line[newest + tap] ?? 0);
    return sum;
  }
}

class Passthrough implements Resampler {
  readonly delaySeconds = 0;

  outputsAfter(inputs: number): number {
    return inputs;
  }

  inputsFor(outputs: number): number {
    return outputs;
  }

  process(input: Float32Array, output: Float32Array, count = input.length): number {
    if (count > output.length) throw new RangeError('The output is too small for this many inputs');
    for (let index = 0; index < count; index += 1) output[index] = input[index] ?? 0;
    return count;
  }

  reset(): void {
    // Nothing is remembered.
  }
}
