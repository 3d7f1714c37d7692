import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { dueMs, nextDeltaBytes, toWholeTokens } from '../../emulator/realtime/pacing.ts';

/** All deltas of a sound that is there from the start. */
function plan(bytes: number): number[] {
  const deltas: number[] = [];
  for (let left = bytes; left > 0;) {
    const size = nextDeltaBytes({ sent: deltas.length, bytes: left, complete: true });
    deltas.push(size);
    left -= size;
  }
  return deltas;
}

describe('the chunk ladder', () => {
  it('[E50] audio goes out in deltas of 4,800, 7,200 and then 12,000 bytes, and the rest in one flush', () => {
    expect(plan(96_000)).toEqual([4_800, 7_200, 12_000, 12_000, 12_000, 12_000, 36_000]);
    expect(plan(30_000)).toEqual([4_800, 7_200, 19_200]);
    expect(plan(2_401)).toEqual([4_800]);
  });

  it('[E50] every delta is a multiple of 2,400 bytes, and together they hold the sound and less than a token more', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 3_000_000 }), (bytes) => {
        const deltas = plan(bytes);
        expect(deltas.every((delta) => delta > 0 && delta % 2_400 === 0)).toBe(true);
        expect(deltas.reduce((sum, delta) => sum + delta, 0)).toBe(toWholeTokens(bytes));
        expect(Math.max(...deltas)).toBeLessThanOrEqual(36_000);
      }),
    );
  });

  it('[E50] while more sound is being made, a delta waits until it is whole', () => {
    expect(nextDeltaBytes({ sent: 0, bytes: 4_799, complete: false })).toBe(0);
    expect(nextDeltaBytes({ sent: 0, bytes: 4_800, complete: false })).toBe(4_800);
    expect(nextDeltaBytes({ sent: 9, bytes: 30_000, complete: false })).toBe(12_000);
    expect(nextDeltaBytes({ sent: 9, bytes: 0, complete: true })).toBe(0);
  });
});

describe('the pace', () => {
  it('[E51] a second of audio takes 200 ms at pace 1, a second at pace 5, and nothing at pace 0', () => {
    expect(dueMs(48_000, 1)).toBe(200);
    expect(dueMs(48_000, 5)).toBe(1_000);
    expect(dueMs(4_800_000, 0)).toBe(0);
  });
});
