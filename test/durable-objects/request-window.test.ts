import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  waitForRequest,
  WINDOW_MS,
  withRequest,
  type RequestWindow,
} from '../../src/durable-objects/request-window.ts';

const gaps = fc.array(fc.integer({ min: 0, max: 20_000 }), { maxLength: 200 });

/** Somebody who tries at these times and is let in when the window says so. */
function lettingIn(times: readonly number[], most: number): readonly number[] {
  let window: RequestWindow = [];
  return times.filter((now) => {
    if (waitForRequest(window, most, now) !== null) return false;
    window = withRequest(window, now);
    return true;
  });
}

function timesOf(waits: readonly number[]): readonly number[] {
  let now = 1_000_000;
  return waits.map((wait) => (now += wait));
}

it('[K2] within any 60 seconds, wherever they begin, no more requests are let in than may be', () => {
  fc.assert(
    fc.property(gaps, fc.integer({ min: 1, max: 20 }), (waits, most) => {
      const admitted = lettingIn(timesOf(waits), most);
      for (const start of admitted) {
        const within = admitted.filter((at) => at >= start && at < start + WINDOW_MS);
        expect(within.length).toBeLessThanOrEqual(most);
      }
    }),
  );
});

it('[K2] nobody is refused who made fewer requests in the last 60 seconds than may be', () => {
  fc.assert(
    fc.property(gaps, fc.integer({ min: 1, max: 20 }), (waits, most) => {
      const times = timesOf(waits);
      const admitted = lettingIn(times, most);
      const refused = times.filter((at) => !admitted.includes(at));
      for (const at of refused) {
        expect(admitted.filter((one) => one <= at && at - one < WINDOW_MS).length).toBe(most);
      }
    }),
  );
});

it('[K2] the wait that is told is the shortest that works', () => {
  fc.assert(
    fc.property(gaps, fc.integer({ min: 1, max: 20 }), (waits, most) => {
      let window: RequestWindow = [];
      const times = timesOf(waits);
      for (const now of times)
        if (waitForRequest(window, most, now) === null) window = withRequest(window, now);
      const now = times.at(-1) ?? 0;
      const waitMs = waitForRequest(window, most, now);
      if (waitMs === null) return;
      expect(waitForRequest(window, most, now + waitMs)).toBeNull();
      expect(waitForRequest(window, most, now + waitMs - 1)).toBe(1);
    }),
  );
});

it('[K2] where no request may be made there is no time at which one may', () => {
  expect(waitForRequest([], 0, 5)).toBe(WINDOW_MS);
});
