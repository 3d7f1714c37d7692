import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { Playout } from '../../src/audio/playout.ts';
import { largestStep } from './signals.ts';

const RATE = 24_000;
const MS = RATE / 1000;
const FADE = 8 * MS;

function sound(samples: number, value = 1): Float32Array {
  return new Float32Array(samples).fill(value);
}

function hear(playout: Playout, samples: number): Float32Array {
  const output = new Float32Array(samples);
  playout.read(output);
  return output;
}

function createPlayout(): Playout {
  return new Playout({ sampleRateHz: RATE });
}

test('[A12] nothing sounds before 80 ms are there', () => {
  const playout = createPlayout();
  playout.enqueue(1, sound(79 * MS));
  expect(playout.state).toBe('waiting');
  expect(hear(playout, 128).every((sample) => sample === 0)).toBe(true);
  playout.enqueue(1, sound(1 * MS));
  expect(hear(playout, 128).at(-1)).toBeGreaterThan(0);
  expect(playout.state).toBe('playing');
});

test('[A12] a short part starts as soon as it is finished, or another follows', () => {
  const finished = createPlayout();
  finished.enqueue(1, sound(30 * MS));
  finished.finish(1);
  expect(hear(finished, 128).at(-1)).toBeGreaterThan(0);

  const followed = createPlayout();
  followed.enqueue(1, sound(30 * MS));
  followed.enqueue(2, sound(10 * MS));
  expect(hear(followed, 128).at(-1)).toBeGreaterThan(0);
});

test('[A13] each part counts the samples it gave out', () => {
  const playout = createPlayout();
  expect(playout.current).toBeNull();
  playout.enqueue(1, sound(3_000));
  playout.enqueue(2, sound(3_000));
  hear(playout, 1_000);
  expect(playout.current).toEqual({ part: 1, received: 3_000, played: 1_000, isFinished: false });
  hear(playout, 2_500);
  expect(playout.current).toEqual({ part: 2, received: 3_000, played: 500, isFinished: false });
  playout.finish(2);
  hear(playout, 10_000);
  expect(playout.current).toEqual({ part: 2, received: 3_000, played: 3_000, isFinished: true });
  expect(playout.state).toBe('idle');
});

test('[A14] a flush fades within 8 ms, is silent then, and tells what each part gave', () => {
  const playout = createPlayout();
  playout.enqueue(1, sound(3_000));
  playout.enqueue(1, sound(3_000));
  playout.enqueue(2, sound(3_000));
  hear(playout, 2_900);
  expect(playout.flush()).toEqual([
    { part: 1, received: 6_000, played: 2_900 + FADE, isFinished: false },
    { part: 2, received: 3_000, played: 0, isFinished: false },
  ]);
  const after = hear(playout, 1_000);
  expect(after[FADE / 2]).toBeCloseTo(0.5, 1);
  expect(after.subarray(FADE).every((sample) => sample === 0)).toBe(true);
  expect(playout.current?.played).toBe(2_900 + FADE);
  expect(playout.state).toBe('idle');
  expect(playout.underruns).toBe(0);
});

test('[A14] what comes after a flush sounds from its own beginning', () => {
  const playout = createPlayout();
  playout.enqueue(1, sound(3_000));
  hear(playout, 1_000);
  playout.flush();
  playout.enqueue(2, sound(3_000, 0.5));
  const fade = hear(playout, FADE);
  expect(fade.at(-1)).toBeLessThan(0.02);
  hear(playout, 1_000);
  expect(playout.current).toEqual({ part: 2, received: 3_000, played: 1_000, isFinished: false });
});

test('[A14] a flush before anything sounds is silent at once', () => {
  const playout = createPlayout();
  expect(playout.flush()).toEqual([]);
  playout.enqueue(1, sound(3_000));
  expect(playout.flush()).toEqual([{ part: 1, received: 3_000, played: 0, isFinished: false }]);
  expect(hear(playout, 3_000).every((sample) => sample === 0)).toBe(true);
});

