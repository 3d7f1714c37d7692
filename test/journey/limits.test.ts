/** Limits of a user as programs meet them: on real ports, by the defaults, with nobody's clock but the wall's. */
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { complaintOn, person, written } from '../support/person.ts';
import { pick, pickNumber, type RealtimeClient } from '../support/realtime-client.ts';
import { inChunks, quiet, toBase64 } from '../support/speech.ts';
import { startTcpProxy } from '../support/tcp-proxy.ts';

const RATE_LIMITED = /^Rate limit exceeded, try again in (?<seconds>[1-9]\d?) seconds$/;

let gateway: Gateway;
beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(() => gateway.close());

/** Waits until a call is let in, and returns it. */
async function letIn(calls: () => Promise<RealtimeClient>): Promise<RealtimeClient> {
  return vi.waitFor(
    async () => {
      const call = await calls();
      await call.until('session.created');
      return call;
    },
    { timeout: 10_000, interval: 50 },
  );
}

/** The sound that the emulator has heard so far, in milliseconds. */
async function heardMs(): Promise<number> {
  return pickNumber(await (await fetch(`${gateway.emulator.url}/emulator/stats`)).json(), 'audio_ms_in');
}

describe('sessions at the same time', () => {
  test('[R22] the fourth is told "Max connections exceeded" and closed with 4429; a place given up is free at once', async () => {
    const alice = await person(gateway);
    const calls = [await alice.talks(), await alice.talks('binary'), await alice.talks()];
    const fourth = await alice.calls();
    expect(pick(await fourth.until('error'), 'error')).toMatchObject({
      code: 'too_many_connections',
      message: 'Max connections exceeded',
    });
    expect(await fourth.closed()).toMatchObject({
      code: 4429,
      reason: expect.stringMatching(/^Max connections exceeded/),
    });
    await calls[0]?.close();
    const inItsPlace = await alice.talks();
    await Promise.all([...calls.slice(1), inItsPlace].map((call) => call.close()));
  });

  test.for(['reset', 'fin'] as const)(
    '[R22] places whose connections end by %s, without a goodbye, are free soon',
    async (how) => {
      const network = await startTcpProxy(gateway.url);
      const alice = await person(network);
      const calls = [await alice.talks(), await alice.talks(), await alice.talks()];
      expect(await complaintOn(await alice.calls())).toBe('too_many_connections');
      network.cut(how);
      expect((await Promise.all(calls.map((call) => call.closed()))).map(({ code }) => code)).toEqual([
        1006, 1006, 1006,
      ]);
      const again = [];
      for (let count = 0; count < 3; count += 1) again.push(await letIn(alice.calls));
      await Promise.all(again.map((call) => call.close()));
      await network.close();
    },
  );

  test('[K4] of fifty sockets at once exactly three are let in', async () => {
    const alice = await person(gateway);
    const sockets = await Promise.all(Array.from({ length: 50 }, () => alice.calls()));
    const heard = await Promise.all(sockets.map((socket) => socket.next()));
    expect(heard.filter(({ type }) => type === 'session.created')).toHaveLength(3);
    expect(heard.filter((frame) => pick(frame, 'error.code') === 'too_many_connections')).toHaveLength(47);
    const inside = sockets.filter((_, at) => heard[at]?.type === 'session.created');
    await Promise.all(inside.map((socket) => socket.close()));
  });
});

