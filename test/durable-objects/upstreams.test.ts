import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Reached } from '../../src/durable-objects/dialer.ts';
import { MOST_DIALS, REDIAL_MS, Upstreams } from '../../src/durable-objects/upstreams.ts';

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

/** Nothing that matters here. */
const briefing = () => ({ opening: '{}', conversation: [] });

const nobody: Reached = { outcome: 'unreachable', reason: 'network' };
const busy: Reached = { outcome: 'refused', status: 503, code: '503', retryAfterMs: null };
const noSuch: Reached = {
  outcome: 'refused',
  status: 404,
  code: 'DeploymentNotFound',
  retryAfterMs: null,
};

/** Dials as given, and counts. */
function dialling(reached: Reached): { upstreams: Upstreams; dials: () => number } {
  let dials = 0;
  const upstreams = new Upstreams(async () => {
    dials += 1;
    return reached;
  });
  return { upstreams, dials: () => dials };
}

it.each([nobody, busy])('[X6] dials five times when $outcome, and then tells the last', async (reached) => {
  const { upstreams, dials } = dialling(reached);
  const began = Date.now();
  const told = upstreams.redial(briefing);
  await vi.runAllTimersAsync();
  expect(await told).toEqual(reached);
  expect(dials()).toBe(MOST_DIALS);
  expect(Date.now() - began).toBeLessThanOrEqual(REDIAL_MS);
});

it('[X6] dials once when another dial would change nothing', async () => {
  const { upstreams, dials } = dialling(noSuch);
  expect(await upstreams.redial(briefing)).toEqual(noSuch);
  expect(dials()).toBe(1);
});

it('[X6] gives up a dial that takes longer than the person waits', async () => {
  const upstreams = new Upstreams(
    (signal) =>
      new Promise((resolve) => {
        signal.addEventListener('abort', () => resolve({ outcome: 'unreachable', reason: 'aborted' }));
      }),
  );
  const told = upstreams.redial(briefing);
  await vi.advanceTimersByTimeAsync(REDIAL_MS);
  expect(await told).toEqual({ outcome: 'unreachable', reason: 'aborted' });
  expect(vi.getTimerCount()).toBe(0);
});

it('[X10] dials nobody any more when the call is over, and leaves no timer', async () => {
  const { upstreams, dials } = dialling(nobody);
  const told = upstreams.redial(briefing);
  await vi.waitFor(() => expect(vi.getTimerCount()).toBe(1));
  upstreams.close();
  await told;
  expect(vi.getTimerCount()).toBe(0);
  expect(dials()).toBe(1);
});
