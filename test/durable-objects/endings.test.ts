import { expect, it } from 'vitest';
import { afterAzureClose, afterDial, answerTo } from '../../src/durable-objects/endings.ts';
import { SILENCE_MS, Watchdog } from '../../src/durable-objects/watchdog.ts';
import { dialling, type Open, type RelayState } from '../../src/durable-objects/relay-state.ts';
import { emptyLedger as ledger } from '../../src/durable-objects/ledger.ts';
import { emptyPrelude } from '../../src/durable-objects/prelude.ts';
import { PaperCall } from './paper-call.ts';
import { closeCodes, comeBackAfter } from '../../src/protocol/close-codes.ts';

const open = anOpenState();

function anOpenState(): Open {
  const { state } = new PaperCall().opens();
  if (state.name !== 'open') throw new Error(`expected an open call, not one ${state.name}`);
  return { ...state, isSelfAnswering: true };
}

it('[R17] a refused dial says so with Azure’s status, an unreachable one that nobody was there', () => {
  expect(afterDial({ outcome: 'refused', status: 401, code: '401', retryAfterMs: null })).toMatchObject({
    as: 'upstreamFailed',
    complaint: { code: 'upstream_refused', message: expect.stringContaining('401') },
  });
  expect(
    afterDial({ outcome: 'refused', status: 429, code: '429', retryAfterMs: 1_500 }).complaint?.message,
  ).toContain('too busy');
  expect(afterDial({ outcome: 'resting', retryAfterMs: 9_000 })).toMatchObject({
    as: 'upstreamUnreachable',
    reason: 'Azure unreachable, try again in 9 seconds',
  });
  expect(afterDial({ outcome: 'unreachable', reason: 'timeout' })).toMatchObject({
    as: 'upstreamUnreachable',
    complaint: { code: 'upstream_unreachable', message: expect.stringContaining('in time') },
  });
});

it.each([
  [1000, 'over', null],
  [1001, 'goingAway', 'session_expired'],
  [1005, 'upstreamFailed', 'upstream_lost'],
  [1006, 'upstreamFailed', 'upstream_lost'],
  [1011, 'upstreamFailed', 'upstream_lost'],
  [4000, 'upstreamFailed', 'upstream_lost'],
] as const)('[R18] Azure closing with %i is told to the browser as %s', (code, as, complaint) => {
  const ending = afterAzureClose(code, open);
  expect(ending.as).toBe(as);
  expect(ending.complaint?.code ?? null).toBe(complaint);
});

it('[R18] an Azure that says goodbye before the call is open is lost', () => {
  expect(afterAzureClose(1000, dialling)).toMatchObject({ as: 'upstreamFailed' });
});

it.each([
  [1000, 1000],
  [1001, 1001],
  [3000, 3000],
  [4999, 4999],
  [1004, 1000],
  [1005, 1000],
  [1006, 1000],
  [1015, 1000],
  [0, 1000],
])('[R19] a browser that closes with %i is answered with %i', (code, answer) => {
  expect(answerTo(code)).toBe(answer);
});

it('[R20] Azure is lost when it owes an answer for ten seconds, and not while nobody asks', () => {
  const asked = new Watchdog();
  asked.asked(1_000);
  asked.asked(5_000);
  const quiet = new Watchdog();
  quiet.heard(1_000);
  const late = 1_000 + SILENCE_MS;
  expect(asked.isStalled(open, late - 1)).toBe(false);
  expect(asked.isStalled(open, late)).toBe(true);
  expect(quiet.isStalled(open, 1_000_000)).toBe(false);
  expect(quiet.isStalled({ ...open, answering: 1 }, late)).toBe(true);
  expect(quiet.isStalled({ ...open, isReplyOwed: true }, late)).toBe(true);
  const configuring: RelayState = {
    name: 'configuring',
    ledger,
    prelude: emptyPrelude,
    carried: null,
    created: null,
    asked: 'opening',
    offered: [],
  };
  expect(quiet.isStalled(configuring, late)).toBe(true);
  expect(asked.isStalled(dialling, 1_000_000)).toBe(false);
  asked.heard(2_000);
  expect(asked.isStalled(open, 1_000_000)).toBe(false);
});

it('[P1] every documented close code may be sent, fits its reason into a close frame and says what to do next', () => {
  const codes = Object.values(closeCodes);
  expect(new Set(codes.map(({ code }) => code)).size).toBe(codes.length);
  for (const { code, reason, comeBack } of codes) {
    expect(answerTo(code)).toBe(code);
    expect(new TextEncoder().encode(reason).byteLength).toBeLessThanOrEqual(123);
    expect(comeBackAfter(code)).toBe(comeBack);
  }
});

it('[P1] a code that nobody documented means the network, and is tried again', () => {
  expect(comeBackAfter(1006)).toBe('with-backoff');
});
