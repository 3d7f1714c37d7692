/** Calls by WebRTC with a real peer, over `npm start`: sound to Azure, everything else under the same law. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { AZURE_KEY, type Gateway, startGateway } from '../support/gateway.ts';
import { type Person, person, written } from '../support/person.ts';
import { pick, pickNumber, pickString } from '../support/realtime-client.ts';
import { speech } from '../support/speech.ts';
import { makeOffer, type RtcCaller } from '../support/webrtc-caller.ts';

let gateway: Gateway;
beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(() => gateway.close());

/** A call that is up, and everything its browser was told on the way. */
interface Called {
  readonly caller: RtcCaller;
  readonly sessionId: string;
  readonly conversation: string;
  readonly told: string;
}

async function calls(alice: Person): Promise<Called> {
  const offer = await makeOffer();
  const answer = await fetch(`${gateway.url}/api/calls`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${alice.token}`, 'Content-Type': 'application/sdp' },
    body: offer.sdp,
  });
  const sdp = await answer.text();
  if (answer.status !== 201) throw new Error(`refused with ${answer.status}: ${sdp}`);
  const caller = await offer.accept(sdp);
  const location = answer.headers.get('Location') ?? '';
  return {
    caller,
    sessionId: location.split('/').at(-1) ?? '',
    conversation: answer.headers.get('Voxgate-Conversation') ?? '',
    told: `${JSON.stringify([...answer.headers])}${sdp}`,
  };
}

async function reads(alice: Person, path: string): Promise<unknown> {
  return (await alice.asks(path)).json();
}

async function tokens(alice: Person): Promise<number> {
  return pickNumber(await reads(alice, '/api/usage'), 'today.tokens');
}

async function isFree(): Promise<void> {
  await expect.poll(() => gateway.emulator.stats()).toMatchObject({ calls_open: 0, sockets_open: 0 });
}

test('[I13][I5] a person speaks, is answered, counted and remembered, and an admin hangs up within a second', async () => {
  const alice = await person(gateway);
  const root = await person(gateway, { claims: { role: 'admin' } });
  const { caller, sessionId, conversation, told } = await calls(alice);

  const isHeard = caller.hearsVoice(300);
  await caller.says(await speech('Hello, can you hear me?'));
  await caller.saw('conversation.item.input_audio_transcription.completed');
  await isHeard;
  await expect.poll(() => tokens(alice)).toBeGreaterThan(0);
  const page = (): Promise<unknown> => reads(alice, `/api/conversations/${conversation}`);
  await expect
    .poll(async () => pick(await page(), 'messages'))
    .toMatchObject([
      { role: 'user', mode: 'voice' },
      { role: 'assistant', mode: 'voice' },
    ]);

  // The sideband alone goes over this network: the call itself goes on, and is looked on at again.
  const before = await tokens(alice);
  const sidebands = (): number => gateway.network.heads.filter((head) => head.includes('call_id=')).length;
  const had = sidebands();
  gateway.network.cut('reset');
  await expect.poll(sidebands).toBe(had + 1);
  await caller.says(await speech('And once more, please.'));
  await expect.poll(() => tokens(alice), { timeout: 5_000 }).toBeGreaterThan(before);

  const listed = pick(await reads(root, '/api/admin/sessions'), 'sessions') as object[];
  const hers = listed.find((one) => pick(one, 'session_id') === sessionId);
  expect(hers).toMatchObject({ user: alice.name, mode: 'voice' });
  const startedAt = performance.now();
  expect((await root.asks(`/api/admin/sessions/${sessionId}`, 'DELETE')).status).toBe(204);
  await caller.ended();
  expect(performance.now() - startedAt).toBeLessThan(1_000);
  await isFree();
  expect(pickNumber(await reads(alice, '/api/usage'), 'today.voice_minutes')).toBeGreaterThan(0);

  // Whatever reached the browser, over whichever way.
  const all = `${told}${JSON.stringify(caller.received)}`;
  expect(all).not.toMatch(/ek_|rtc_/);
  expect(all).not.toContain(AZURE_KEY);
  await caller.close();
});

test('[I14][I15][I17] beside the sound somebody types, silences the answer, loses the socket and comes back to it', async () => {
  const alice = await person(gateway);
  const { caller, sessionId } = await calls(alice);
  const beside = await alice.looksBeside(sessionId);
  const { resume_token: token } = await beside.until('gateway.session');
  beside.send(written('count to ten'));
  beside.send({ type: 'response.create' });
  await caller.saw('output_audio_buffer.started');
  beside.send({ type: 'response.cancel' });
  beside.send({ type: 'output_audio_buffer.clear' });
  // The filter lets no word of it pass; that it is silent is heard.
  expect(pick(await beside.until('response.done'), 'response.status')).toBe('cancelled');
  await beside.until('gateway.usage');
  const received = beside.received.length;
  beside.socket.terminate();

  const isHeard = caller.hearsVoice(300);
  await caller.says(await speech('Hello, can you hear me?'));
  await isHeard;
  const again = await alice.comesBack(String(token), received);
  expect(await again.next()).toMatchObject({ type: 'gateway.resumed', continuity: 'complete', received: 4 });
  expect(pick(await again.until('response.done'), 'response.status')).toBe('completed');
  again.socket.close(1000);
  await caller.ended();
  await isFree();
  await caller.close();
});

test('[I13][I1] the resource’s key goes to Azure alone, and offers go up with a key of their own', async () => {
  const asked = gateway.network.heads;
  const offers = asked.filter((head) => head.startsWith('POST /openai/v1/realtime/calls?'));
  expect(offers.length).toBeGreaterThan(0);
  for (const head of offers) {
    expect(head).toMatch(/^POST \S+\?webrtcfilter=on /);
    expect(head).toMatch(/^authorization: bearer ek_/im);
    expect(head).not.toContain(AZURE_KEY);
  }
  const own = asked.filter((head) => /client_secrets|call_id=|\/hangup/.test(head));
  expect(own.length).toBeGreaterThanOrEqual(3);
  for (const head of own) expect(head).toContain(AZURE_KEY);
  expect(gateway.log.join('\n')).not.toMatch(new RegExp(`${AZURE_KEY}|ek_|rtc_`));
});

test('[I13][I6] a sideband that cannot be had again ends the call', async () => {
  const alice = await person(gateway);
  const { caller, sessionId } = await calls(alice);
  gateway.network.weather.isFrozen = true;
  gateway.network.cut('reset');
  const isOver = (): boolean =>
    gateway.log.some((line) => line.includes('"call.ended"') && line.includes(sessionId));
  await expect.poll(isOver, { timeout: 10_000 }).toBe(true);
  // Nor could Azure be told so; it is, as soon as there is a network.
  gateway.network.weather.isFrozen = false;
  gateway.network.cut('reset');
  await expect.poll(() => gateway.emulator.stats().calls_open, { timeout: 25_000 }).toBe(0);
  await caller.ended();
  await caller.close();
});

test('[I13][I8] Voxgate is killed: the next one hangs up what it finds', async () => {
  const alice = await person(gateway);
  const { caller } = await calls(alice);
  await gateway.crash();
  expect(gateway.emulator.stats().calls_open).toBe(1);
  // Nobody asks for anything: it is the alarm that wakes the next.
  await expect.poll(() => gateway.emulator.stats().calls_open, { timeout: 25_000 }).toBe(0);
  expect((await alice.asks('/api/usage')).status).toBe(200);
  await isFree();
  await caller.ended();
  await caller.close();
});

test('[I13][I11] a key from /sessions opens a call with Azure itself', async () => {
  const alice = await person(gateway);
  const key: unknown = await (await alice.asks('/sessions', 'POST')).json();
  const offer = await makeOffer();
  const answer = await fetch(pickString(key, 'calls_url'), {
    method: 'POST',
    headers: {
      Authorization: `Bearer ${pickString(key, 'client_secret.value')}`,
      'Content-Type': 'application/sdp',
    },
    body: offer.sdp,
  });
  expect(answer.status).toBe(201);
  const caller = await offer.accept(await answer.text());
  caller.send({ type: 'response.create' });
  await caller.hearsVoice(100);
  await caller.close();
  await isFree();
});
