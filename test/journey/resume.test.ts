/** The network between a browser and the gateway goes away in the middle of an answer, and comes back. */
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { RESUME_SUBPROTOCOL, VOICE_SUBPROTOCOL } from '../../src/protocol/subprotocols.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { person, type Person, written } from '../support/person.ts';
import {
  connect,
  pickNumber,
  pickString,
  type RealtimeClient,
  type Received,
} from '../support/realtime-client.ts';
import { inChunks, quiet } from '../support/speech.ts';
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts';

let gateway: Gateway;
let network: TcpProxy;
beforeAll(async () => {
  gateway = await startGateway({ emulator: { pace: 1 } });
  network = await startTcpProxy(gateway.url);
});
afterAll(async () => {
  await network.close();
  await gateway.close();
});

/** Comes back to a call of which this was received. */
function comesBack({ token }: Person, resumeToken: string, received: number): Promise<RealtimeClient> {
  return connect(`${network.url}/ws/voice?received=${received}`, {
    headers: { Authorization: `Bearer ${token}` },
    subprotocols: [VOICE_SUBPROTOCOL, `${RESUME_SUBPROTOCOL}${resumeToken}`],
    waitMs: 20_000,
  });
}

function asks(call: RealtimeClient): void {
  call.send(written('count to twelve'));
  call.send({ type: 'response.create' });
}

/** The sound of an answer, whole. */
function soundIn(frames: readonly Received[]): Buffer {
  return Buffer.concat(frames.flatMap(({ bytes }) => (bytes instanceof Uint8Array ? [bytes] : [])));
}

/** What happened in an answer, in its order; how sound and words interleave is Azure's business. */
function eventsIn(frames: readonly Received[]): string[] {
  return frames.map(({ type }) => type).filter((type) => type !== 'binary' && !type.endsWith('.delta'));
}

async function azureHears(): Promise<{ socketsOpen: number; audioMs: number }> {
  const stats = await (await fetch(`${gateway.emulator.url}/emulator/stats`)).json();
  return { socketsOpen: pickNumber(stats, 'sockets_open'), audioMs: pickNumber(stats, 'audio_ms_in') };
}

test.for(['reset', 'fin'] as const)(
  '[Q1][Q2] an answer that is cut three times by %s is heard as one that was not',
  async (how) => {
    const alice = await person(network);
    const whole = await alice.talks('binary');
    asks(whole);
    await whole.until('rate_limits.updated');
    await whole.close();

    let call = await alice.talks('binary');
    let resumeToken = pickString(call.received[0], 'resume_token');
    const heard: Received[] = [];
    const returns: Received[] = [];
    asks(call);
    for (let cut = 0; cut < 3; cut += 1) {
      await call.until('binary');
      network.cut(how);
      expect((await call.closed()).code).toBe(1006);
      heard.push(...call.received);
      call = await comesBack(alice, resumeToken, heard.length);
      expect(call.socket.protocol).toBe(VOICE_SUBPROTOCOL);
      const resumed = await call.next();
      expect(resumed).toMatchObject({ type: 'gateway.resumed', continuity: 'complete', received: 2 });
      returns.push(resumed);
      resumeToken = pickString(resumed, 'resume_token');
    }
    await call.until('rate_limits.updated');
    heard.push(...call.received);
    await call.close();

    const answer = heard.filter((frame) => !returns.includes(frame));
    expect(eventsIn(answer)).toEqual(eventsIn(whole.received));
    expect(soundIn(answer).equals(soundIn(whole.received))).toBe(true);
    expect(soundIn(answer).length).toBeGreaterThan(48_000);
  },
);

test('[Q3] sound that was cut on its way up is sent again from where it arrived, and Azure hears it once', async () => {
  const alice = await person(network);
  const first = await alice.talks('binary');
  const before = (await azureHears()).audioMs;
  const chunks = inChunks(quiet(4_000), 20);
  const half = chunks.length / 2;
  // Of the first half some arrives and some does not, as it happens.
  for (const chunk of chunks.slice(0, half)) first.sendBinary(chunk);
  await vi.waitFor(async () => expect((await azureHears()).audioMs).toBeGreaterThan(before));
  network.cut('reset');
  await first.closed();
  const again = await comesBack(alice, pickString(first.received[0], 'resume_token'), first.received.length);
  const arrived = pickNumber(await again.next(), 'received');
  for (const chunk of chunks.slice(arrived)) again.sendBinary(chunk);
  again.send({ type: 'gateway.ping' });
  await again.until('gateway.pong');
  await vi.waitFor(async () => expect((await azureHears()).audioMs - before).toBe(4_000), { timeout: 5_000 });
  await again.close();
});

test(
  '[Q8][R24] a call whose browser does not come back is there for thirty seconds, and then leaves nothing',
  { timeout: 90_000 },
  async () => {
    const alice = await person(network);
    await vi.waitFor(async () => expect((await azureHears()).socketsOpen).toBe(0), { timeout: 10_000 });
    const call = await alice.talks('binary');
    network.cut('reset');
    await call.closed();
    const since = performance.now();
    await vi.waitFor(async () => expect((await azureHears()).socketsOpen).toBe(0), {
      timeout: 40_000,
      interval: 100,
    });
    const lastedMs = performance.now() - since;
    expect(lastedMs).toBeGreaterThan(29_000);
    expect(lastedMs).toBeLessThan(32_000);
    const late = await comesBack(alice, pickString(call.received[0], 'resume_token'), call.received.length);
    expect(await late.next()).toMatchObject({ type: 'error', error: { code: 'resume_refused' } });
    expect((await late.closed()).code).toBe(4409);
  },
);

test(
  '[Q11][Q13] the server is killed in the middle of an answer; the call goes on with the next one, and knows what was said',
  { timeout: 60_000 },
  async () => {
    const alice = await person(network);
    const first = await alice.talks('binary');
    first.send(written('My name is Ada.'));
    first.send({ type: 'response.create' });
    await first.until('gateway.usage');
    asks(first);
    await first.until('binary');
    // What is written down is on the disk some milliseconds later, and nobody waits for it.
    await vi.waitFor(async () => expect((await azureHears()).socketsOpen).toBe(1));
    await gateway.crash();
    expect((await first.closed()).code).toBe(1006);
    const again = await comesBack(
      alice,
      pickString(first.received[0], 'resume_token'),
      first.received.length,
    );
    expect(await again.next()).toMatchObject({ type: 'gateway.resumed', continuity: 'restored' });
    await again.until('gateway.upstream.renewed');
    again.send(written('What is my name?'));
    again.send({ type: 'response.create' });
    await again.until('gateway.usage');
    const told = again.received.map((frame) => JSON.stringify(frame)).join('');
    expect(told).toContain('"status":"incomplete"');
    expect(told).toContain('Your name is Ada.');
    expect(told).not.toContain('"type":"session.created"');
    await again.close();
  },
);
