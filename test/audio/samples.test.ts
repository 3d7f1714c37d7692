import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { createFramer } from '../../src/audio/frames.ts';
import { peak, rms, toDecibels, toMeter } from '../../src/audio/level.ts';
import { decodePcm16, encodePcm16, readPcm16 } from '../../src/audio/pcm16.ts';
import { cut, tone } from './signals.ts';

test('[A9] every 16-bit sample survives the round trip', () => {
  const bytes = new Uint8Array(2 * 65_536);
  const view = new DataView(bytes.buffer);
  for (let value = -32_768; value < 32_768; value += 1) view.setInt16((value + 32_768) * 2, value, true);
  expect(encodePcm16(decodePcm16(bytes))).toEqual(bytes);
});

test('[A9] samples are little-endian and clamped, and what is no number is silence', () => {
  const values = [1, -1, 2, -2, 0.5, Number.NaN, Infinity, -Infinity, 1 / 32_768];
  expect([...encodePcm16(Float32Array.from(values))]).toEqual([
    0xff, 0x7f, 0x00, 0x80, 0xff, 0x7f, 0x00, 0x80, 0x00, 0x40, 0, 0, 0xff, 0x7f, 0x00, 0x80, 1, 0,
  ]);
});

test('[A9] floats come back within half a step', () => {
  fc.assert(
    fc.property(fc.float32Array({ min: -1, max: Math.fround(0.99996), noNaN: true }), (samples) => {
      const back = decodePcm16(encodePcm16(samples));
      for (const [index, sample] of samples.entries()) {
        expect(Math.abs((back[index] ?? 9) - sample)).toBeLessThanOrEqual(0.5 / 32_768 + 1e-9);
      }
    }),
  );
});

test('[A9] half a sample at the end is left out, and a view into a larger buffer is read where it lies', () => {
  const bytes = Uint8Array.of(9, 0x00, 0x40, 0x00, 0xc0, 7);
  expect([...decodePcm16(bytes.subarray(1))]).toEqual([0.5, -0.5]);
  const target = new Float32Array(1);
  expect(readPcm16(new DataView(bytes.buffer, 1, 5), target)).toBe(1);
  expect([...target]).toEqual([0.5]);
});

test('[A10] a full sine is -3 dB RMS, and its peak is full scale', () => {
  const sine = tone(1_000, 24_000, 24_000);
  expect(toDecibels(rms(sine))).toBeCloseTo(-3.01, 2);
  expect(peak(sine)).toBeCloseTo(1, 3);
  expect(rms(sine, 0)).toBe(0);
  expect(peak(Float32Array.of(0.1, -0.9, 0.3), 1)).toBeCloseTo(0.1);
});

test('[A10] the meter goes from nothing at -60 dB to full at full scale', () => {
  expect([0, 0.0005, 0.001, 1, 2].map(toMeter)).toEqual([0, 0, expect.closeTo(0, 6), 1, 1]);
  expect(toMeter(10 ** (-30 / 20))).toBeCloseTo(0.5);
});

test('[A11] whatever blocks come, the frames joined are the stream', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 50 }),
      fc.array(fc.integer({ min: 1, max: 130 }), { minLength: 1, maxLength: 8 }),
      (frameSamples, blockSizes) => {
        const stream = Float32Array.from({ length: 500 }, (_, index) => index);
        const framer = createFramer(frameSamples);
        const joined: number[] = [];
        const buffers = new Set<Float32Array>();
        for (const block of cut(stream, blockSizes)) {
          framer.push(block, (frame) => {
            buffers.add(frame);
            joined.push(...frame);
          });
        }
        expect(buffers.size).toBe(1);
        expect(joined).toEqual([...stream.subarray(0, 500 - (500 % frameSamples))]);
        expect(framer.reset()).toBe(500 % frameSamples);
        expect(framer.reset()).toBe(0);
      },
    ),
  );
});

test('[A11] only the samples counted are taken, and a frame of no size is refused', () => {
  const frames: number[][] = [];
  createFramer(2).push(Float32Array.of(1, 2, 3, 4), (frame) => frames.push([...frame]), 3);
  expect(frames).toEqual([[1, 2]]);
  expect(() => createFramer(0)).toThrow(RangeError);
});
