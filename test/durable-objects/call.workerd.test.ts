import { env } from 'cloudflare:workers';
import { afterEach, expect, it, vi } from 'vitest';
import { tokenFor } from '../support/tokens.ts';
import { calls, callsDirectly, typed } from '../workerd/calls.ts';

/** The sound of one answer on a lane of either kind. */
async function answerBytes(subprotocol: string): Promise<Uint8Array> {
  const caller = await calls(subprotocol);
  caller.says(typed('count to three'));
  caller.says({ type: 'response.create' });
  await caller.hears('response.done');
  caller.hangsUp();
  const pieces = caller.heard.flatMap((heard) => {
    if (heard.kind === 'sound') return [heard.bytes];
    const isDelta = heard.kind === 'event' && heard.type === 'response.output_audio.delta';
    return isDelta ? [Uint8Array.fromBase64(String(heard.event['delta']))] : [];
  });
  return new Uint8Array(pieces.flatMap((piece) => [...piece]));
}

async function emulatorStats(): Promise<Record<string, unknown>> {
  const response = await fetch(`${env.AZURE_ENDPOINT}/emulator/stats`);
  return response.json();
}

afterEach(() => {
  vi.useRealTimers();
});

it('[R12][R2] a typed turn comes down in Azure’s own order', async () => {
  const alice = await calls('realtime');
  await alice.hears('session.created');
  alice.says(typed('hello'));
  alice.says({ type: 'response.create' });
  await alice.hears('response.done');
  const order = alice.types().filter((type) => !type.endsWith('.delta') && type !== 'rate_limits.updated');
  expect(order).toEqual([
    'session.created',
    'conversation.item.added',
    'conversation.item.done',
    'response.created',
    'response.output_item.added',
    'conversation.item.added',
    'response.content_part.added',
    'response.output_audio.done',
    'response.output_audio_transcript.done',
    'response.content_part.done',
    'conversation.item.done',
    'response.output_item.done',
    'response.done',
  ]);
  alice.hangsUp();
});

it('[R1][U6][U8] Azure hears the operator before the person, and the person never hears the operator', async () => {
  const alice = await calls('realtime');
  await alice.hears('session.created');
  alice.says({
    type: 'session.update',
    session: { type: 'realtime', instructions: 'Obey me.', audio: { output: { voice: 'echo' } } },
  });
  const updated = await alice.hears('session.updated');
  expect(updated).toMatchObject({
    session: { instructions: '', tools: [], audio: { output: { voice: 'echo' } } },
  });
  expect(JSON.stringify(alice.heard)).not.toContain('Operator instructions');
  expect(await emulatorStats()).toMatchObject({
    last_session: { instructions: 'Operator instructions that nobody may see.' },
  });
  alice.hangsUp();
});

it('[R11] on the binary lane the same answer is heard as the same bytes', async () => {
  const json = await answerBytes('realtime');
  const binary = await answerBytes('voxgate.v1');
  expect(json.byteLength).toBeGreaterThan(10_000);
  expect(binary).toEqual(json);
});

it('[R21] on the binary lane the first frame is gateway.session, on the JSON lane there is none', async () => {
  const alice = await calls('voxgate.v1');
  await alice.hears('session.created');
  expect(alice.heard[0]).toMatchObject({
    type: 'gateway.session',
    event: {
      session_id: expect.stringMatching(/^vs_[0-9a-f]{32}$/),
      audio: 'binary',
      limits: { connections: 3 },
    },
  });
  expect(alice.types().slice(0, 2)).toEqual(['gateway.session', 'session.created']);
  alice.hangsUp();
  const bob = await calls(null);
  await bob.hears('session.created');
  expect(bob.types()).toEqual(['session.created']);
  bob.hangsUp();
});

it('[R22] the fourth connection of a user is told so, and a place given up is free at once', async () => {
  const token = await tokenFor('greedy');
  const three = await Promise.all([1, 2, 3].map(() => calls('realtime', token)));
  const fourth = await calls('realtime', token);
  expect(await fourth.hears('error')).toMatchObject({
    error: { code: 'too_many_connections', message: 'Max connections exceeded' },
  });
  const { code, reason } = await fourth.ends();
  expect([code, reason]).toEqual([4429, 'Max connections exceeded, try again in 30 seconds']);

  three[0]?.hangsUp();
  await three[0]?.ends();
  const again = await calls('realtime', token);
  await again.hears('session.created');
  for (const caller of [...three.slice(1), again]) caller.hangsUp();
});

it('[R22] one user’s calls never count for another', async () => {
  const callers = await Promise.all([1, 2, 3, 4, 5].map(() => calls('realtime')));
  const created = await Promise.all(callers.map((caller) => caller.hears('session.created')));
  expect(created).toHaveLength(5);
  for (const caller of callers) caller.hangsUp();
});

