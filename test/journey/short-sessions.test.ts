/** How sessions end by themselves, on real ports, by variables that are fractions of a minute. */
import { expect, onTestFinished, test } from 'vitest';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { complaintOn, person, written } from '../support/person.ts';
import { pick, pickNumber } from '../support/realtime-client.ts';

/** One with these variables, until the test is over. */
async function gatewayWith(vars: Readonly<Record<string, string>>): Promise<Gateway> {
  const gateway = await startGateway({ vars });
  onTestFinished(() => gateway.close());
  return gateway;
}

test('[K7][K9] nobody speaks for SESSION_IDLE_MINUTES of 0.05: announced, then 4408, whatever pings', async () => {
  const alice = await person(await gatewayWith({ SESSION_IDLE_MINUTES: '0.05' }));
  const call = await alice.talks('binary');
  const opened = performance.now();
  call.send({ type: 'gateway.ping' });
  expect(await call.until('gateway.warning')).toMatchObject({ code: 'session_ending', reason: 'idle' });
  expect(await complaintOn(call)).toBe('idle');
  expect((await call.closed()).code).toBe(4408);
  expect(performance.now() - opened).toBeGreaterThan(2_900);
  expect(performance.now() - opened).toBeLessThan(6_000);
});

test('[R23][K9] SESSION_MAX_MINUTES of 0.05 end a call with 1000, however lively it is', async () => {
  const alice = await person(await gatewayWith({ SESSION_MAX_MINUTES: '0.05' }));
  const call = await alice.talks('binary');
  call.send(written('hello'));
  call.send({ type: 'response.create' });
  await call.until('response.done');
  expect(await call.until('gateway.warning')).toMatchObject({ code: 'session_ending', reason: 'longest' });
  expect(await complaintOn(call)).toBe('session_expired');
  expect((await call.closed()).code).toBe(1000);
});

test('[G8][G13] DAILY_VOICE_MINUTES_PER_USER of 0.05 end a call with 4402, and no other opens', async () => {
  const alice = await person(await gatewayWith({ DAILY_VOICE_MINUTES_PER_USER: '0.05' }));
  const call = await alice.talks('binary');
  expect(await complaintOn(call)).toBe('budget_spent');
  const { code, reason } = await call.closed();
  expect({ code, reason }).toEqual({
    code: 4402,
    reason: expect.stringMatching(/^Budget spent, try again in \d+ seconds$/),
  });
  const codes = call.received
    .filter(({ type }) => type === 'gateway.warning')
    .map((warning) => warning['code']);
  expect(codes).toContain('budget_95');
  const next = await alice.calls();
  expect(await complaintOn(next)).toBe('budget_spent');
  expect((await next.closed()).code).toBe(4402);
  const usage: unknown = await (await alice.asks('/api/usage')).json();
  expect(pickNumber(usage, 'today.voice_minutes')).toBeGreaterThanOrEqual(0.05);
  expect(pickNumber(usage, 'today.voice_minutes')).toBeLessThan(0.08);
  expect(pick(usage, 'today.remaining.voice_minutes')).toBe(0);
});