test('[A14] a flush names the part that ran dry while more of it was to come, and not one that is over', () => {
  const playout = createPlayout();
  playout.enqueue(1, sound(3_000));
  hear(playout, 4_000);
  expect(playout.flush()).toEqual([{ part: 1, received: 3_000, played: 3_000, isFinished: false }]);
  playout.finish(1);
  expect(playout.flush()).toEqual([]);
});

test('[A15] a held playout is silent within 8 ms, keeps its place, and goes on', () => {
  const playout = createPlayout();
  playout.enqueue(1, sound(6_000));
  hear(playout, 1_000);
  playout.hold();
  expect(playout.state).toBe('held');
  const held = hear(playout, 3_000);
  expect(held.subarray(FADE).every((sample) => sample === 0)).toBe(true);
  expect(playout.current?.played).toBeLessThanOrEqual(1_000 + FADE);
  const place = playout.current?.played ?? 0;
  playout.resume();
  hear(playout, 500);
  expect(playout.current?.played).toBe(place + 500);
});

test('[A14][A15] a held playout that is flushed stays silent and is free for the next part', () => {
  const playout = createPlayout();
  playout.enqueue(1, sound(6_000));
  hear(playout, 1_000);
  playout.hold();
  hear(playout, 1_000);
  const [cut] = playout.flush();
  expect(cut?.played).toBe(playout.current?.played);
  expect(playout.queued).toBe(0);
  playout.enqueue(2, sound(6_000));
  expect(hear(playout, 400).at(-1)).toBe(1);
});

test('[A17] a dry run is counted, and 80 ms are gathered again', () => {
  const playout = createPlayout();
  playout.enqueue(1, sound(2_000));
  hear(playout, 2_100);
  expect(playout.underruns).toBe(1);
  playout.enqueue(1, sound(1_000));
  expect(playout.state).toBe('waiting');
  playout.enqueue(1, sound(1_000));
  expect(hear(playout, 400).at(-1)).toBe(1);
  playout.finish(1);
  hear(playout, 3_000);
  expect(playout.underruns).toBe(1);
});

test('[A18] what does not fit is dropped and counted', () => {
  const playout = new Playout({ sampleRateHz: RATE, maxMs: 100 });
  expect(playout.enqueue(1, sound(2_000))).toBe(0);
  expect(playout.enqueue(1, sound(1_000))).toBe(600);
  expect(playout.enqueue(1, sound(1_000))).toBe(1_000);
  expect(playout.dropped).toBe(1_600);
  expect(playout.queued).toBe(2_400);
});

type Command = 'flush' | 'hold' | 'resume' | 'loud' | 'soft' | 'finish' | number;

test('[A13][A16] whatever is done to it, the sound never steps and the count never lies', () => {
  const command = fc.oneof(
    fc.constantFrom<Command>('flush', 'hold', 'resume', 'loud', 'soft', 'finish'),
    fc.integer({ min: 1, max: 4_000 }),
  );
  fc.assert(
    fc.property(
      fc.array(fc.tuple(command, fc.integer({ min: 0, max: 700 })), { maxLength: 40 }),
      (script) => {
        const playout = createPlayout();
        const heard: number[] = [];
        let part = 1;
        let given = 0;
        for (const [what, samples] of script) {
          if (typeof what === 'number') playout.enqueue(part, sound(what));
          else if (what === 'flush') playout.flush();
          else if (what === 'hold') playout.hold();
          else if (what === 'resume') playout.resume();
          else if (what === 'finish') {
            playout.finish(part);
            part += 1;
          } else playout.duck(what === 'soft' ? 0.2 : 1);
          if (typeof what === 'number') given += what;
          heard.push(...hear(playout, samples));
          expect(playout.queued).toBeLessThanOrEqual(given);
          const { played = 0, received = 0 } = playout.current ?? {};
          expect(played).toBeLessThanOrEqual(received);
        }
        expect(largestStep(Float32Array.from(heard))).toBeLessThanOrEqual(1.01 / FADE);
      },
    ),
    { numRuns: 300 },
  );
});
