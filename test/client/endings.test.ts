import { expect, test } from 'vitest';
import { closeCodes } from '../../src/protocol/close-codes.ts';
import { announcesEnd, endingNotice } from '../../src/client/endings.ts';
import { problems } from '../../src/client/problems.ts';
import { Dialogue, NOON } from './dialogue.ts';

const closing = (code: number, reason = '', lastError = '') => ({ code, reason, lastError, at: NOON });

test('[C3] every documented close code but an ordinary end has a sentence of its own', () => {
  const texts = Object.values(closeCodes).map(
    ({ code, reason }) => endingNotice(closing(code, reason))?.text,
  );
  expect(endingNotice(closing(1000))).toBeNull();
  expect(new Set(texts).size).toBe(texts.length);
  expect(endingNotice(closing(1006))).toEqual(problems.connectionLost);
  expect(endingNotice(closing(4429, 'Too many, 17 s'))?.text).toMatch(/Start again in 17 seconds\.$/);
});

test('[C36] the complaint before a close tells its story better, and only with its own code', () => {
  const told = [
    closing(1000, '', 'ended_by_admin'),
    closing(1000, '', 'session_expired'),
    closing(1001, '', 'session_expired'),
    closing(4401, 'Signed out', 'signed_out'),
    closing(4401, 'Credential expired', 'credential_expired'),
    closing(4401, 'Credential expired'),
    closing(4408, 'Idle too long', 'idle'),
    closing(4502, '', 'rate_limited'),
  ].map((it) => endingNotice(it));
  expect(told).toEqual([
    problems.endedByAdmin,
    problems.longest,
    problems.goingAway,
    problems.signedOut,
    problems.signInExpired,
    problems.signInExpired,
    problems.idle,
    problems.upstreamFailed,
  ]);
});

test('[C36] whoever has to wait is told how long', () => {
  const rate = closing(4429, 'Rate limit exceeded, try again in 17 seconds', 'rate_limited');
  expect(endingNotice(rate)?.text).toBe('You asked for a lot in a short time. Start again in 17 seconds.');
  const calls = closing(4429, 'Max connections exceeded, try again in 30 seconds', 'too_many_connections');
  expect(endingNotice(calls)?.text).toBe(
    'As many calls are open as you may have. End one or wait 30 seconds, then start again.',
  );
  expect(endingNotice(closing(4429, '', 'rate_limited'))).toEqual(problems.tooManyRequests);
  expect(endingNotice(closing(4429, '', 'too_many_connections'))).toEqual(problems.tooManyCalls);
});

test.each([
  { timeZone: 'UTC', locale: 'en-US', when: '12:00\u00A0AM tomorrow' },
  { timeZone: 'Europe/Berlin', locale: 'de-DE', when: '01:00 tomorrow' },
  { timeZone: 'America/Los_Angeles', locale: 'en-US', when: '4:00\u00A0PM' },
])('[C36] in $timeZone a spent day begins anew at $when', ({ when, ...clock }) => {
  const spent = closing(4402, `Budget spent, try again in ${12 * 60 * 60} seconds`, 'budget_spent');
  expect(endingNotice(spent, clock)?.text).toBe(
    `Today's allowance is used up. Come back at ${when}, when it starts anew.`,
  );
});

test('[C36] an allowance that says no time is used up all the same', () => {
  expect(endingNotice(closing(4402, 'Budget spent'))).toEqual(problems.budgetSpent);
});

test('[C36] a complaint that announces the end is told once, with the end', () => {
  const call = Dialogue.live().hear({ type: 'error', error: { code: 'idle', message: 'For long.' } });
  expect([call.phase, call.model.notice]).toEqual(['listening', null]);
  call.closes(4408, 'Idle too long');
  expect([call.phase, call.model.notice]).toEqual(['error', problems.idle]);
  expect(['invalid_value', 'audio_dropped', 'session_locked', 'not_ready'].filter(announcesEnd)).toEqual([]);
});

test('[C36] an end that is nobody’s fault is no error, and says what it was', () => {
  const ended = Dialogue.live().endsWith('ended_by_admin', 1000);
  expect([ended.phase, ended.model.notice]).toEqual(['ended', problems.endedByAdmin]);
  const refused = new Dialogue().tell({ type: 'start' }).endsWith('ended_by_admin', 1000);
  expect([refused.phase, refused.model.notice]).toEqual(['error', problems.endedByAdmin]);
});

test('[C36] a call that is refused tells why, and the next one does not', () => {
  const call = new Dialogue().tell({ type: 'start' });
  call.endsWith('too_many_connections', 4429, 'Max connections exceeded, try again in 30 seconds');
  expect([call.phase, call.model.notice?.text]).toEqual(['error', expect.stringContaining('30 seconds')]);
  call.tell({ type: 'start' }).hear({ type: 'session.created' }).closes(4429, 'Too many, 5 s');
  expect(call.model.notice?.text).toBe('That was too much at once. Start again in 5 seconds.');
});