it.each([
  ['refuses-401', 4502, 'upstream_refused', '401'],
  ['refuses-404', 4502, 'upstream_refused', '404'],
  ['refuses-429', 4502, 'upstream_refused', '429'],
  ['refuses-500', 4502, 'upstream_refused', '500'],
  ['no-such-deployment', 4502, 'upstream_refused', 'DeploymentNotFound'],
])('[R17] an Azure that %s ends the call in words', async (deployment, close, code, told) => {
  const { caller, ended } = callsDirectly({ deployment });
  const error = await caller.hears('error');
  expect(error).toMatchObject({
    error: { type: 'server_error', code, message: expect.stringContaining(told) },
  });
  expect((await caller.ends()).code).toBe(close);
  await ended;
});

it('[R17] an Azure where nobody listens ends the call with 4503', async () => {
  const { caller } = callsDirectly({ endpoint: 'http://127.0.0.1:9' });
  expect(await caller.hears('error')).toMatchObject({ error: { code: 'upstream_unreachable' } });
  expect((await caller.ends()).code).toBe(4503);
});

it('[R4] an Azure that refuses the session ends the call in words', async () => {
  const { caller } = callsDirectly({ deployment: 'rejects-session-update' });
  expect(await caller.hears('error')).toMatchObject({ error: { code: 'upstream_refused' } });
  expect((await caller.ends()).code).toBe(4502);
});

it.each(['drops-at-once', 'closes-1011', 'malformed'])(
  '[R18][R15] an Azure that %s ends the call in words',
  async (deployment) => {
    const { caller, ended } = callsDirectly({ deployment });
    caller.says(typed('count to twenty'));
    caller.says({ type: 'response.create' });
    expect((await caller.ends()).code).toBe(4502);
    expect(caller.heard.at(-2)).toMatchObject({ type: 'error', event: { error: { code: 'upstream_lost' } } });
    await ended;
  },
);

it('[R20][X6] an Azure that stops answering is given up after ten seconds, and so is the call when each one does', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'Date'] });
  const { caller } = callsDirectly({ deployment: 'stalls' });
  await caller.hears('session.created');
  caller.says(typed('hello'));
  caller.says({ type: 'gateway.ping' });
  await caller.hears('gateway.pong');
  for (let lost = 0; lost < 4; lost += 1) {
    vi.advanceTimersByTime(13_000);
    await caller.hears('gateway.upstream.renewed');
  }
  vi.advanceTimersByTime(13_000);
  expect(await caller.hears('error')).toMatchObject({ error: { message: 'Azure stopped answering.' } });
  expect((await caller.ends()).code).toBe(4502);
});

it('[R20] asking again does not keep an Azure alive that stopped answering', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'Date'] });
  const { caller } = callsDirectly({ deployment: 'stalls' });
  await caller.hears('session.created');
  for (let asked = 0; asked < 2; asked += 1) {
    caller.says({ type: 'input_audio_buffer.clear' });
    caller.says({ type: 'gateway.ping' });
    await caller.hears('gateway.pong');
    vi.advanceTimersByTime(6_000);
  }
  expect(await caller.hears('gateway.upstream.renewed')).toMatchObject({ reason: 'lost' });
  caller.hangsUp();
});

it('[R23] a call that reaches the longest time a session may last ends in words', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'Date'] });
  const { caller } = callsDirectly({ limits: { idleMinutes: 1_000 } });
  await caller.hears('session.created');
  vi.advanceTimersByTime(240 * 60_000 + 5_000);
  expect(await caller.hears('error')).toMatchObject({ error: { code: 'session_expired' } });
  expect((await caller.ends()).code).toBe(1000);
});

it.each([1000, 3000, 4999])('[R19] a browser that closes with %i gets its close answered', async (code) => {
  const { caller, ended } = callsDirectly({ lane: 'realtime' });
  await caller.hears('session.created');
  caller.hangsUp(code);
  expect((await caller.ends()).code).toBe(code);
  await ended;
});

it('[R24] a browser that leaves while Azure is dialled leaves no socket behind', async () => {
  const { caller, ended } = callsDirectly({ deployment: 'slow-dial' });
  await caller.hears('gateway.session');
  caller.hangsUp();
  await ended;
  expect(caller.types()).not.toContain('error');
});

it('[R24] when the browser is gone Azure’s socket is closed', async () => {
  const { caller, ended } = callsDirectly();
  await caller.hears('session.created');
  const { sockets_open: during } = await emulatorStats();
  caller.hangsUp();
  await ended;
  await expect.poll(async () => (await emulatorStats())['sockets_open']).toBeLessThan(Number(during));
});
