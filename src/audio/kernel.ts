/** The low-pass filter behind the resampler: a Kaiser-windowed sinc, cut into one row of coefficients per phase. */

/** Where the transition band begins, as a share of the lower Nyquist frequency: 10.5 kHz of 12 kHz. */
const PASS_BAND = 0.875;

/** Design attenuation beyond the lower Nyquist frequency, in dB; measured is what counts, and leaves a margin over 70. */
const STOP_BAND_DB = 84;

/** Kaiser's beta and length for an attenuation (Kaiser 1974; Oppenheim and Schafer, 7.6). */
const KAISER_BETA = 0.1102 * (STOP_BAND_DB - 8.7);
const KAISER_LENGTH = (STOP_BAND_DB - 7.95) / 14.36;

/** A polyphase filter. `rows` holds `up` rows of `taps` coefficients, newest sample first; each row sums to 1. */
export interface Kernel {
  readonly up: number;
  readonly down: number;
  readonly taps: number;
  readonly rows: Float32Array;
}

/** Builds the filter for `fromHz` to `toHz`: `up`/`down` is the ratio in lowest terms, the delay is `taps / 2` inputs. */
export function designKernel(fromHz: number, toHz: number): Kernel {
  const divisor = greatestCommonDivisor(fromHz, toHz);
  const up = toHz / divisor;
  const down = fromHz / divisor;
  const nyquistHz = Math.min(fromHz, toHz) / 2;
  const transitionHz = nyquistHz * (1 - PASS_BAND);
  const taps = 2 * Math.ceil((KAISER_LENGTH * fromHz) / transitionHz / 2);
  const cutoff = (2 * (nyquistHz - transitionHz / 2)) / fromHz;
  const rows = new Float32Array(up * taps);
  for (let phase = 0; phase < up; phase += 1) {
    writeRow(rows.subarray(phase * taps, (phase + 1) * taps), phase / up, cutoff);
  }
  return { up, down, taps, rows };
}

/** `fraction` is how far, in input samples, the wanted instant lies after the newest input. */
function writeRow(row: Float32Array, fraction: number, cutoff: number): void {
  const half = row.length / 2;
  let sum = 0;
  for (let tap = 0; tap < row.length; tap += 1) {
    const distance = tap + fraction - half;
    const value = sinc(cutoff * distance) * kaiser(distance / half);
    row[tap] = value;
    sum += value;
  }
  for (let tap = 0; tap < row.length; tap += 1) row[tap] = (row[tap] ?? 0) / sum;
}

function sinc(x: number): number {
  return x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
}

function kaiser(x: number): number {
  return Math.abs(x) > 1 ? 0 : bessel(KAISER_BETA * Math.sqrt(1 - x * x)) / bessel(KAISER_BETA);
}

/** Modified Bessel function of the first kind, order zero, by its power series. */
function bessel(x: number): number {
  let term = 1;
  let sum = 1;
  for (let k = 1; term > sum * 1e-12; k += 1) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
