import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { difference, percentile, ratio, rotated, spread } from '../../bench/statistics.ts';

const numbers = fc.array(fc.double({ noNaN: true, min: -1e6, max: 1e6 }), { minLength: 1 });

test('[B1] a percentile is a measured value that its share does not exceed', () => {
  expect(percentile([4, 1, 3, 2], 0.5)).toBe(2);
  expect(percentile([4, 1, 3, 2], 0.99)).toBe(4);
  fc.assert(
    fc.property(numbers, fc.double({ min: 0, max: 1, noNaN: true }), (values, share) => {
      const found = percentile(values, share);
      expect(values).toContain(found);
      expect(values.filter((value) => value <= found).length).toBeGreaterThanOrEqual(share * values.length);
    }),
  );
});

test('[B1] a percentile of nothing is an error', () => {
  expect(() => percentile([], 0.5)).toThrow(RangeError);
});

test('[B2] a spread is the median between the least and the most', () => {
  expect(spread([3, 1, 2])).toEqual({ median: 2, least: 1, most: 3 });
  expect(spread([4, 1, 2, 3])).toEqual({ median: 2.5, least: 1, most: 4 });
});

test('[B3] ratios and differences compare round with round', () => {
  expect(ratio([10, 100], [5, 50])).toEqual({ median: 2, least: 2, most: 2 });
  expect(difference([10, 100], [5, 50]).most).toBe(50);
  expect(() => ratio([1], [1, 2])).toThrow(RangeError);
});

test('[B4] over as many rounds as there are subjects, everybody goes first once', () => {
  const subjects = ['a', 'b', 'c'];
  expect([0, 1, 2].map((round) => rotated(subjects, round)[0])).toEqual(subjects);
  expect(rotated(subjects, 4)).toEqual(['b', 'c', 'a']);
});