describe('requests', () => {
  test('[K1] whatever they are made of, the 61st is told "Rate limit exceeded", with the seconds to wait', async () => {
    const alice = await person(gateway);
    const call = await alice.talks('binary');
    for (let count = 0; count < 20; count += 1) call.send({ type: 'gateway.ping' });
    for (let count = 0; count < 20; count += 1) call.send(written('hello'));
    for (let count = 0; count < 14; count += 1)
      call.send({ type: 'session.update', session: { type: 'realtime' } });
    for (let count = 0; count < 4; count += 1) call.sendText('no JSON');
    // Sound is no request.
    for (let count = 0; count < 100; count += 1) call.sendBinary(quiet(20));
    call.send({ type: 'gateway.ping' });
    // One to open it and 59 since.
    await vi.waitFor(() =>
      expect(call.received.filter(({ type }) => type === 'gateway.pong')).toHaveLength(21),
    );
    call.send({ type: 'response.create' });
    const told = await call.closed();
    expect(told.code).toBe(4429);
    expect(told.reason).toMatch(RATE_LIMITED);
    expect(call.received.at(-1)).toMatchObject({
      type: 'error',
      error: { code: 'rate_limited', message: expect.stringContaining('Rate limit exceeded') },
    });
    expect(call.received.map(({ type }) => type)).not.toContain('response.created');
  });

  test('[K1][K3] they count over sockets and API calls alike', async () => {
    const alice = await person(gateway);
    const [first, second] = [await alice.talks('binary'), await alice.talks('binary')];
    for (let count = 0; count < 28; count += 1) first.send({ type: 'gateway.ping' });
    for (let count = 0; count < 28; count += 1) second.send({ type: 'gateway.ping' });
    for (const call of [first, second]) {
      await vi.waitFor(() =>
        expect(call.received.filter(({ type }) => type === 'gateway.pong')).toHaveLength(28),
      );
    }
    expect((await alice.asks('/api/usage')).status).toBe(200);
    expect((await alice.asks('/api/session')).status).toBe(200);
    const refused = await alice.asks('/api/usage');
    expect(refused.status).toBe(429);
    expect(await refused.json()).toMatchObject({ code: 'rate_limited', status: 429 });
    const waitSeconds = Number(refused.headers.get('Retry-After'));
    expect(waitSeconds).toBeGreaterThan(0);
    expect(waitSeconds).toBeLessThanOrEqual(60);
    const third = await alice.calls();
    expect(await complaintOn(third)).toBe('rate_limited');
    expect((await third.closed()).reason).toMatch(RATE_LIMITED);
    second.send({ type: 'gateway.ping' });
    expect((await second.closed()).code).toBe(4429);
    // Who does not ask is not closed.
    first.sendBinary(quiet(20));
    expect((await first.close()).code).toBe(1000);
  });
});

describe('sound', () => {
  test('[K5] thirty seconds sent at once reach Azure at twice the pace of life after ten, and none is lost', async () => {
    const alice = await person(gateway);
    const call = await alice.talks('binary');
    const before = await heardMs();
    const started = performance.now();
    for (const chunk of inChunks(quiet(30_000), 100)) call.sendBinary(chunk);
    expect(await call.until('gateway.warning')).toMatchObject({ code: 'audio_held_back' });
    const readings: (readonly [atMs: number, heardMs: number])[] = [];
    await vi.waitFor(
      async () => {
        const heard = (await heardMs()) - before;
        readings.push([performance.now() - started, heard]);
        expect(heard).toBeGreaterThanOrEqual(30_000);
      },
      { timeout: 20_000, interval: 20 },
    );
    expect(readings.filter(([at, heard]) => heard > 10_000 + 2 * at)).toEqual([]);
    const [finishedAt, total] = readings.at(-1) ?? [0, 0];
    expect(total).toBe(30_000);
    // Nor is it slower than it has to be.
    expect(finishedAt).toBeLessThan(12_000);
    await call.close();
  });

  test('[K5] what waits keeps its place among the events behind it', async () => {
    const alice = await person(gateway);
    const call = await alice.talks('binary');
    for (const chunk of inChunks(quiet(12_000), 100)) {
      call.send({ type: 'input_audio_buffer.append', audio: toBase64(chunk) });
    }
    call.send({ type: 'input_audio_buffer.clear' });
    call.send({ type: 'input_audio_buffer.commit' });
    await call.until('input_audio_buffer.cleared');
    // Had the sound come after the clear, there would be something to commit.
    expect(await complaintOn(call)).toBe('input_audio_buffer_commit_empty');
    await call.close();
  });
});
