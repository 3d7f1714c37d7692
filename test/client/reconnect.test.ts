import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  backoffMs,
  CALLS_ANEW,
  comeBack,
  GRACE_MS,
  TOKEN_MS,
  type Loss,
} from '../../src/client/reconnect.ts';
import { closeCodes } from '../../src/protocol/close-codes.ts';

/** A call that stood and was lost a moment ago, on a network that is there. */
const lost = (loss: Partial<Loss> = {}): Loss => ({
  code: 1006,
  reason: '',
  lastError: '',
  isTokenKnown: true,
  isOver: false,
  isReturning: false,
  isLoadedAgain: false,
  attempts: 0,
  lostForMs: 0,
  isOnline: true,
  random: 0.5,
  ...loss,
});

test('[C43] every documented close code is followed as the table says', () => {
  const ended = { name: 'never', why: 'ended' };
  const table: Record<keyof typeof closeCodes, unknown> = {
    over: ended,
    goingAway: { name: 'now', way: 'resume' },
    tooBig: ended,
    notAllowed: ended,
    unauthenticated: ended,
    budgetSpent: ended,
    forbidden: ended,
    idle: ended,
    takenOver: ended,
    tooMany: { name: 'later', way: 'anew', waitMs: 12_000, isFirm: true },
    upstreamFailed: { name: 'later', way: 'anew', waitMs: 250, isFirm: false },
    upstreamUnreachable: { name: 'later', way: 'anew', waitMs: 250, isFirm: false },
  };
  const followed = Object.entries(closeCodes).map(([name, { code }]) => [
    name,
    comeBack(lost({ code, reason: 'Too many, 12 s' })),
  ]);
  expect(Object.fromEntries(followed)).toEqual(table);
});

test('[C43] a network that goes without a word is come back from at once, then after waits that double', () => {
  for (const code of [null, 1005, 1006, 1011, 1012, 3000, 4999])
    expect(comeBack(lost({ code }))).toEqual({ name: 'now', way: 'resume' });
  const waits = [1, 2, 3, 4, 5, 9].map((attempts) => comeBack(lost({ attempts, random: 1 })));
  expect(waits.map((it) => (it.name === 'later' ? it.waitMs : it))).toEqual([
    1000, 2000, 4000, 8000, 8000, 8000,
  ]);
});

test('[C43] a gateway that says goodbye to each return is not stormed', () => {
  expect(comeBack(lost({ code: 1001, attempts: 1, random: 1 }))).toMatchObject({
    name: 'later',
    waitMs: 1000,
  });
});

test('[C43] any wait up to the longest is as likely as another', () => {
  fc.assert(
    fc.property(fc.nat(60), fc.double({ min: 0, max: 1, noNaN: true }), (attempts, random) => {
      const waitMs = backoffMs({ attempts, random });
      expect(waitMs).toBeGreaterThanOrEqual(0);
      expect(waitMs).toBeLessThanOrEqual(8000);
      expect(Math.abs(waitMs - random * backoffMs({ attempts, random: 1 }))).toBeLessThanOrEqual(0.5);
    }),
  );
});

test('[C43] who is offline waits for the network, and no longer than the gateway does', () => {
  expect(comeBack(lost({ isOnline: false }))).toMatchObject({ name: 'later', way: 'resume', isFirm: false });
  const late = { lostForMs: GRACE_MS, attempts: 9 };
  expect(comeBack(lost({ ...late, isOnline: false }))).toEqual({ name: 'never', why: 'too-late' });
  expect(comeBack(lost({ ...late, isOnline: true }))).toMatchObject({ name: 'later', way: 'resume' });
});

test('[C43] a gateway that stays away is given up when no token is good any more', () => {
  const tries = [TOKEN_MS - 1, TOKEN_MS].map((lostForMs) => comeBack(lost({ attempts: 30, lostForMs })));
  expect(tries.map(({ name }) => name)).toEqual(['later', 'never']);
});

test('[C43] a call that never stood is not come back to', () => {
  for (const code of [null, 1006, 1001, 4429, 4502])
    expect(comeBack(lost({ code, isTokenKnown: false }))).toEqual({ name: 'never', why: 'never-stood' });
});

test('[C43] a token that is refused within the grace leads to another call, later to none', () => {
  const refused = { code: 4409, lastError: 'resume_refused' };
  expect(comeBack(lost({ ...refused, lostForMs: GRACE_MS - 1 }))).toEqual({ name: 'now', way: 'anew' });
  expect(comeBack(lost({ ...refused, lostForMs: GRACE_MS }))).toEqual({ name: 'never', why: 'too-late' });
  expect(comeBack(lost({ ...refused, isLoadedAgain: true }))).toEqual({ name: 'never', why: 'too-late' });
  expect(comeBack(lost({ code: 4409, lastError: 'taken_over' }))).toEqual({ name: 'never', why: 'ended' });
});

test('[C43] calls that break one behind the other are not begun for ever', () => {
  for (const code of [4502, 4503, 4429]) {
    expect(comeBack(lost({ code, attempts: CALLS_ANEW - 1 }))).toMatchObject({ name: 'later', way: 'anew' });
    expect(comeBack(lost({ code, attempts: CALLS_ANEW }))).toEqual({ name: 'never', why: 'too-often' });
  }
  expect(comeBack(lost({ code: 4429, reason: 'Too many, 3600 s' }))).toEqual({ name: 'never', why: 'ended' });
});

test('[C43] a return for which there is no room is tried again with the same token', () => {
  const full = { code: 4429, reason: 'Too many, 9 s', isReturning: true, attempts: 1 };
  const later = { name: 'later', way: 'resume', waitMs: 9000, isFirm: true };
  expect(comeBack(lost(full))).toEqual(later);
  expect(comeBack(lost({ ...full, lostForMs: TOKEN_MS - 8000 }))).toEqual({ name: 'never', why: 'ended' });
});

test('[C43] a network that fails on the way to another call does not lead back to the one that is over', () => {
  const next = comeBack(lost({ isOver: true, attempts: 1, random: 1 }));
  expect(next).toEqual({ name: 'later', way: 'anew', waitMs: 1000, isFirm: false });
});

test('[C43] whatever happens, there is an answer, and an end to it', () => {
  const losses = fc.record<Loss>({
    code: fc.option(fc.nat(4999)),
    reason: fc.string(),
    lastError: fc.constantFrom('', 'resume_refused', 'taken_over', 'upstream_lost'),
    isTokenKnown: fc.boolean(),
    isOver: fc.boolean(),
    isReturning: fc.boolean(),
    isLoadedAgain: fc.boolean(),
    attempts: fc.nat(100),
    lostForMs: fc.nat(2 * TOKEN_MS),
    isOnline: fc.boolean(),
    random: fc.double({ min: 0, max: 1, noNaN: true }),
  });
  fc.assert(
    fc.property(losses, (loss) => {
      const next = comeBack(loss);
      expect(next.name === 'later' ? next.waitMs : 0).toBeLessThanOrEqual(TOKEN_MS);
      const last = comeBack({ ...loss, lostForMs: TOKEN_MS, attempts: CALLS_ANEW });
      expect(last.name).toBe('never');
    }),
  );
});
