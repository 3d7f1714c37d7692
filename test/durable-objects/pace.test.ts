import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  BURST_MS,
  FASTEST,
  freshPace,
  goNow,
  HELD_FRAMES,
  HELD_MS,
  holdBack,
  release,
  waitMs,
} from '../../src/durable-objects/pace.ts';
import type { UpFrame } from '../../src/durable-objects/prelude.ts';

interface Sent {
  readonly at: number;
  readonly frame: UpFrame;
}

const never = (): boolean => false;
const sound = fc.integer({ min: 1, max: 4_000 }).map((ms): UpFrame => ({ kind: 'audio', text: '', ms }));
const event = fc.constant<UpFrame>({
  kind: 'control',
  event: { type: 'response.create' },
  units: 10,
  soundUnits: 0,
  ms: 0,
});
const arrivals = fc.array(
  fc.tuple(fc.integer({ min: 0, max: 3_000 }), fc.oneof({ weight: 5, arbitrary: sound }, event)),
  {
    maxLength: 120,
  },
);

/** Somebody who sends these frames after these waits, until everything that waits has gone up. */
function send(steps: readonly (readonly [number, UpFrame])[]) {
  let now = 0;
  let pace = freshPace(now);
  const sent: Sent[] = [];
  const dropped: UpFrame[] = [];
  let wakeAt: number | null = null;
  const sleepUntil = (until: number): void => {
    while (wakeAt !== null && wakeAt <= until) {
      now = wakeAt;
      const released = release(pace, now, never);
      pace = released.pace;
      sent.push(...released.frames.map((frame) => ({ at: now, frame })));
      const wait = waitMs(pace, now);
      wakeAt = wait === null ? null : now + wait;
    }
    now = Math.max(now, until);
  };
  for (const [wait, frame] of steps) {
    sleepUntil(now + wait);
    const gone = goNow(pace, frame, now);
    if (gone) {
      pace = gone;
      sent.push({ at: now, frame });
      continue;
    }
    const droppedBefore = pace.droppedMs;
    const held = holdBack(pace, frame);
    if (held === null || held.droppedMs > droppedBefore) dropped.push(frame);
    pace = held ?? pace;
    expect(pace.heldMs).toBeLessThanOrEqual(HELD_MS);
    const next = waitMs(pace, now);
    wakeAt ??= next === null ? null : now + next;
  }
  sleepUntil(now + 10 * HELD_MS);
  expect(pace.held).toEqual([]);
  return { sent, dropped, pace };
}

it('[K5] over any stretch of time no more sound goes up than a burst and twice the time', () => {
  fc.assert(
    fc.property(arrivals, (steps) => {
      const { sent } = send(steps);
      for (let from = 0; from < sent.length; from += 1) {
        let ms = 0;
        for (const { at, frame } of sent.slice(from)) {
          ms += frame.ms;
          expect(ms).toBeLessThanOrEqual(BURST_MS + FASTEST * (at - (sent[from]?.at ?? 0)));
        }
      }
    }),
  );
});

it('[K5] everything goes up once, in its order, events behind the sound they came behind', () => {
  fc.assert(
    fc.property(arrivals, (steps) => {
      const frames = steps.map(([, frame], index) => ({ ...frame, text: String(index) }));
      const { sent, dropped } = send(
        steps.map(([wait], index) => [wait, frames[index] ?? never()] as [number, UpFrame]),
      );
      const gone = new Set<UpFrame>(dropped);
      expect(sent.map(({ frame }) => frame)).toEqual(frames.filter((frame) => !gone.has(frame)));
    }),
  );
});

it('[K5] sound at its own speed never waits', () => {
  fc.assert(
    fc.property(fc.integer({ min: 5, max: 400 }), fc.integer({ min: 1, max: 300 }), (ms, count) => {
      const steps = Array.from(
        { length: count },
        () => [ms, { kind: 'audio', text: '', ms }] as [number, UpFrame],
      );
      const { sent } = send(steps);
      expect(sent.map(({ at }) => at)).toEqual(steps.map((_, index) => (index + 1) * ms));
    }),
  );
});

it('[K6] what cannot wait is dropped and counted to the millisecond', () => {
  fc.assert(
    fc.property(arrivals, (steps) => {
      const { dropped, pace } = send(steps);
      expect(pace.droppedMs).toBe(dropped.reduce((sum, { ms }) => sum + ms, 0));
    }),
  );
});

it('[K5] a frame longer than the burst goes when the burst is whole, and is paid back', () => {
  const long: UpFrame = { kind: 'audio', text: '', ms: BURST_MS + 6_000 };
  const { sent } = send([
    [0, long],
    [0, { kind: 'audio', text: '', ms: 20 }],
  ]);
  expect(sent.map(({ at }) => at)).toEqual([0, 6_020 / FASTEST]);
});

it.each([0, 0.04])('[K6] frames with hardly any sound (%d ms) cannot wait without number', (ms) => {
  let pace = goNow(freshPace(0), { kind: 'audio', text: 'long', ms: BURST_MS }, 0);
  if (pace === null) throw new Error('A burst may go at once');
  pace = holdBack(pace, { kind: 'audio', text: 'next', ms: 100 }) ?? pace;
  for (let i = 0; i < 10_000; i += 1) pace = holdBack(pace, { kind: 'audio', text: '', ms }) ?? pace;
  expect(pace.held.length).toBe(HELD_FRAMES);
  expect(pace.droppedMs).toBeCloseTo((10_000 - HELD_FRAMES + 1) * ms, 6);
});
