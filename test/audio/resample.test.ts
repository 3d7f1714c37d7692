import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { rms, toDecibels } from '../../src/audio/level.ts';
import { createResampler, resample } from '../../src/audio/resample.ts';
import { amplitudeAt, cut, tone } from './signals.ts';

const PAIRS: readonly (readonly [number, number])[] = [
  [48_000, 24_000],
  [44_100, 24_000],
  [96_000, 24_000],
  [16_000, 24_000],
  [22_050, 24_000],
  [24_000, 48_000],
  [24_000, 44_100],
  [24_000, 16_000],
  [24_000, 96_000],
];

/** Runs a whole signal through a live resampler and leaves out the first and last moments. */
function run(input: Float32Array, fromHz: number, toHz: number): Float32Array {
  const resampler = createResampler(fromHz, toHz);
  const output = new Float32Array(resampler.outputsAfter(input.length));
  resampler.process(input, output);
  const edge = Math.ceil(2 * resampler.delaySeconds * toHz);
  return output.subarray(edge, output.length - edge);
}

describe.each(PAIRS)('from %i Hz to %i Hz', (fromHz, toHz) => {
  const nyquistHz = Math.min(fromHz, toHz) / 2;

  test('[A3] tones beyond the lower Nyquist frequency come out 70 dB weaker', () => {
    const worst: number[] = [];
    if (fromHz > toHz) {
      for (let hz = nyquistHz; hz < fromHz / 2; hz += 237) {
        worst.push(toDecibels(rms(run(tone(hz, fromHz, fromHz / 10), fromHz, toHz)) * Math.SQRT2));
      }
    } else {
      // Going up, what must not appear are the mirror images of the tone beyond the old Nyquist frequency.
      for (let hz = 50; hz < nyquistHz; hz += 237) {
        const output = run(tone(hz, fromHz, fromHz / 10), fromHz, toHz);
        for (let image = fromHz - hz; image < toHz / 2; image += fromHz) {
          worst.push(toDecibels(amplitudeAt(output, image, toHz)));
        }
      }
    }
    expect(Math.max(-200, ...worst)).toBeLessThan(-70);
  });

  test('[A4] tones below seven eighths of it pass unchanged', () => {
    const changes: number[] = [];
    for (let hz = 50; hz <= nyquistHz * 0.875; hz += 251) {
      const output = run(tone(hz, fromHz, fromHz / 5), fromHz, toHz);
      changes.push(Math.abs(toDecibels(amplitudeAt(output, hz, toHz))));
    }
    expect(Math.max(...changes)).toBeLessThan(0.05);
  });

  test('[A5] the delay is the one stated, and short', () => {
    const { delaySeconds } = createResampler(fromHz, toHz);
    expect(delaySeconds).toBeLessThan(0.003);
    const hz = 400;
    const resampler = createResampler(fromHz, toHz);
    const input = tone(hz, fromHz, fromHz / 10);
    const output = new Float32Array(resampler.outputsAfter(input.length));
    resampler.process(input, output);
    let worst = 0;
    for (let index = Math.ceil(toHz * 0.02); index < toHz * 0.08; index += 1) {
      const ideal = Math.sin(2 * Math.PI * hz * (index / toHz - delaySeconds));
      worst = Math.max(worst, Math.abs((output[index] ?? Number.NaN) - ideal));
    }
    expect(worst).toBeLessThan(0.0005);
  });

  test('[A1][A2] any cut into blocks gives the same samples, and the exact count at every point', () => {
    const input = tone(777, fromHz, 2_000);
    const whole = new Float32Array(Math.ceil((input.length * toHz) / fromHz));
    expect(createResampler(fromHz, toHz).process(input, whole)).toBe(whole.length);
    const sizes = fc.array(fc.integer({ min: 1, max: 700 }), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(sizes, (blockSizes) => {
        const resampler = createResampler(fromHz, toHz);
        const pieces: number[] = [];
        let given = 0;
        for (const block of cut(input, blockSizes)) {
          const output = new Float32Array(resampler.outputsAfter(block.length));
          expect(resampler.process(block, output)).toBe(output.length);
          pieces.push(...output);
          given += block.length;
          expect(pieces.length).toBe(Math.ceil((given * toHz) / fromHz));
        }
        expect(Float32Array.from(pieces)).toEqual(whole);
      }),
      { numRuns: 20 },
    );
  });

  test('[A7] asking for 128 at a time takes exactly the inputs announced', () => {
    const input = tone(777, fromHz, 2_000);
    const whole = new Float32Array(Math.ceil((input.length * toHz) / fromHz));
    createResampler(fromHz, toHz).process(input, whole);
    const resampler = createResampler(fromHz, toHz);
    const quantum = new Float32Array(128);
    let read = 0;
    let written = 0;
    for (
      let needed = resampler.inputsFor(128);
      read + needed <= input.length;
      needed = resampler.inputsFor(128)
    ) {
      expect(resampler.process(input.subarray(read), quantum, needed)).toBe(128);
      expect(quantum).toEqual(whole.subarray(written, written + 128));
      read += needed;
      written += 128;
    }
    expect(written).toBeGreaterThan(300);
  });

  test('[A6] a whole recording keeps its place in time', () => {
    const output = resample(tone(400, fromHz, 3_001), fromHz, toHz);
    expect(output.length).toBe(Math.round((3_001 * toHz) / fromHz));
    let worst = 0;
    for (let index = Math.ceil(toHz * 0.01); index < output.length - toHz * 0.01; index += 1) {
      const ideal = Math.sin((2 * Math.PI * 400 * index) / toHz);
      worst = Math.max(worst, Math.abs((output[index] ?? Number.NaN) - ideal));
    }
    expect(worst).toBeLessThan(0.0005);
  });
});

test('[A8] an output without room for what the inputs make is refused', () => {
  const resampler = createResampler(48_000, 24_000);
  expect(() => resampler.process(new Float32Array(100), new Float32Array(10))).toThrow(RangeError);
  expect(() => createResampler(24_000, 24_000).process(new Float32Array(2), new Float32Array(1))).toThrow(
    RangeError,
  );
});

test('[A8] a rate that is no rate is refused', () => {
  expect(() => createResampler(0, 24_000)).toThrow(RangeError);
  expect(() => createResampler(48_000, Number.NaN)).toThrow(RangeError);
});

test('[A2] a reset resampler is as new', () => {
  const resampler = createResampler(44_100, 24_000);
  const first = new Float32Array(200);
  const second = new Float32Array(200);
  const input = tone(500, 44_100, 300);
  const count = resampler.process(input, first);
  resampler.reset();
  expect(resampler.process(input, second)).toBe(count);
  expect(second).toEqual(first);
});

test('[A1] equal rates pass through', () => {
  const input = tone(500, 24_000, 300);
  const output = new Float32Array(300);
  const resampler = createResampler(24_000, 24_000);
  expect(resampler.process(input, output)).toBe(300);
  expect(resampler.delaySeconds).toBe(0);
  expect(output).toEqual(input);
  expect(resample(input, 24_000, 24_000)).toEqual(input);
});
