/** A day's budget from its first answer to its last, as a program sees it: on real ports, to the token and the cent. */
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { type Person, person, written } from '../support/person.ts';
import {
  pick,
  pickNumber,
  pickString,
  type Received,
  type RealtimeClient,
} from '../support/realtime-client.ts';

let gateway: Gateway;
beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(() => gateway.close());

/** What Azure asks for a million tokens of gpt-realtime, in dollars, by its own price page. */
const PRICES = { text: { fresh: 4, cached: 0.4, out: 16 }, audio: { fresh: 32, cached: 0.4, out: 64 } };

interface Sum {
  readonly tokens: number;
  readonly usd: number;
}

/** What the answers cost by Azure's own account, counted by the client itself. */
function sumOf(frames: readonly Received[]): Sum {
  const usages = frames
    .filter(({ type }) => type === 'response.done')
    .map((done) => pick(done, 'response.usage'));
  return {
    tokens: usages.reduce<number>((sum, usage) => sum + pickNumber(usage, 'total_tokens'), 0),
    usd: usages.reduce<number>((sum, usage) => sum + costOf(usage, 'text') + costOf(usage, 'audio'), 0),
  };
}

function costOf(usage: unknown, kind: 'text' | 'audio'): number {
  const input = pickNumber(usage, `input_token_details.${kind}_tokens`);
  const cached = pickNumber(usage, `input_token_details.cached_tokens_details.${kind}_tokens`);
  const output = pickNumber(usage, `output_token_details.${kind}_tokens`);
  const price = PRICES[kind];
  return ((input - cached) * price.fresh + cached * price.cached + output * price.out) / 1e6;
}

/** Asks, and forgets what was said, until the call is closed: many small answers of nearly the same price. */
async function talksUntilClosed(call: RealtimeClient): Promise<void> {
  for (;;) {
    const from = call.received.length;
    call.send(written('hello'));
    call.send({ type: 'response.create' });
    // The end of the answer, of ours or of one that the gateway asked for, or of the call.
    const isOver = () =>
      call.socket.readyState !== call.socket.OPEN ||
      call.received.slice(from).some(({ type }) => type === 'gateway.usage');
    await expect.poll(isOver, { interval: 5, timeout: 5_000 }).toBe(true);
    if (call.socket.readyState !== call.socket.OPEN) return;
    for (const frame of call.received.slice(from)) {
      if (frame.type === 'conversation.item.done') {
        call.send({ type: 'conversation.item.delete', item_id: pickString(frame, 'item.id') });
      }
    }
  }
}

async function usageOf(alice: Person): Promise<unknown> {
  return (await alice.asks('/api/usage')).json();
}

test.for([
  { budget: 'tokens', claim: { dailyTokens: 48_000 }, most: 48_000 },
  { budget: 'usd', claim: { dailyUsd: 0.8 }, most: 0.8 },
] as const)(
  '[G4][G5][G6][G7][G8] a day of $budget: warned at 80 and 95 %, told aloud, gone on in writing, ended at 100 %, never over',
  async ({ budget, claim, most }) => {
    const alice = await person(gateway, { claims: { voxgate: { ...claim, requestsPerMinute: 10_000 } } });
    const call = await alice.talks('binary');
    await talksUntilClosed(call);
    const { code, reason } = await call.closed();
    expect(code).toBe(4402);
    expect(reason).toMatch(/^Budget spent, try again in \d+ seconds$/);
    expect(call.received.at(-1)).toMatchObject({
      type: 'error',
      error: { code: 'budget_spent', message: expect.stringContaining('T00:00:00Z') },
    });

    const warnings = call.received.filter(({ type }) => type === 'gateway.warning');
    expect(warnings).toMatchObject([
      { code: 'budget_80', budget },
      { code: 'budget_95', budget },
    ]);
    expect(pickNumber(warnings[0], 'used_share')).toBeGreaterThanOrEqual(0.8);
    expect(pickNumber(warnings[1], 'used_share')).toBeGreaterThanOrEqual(0.95);

    const mark = call.received.findIndex((frame) => frame['code'] === 'budget_95');
    const kinds = call.received
      .slice(mark)
      .filter(({ type }) => type === 'response.content_part.added')
      .map((frame) => pick(frame, 'part.type'));
    // The gateway's own sentence first; it was spoken, and nothing after it is.
    expect(kinds[0]).toBe('audio');
    expect(kinds.slice(1)).toContain('text');
    expect(kinds.slice(kinds.indexOf('text'))).not.toContain('audio');

    const seen = sumOf(call.received);
    const usages = call.received.filter(({ type }) => type === 'gateway.usage');
    for (const usage of usages) expect(pickNumber(usage, `today.${budget}`)).toBeLessThanOrEqual(most);
    expect(seen[budget]).toBeLessThanOrEqual(most);
    expect(seen[budget]).toBeGreaterThan(0.95 * most);
    const told = await usageOf(alice);
    expect(pickNumber(told, 'today.tokens')).toBe(seen.tokens);
    expect(pickNumber(told, 'today.usd')).toBeCloseTo(seen.usd, 9);
    expect(pickNumber(told, `today.remaining.${budget}`)).toBeCloseTo(most - seen[budget], 9);
  },
);

test('[G5][G11] over several calls at once, what is told adds up to what Azure reported, to the token', async () => {
  const alice = await person(gateway);
  const calls = await Promise.all([alice.talks('binary'), alice.talks('binary'), alice.talks('binary')]);
  await Promise.all(
    calls.map(async (call) => {
      for (const text of ['hello', 'count to five', 'what is the time?']) {
        call.send(written(text));
        call.send({ type: 'response.create' });
        await call.until('gateway.usage');
      }
    }),
  );
  const sums = calls.map((call) => sumOf(call.received));
  const told = await usageOf(alice);
  expect(pickNumber(told, 'today.tokens')).toBe(sums.reduce((sum, { tokens }) => sum + tokens, 0));
  expect(pickNumber(told, 'today.usd')).toBeCloseTo(
    sums.reduce((sum, { usd }) => sum + usd, 0),
    9,
  );
  expect(pick(told, 'today.remaining')).toEqual({ tokens: null, usd: null, voice_minutes: null });
  expect(pick(told, 'days.0.tokens')).toBe(pick(told, 'today.tokens'));
  await Promise.all(calls.map((call) => call.close()));
});

test('[G16] who types over an answer is answered, although the first has the rest of the day promised', async () => {
  const slow = await startGateway({ emulator: { pace: 1 } });
  onTestFinished(() => slow.close());
  const alice = await person(slow, { claims: { voxgate: { dailyTokens: 3_000 } } });
  const call = await alice.talks('binary');
  call.send(written('count to twenty'));
  call.send({ type: 'response.create' });
  await call.until('response.output_audio_transcript.delta');
  call.send({ type: 'response.cancel' });
  call.send(written('hello'));
  call.send({ type: 'response.create' });
  expect(pick(await call.until('response.done'), 'response.status')).toBe('cancelled');
  expect(pick(await call.until('response.done'), 'response.status')).toBe('completed');
  await call.until('gateway.usage');
  expect(pickNumber(await (await alice.asks('/api/usage')).json(), 'today.tokens')).toBe(
    sumOf(call.received).tokens,
  );
  expect((await call.close()).code).toBe(1000);
});
