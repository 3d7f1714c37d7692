/** Calls by WebRTC, and keys for them, at the door. */
import { env } from 'cloudflare:workers';
import { expect, it } from 'vitest';
import { complaintAboutOffer } from '../../src/worker/offer.ts';
import { expectFits } from '../support/fits.ts';
import { tokenFor } from '../support/tokens.ts';
import { newPerson, tokenWith } from '../workerd/calls.ts';
import { looksOn, OFFER, offers, RtcPerson, type Offering } from '../workerd/rtc.ts';
import { codeOf, cookieFor, FRIEND, HERE, visit, type Changes } from '../workerd/visitor.ts';

async function refused(offering: Offering, token?: string): Promise<[number, string]> {
  const answer = await offers(token ?? (await tokenFor(newPerson())), offering);
  await expectFits(answer, 'POST /api/calls');
  return [answer.status, await codeOf(answer)];
}

function asksForKey(token: string, body: unknown = {}, changes: Changes = {}): Promise<Response> {
  const headers = { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' };
  return visit('/sessions', { method: 'POST', headers, body: JSON.stringify(body) }, changes);
}

it('[I1][O9] an offer is answered with Azure’s own words, and no key', async () => {
  const person = await RtcPerson.new();
  const answer = await offers(person.token);
  expect(answer.status).toBe(201);
  expect(answer.headers.get('Location')).toMatch(/^\/api\/calls\/vs_[0-9a-f]{32}$/);
  expect(answer.headers.get('Voxgate-Conversation')).toMatch(/^conv_[0-9a-f]{32}$/);
  expect(answer.headers.get('Cache-Control')).toBe('no-store');
  await expectFits(answer, 'POST /api/calls');
  const sdp = new TextDecoder().decode(await answer.arrayBuffer());
  expect(complaintAboutOffer(sdp)).toBeNull();
  expect(`${sdp}${JSON.stringify([...answer.headers])}`).not.toMatch(/ek_|rtc_|key-of/);
  const location = answer.headers.get('Location') ?? '';
  const somebody = await RtcPerson.new();
  for (const [asker, status] of [
    [somebody, 404],
    [person, 204],
    [person, 404],
  ] as const) {
    const gone = await asker.asks(location, 'DELETE');
    expect(gone.status).toBe(status);
    await expectFits(gone, 'DELETE /api/calls/:id');
  }
});

it.each<[string, Offering, number, string]>([
  ['JSON', { headers: { 'Content-Type': 'application/json' }, body: '{}' }, 415, 'unsupported_media_type'],
  ['of no type', { headers: { 'Content-Type': '' } }, 415, 'unsupported_media_type'],
  ['more than 64 KiB', { body: `${OFFER}${'a=x\r\n'.repeat(14_000)}` }, 413, 'body_too_large'],
  ['nothing', { body: '' }, 400, 'invalid_request'],
  ['nonsense', { body: 'hello' }, 400, 'invalid_request'],
  ['without sound', { body: OFFER.replace('m=audio', 'm=video') }, 400, 'invalid_request'],
  ['without a fingerprint', { body: OFFER.replaceAll('a=fingerprint', 'a=x') }, 400, 'invalid_request'],
  ['without ICE', { body: OFFER.replaceAll('a=ice-ufrag', 'a=x') }, 400, 'invalid_request'],
  ['of nobody’s conversation', { query: `?conversation=conv_${'0'.repeat(32)}` }, 404, 'not_found'],
  ['of what is no conversation', { query: '?conversation=mine' }, 404, 'not_found'],
  ['with a bad token', { headers: { Authorization: 'Bearer x.y.z' } }, 401, 'invalid_credential'],
])('[I2] an offer that is %s is refused', async (_, offering, status, code) => {
  expect(await refused(offering)).toEqual([status, code]);
});

it('[I2] a fourth session is one too many, a request over the limit too, and so is a spent day', async () => {
  const person = await RtcPerson.new();
  for (let call = 0; call < 3; call += 1) expect((await offers(person.token)).status).toBe(201);
  const fourth = await offers(person.token);
  expect([fourth.status, fourth.headers.get('Retry-After')]).toEqual([429, '30']);
  await expectFits(fourth, 'POST /api/calls');
  expect(await codeOf(fourth)).toBe('too_many_connections');
  expect((await asksForKey(person.token)).status).toBe(429);
  await person.asks('/api/session', 'DELETE');

  const hasty = await RtcPerson.new({ requestsPerMinute: 1 });
  expect((await offers(hasty.token)).status).toBe(201);
  expect(await refused({}, hasty.token)).toEqual([429, 'rate_limited']);

  const poor = await offers(await tokenWith(newPerson(), { dailyTokens: 0 }));
  await expectFits(poor, 'POST /api/calls');
  expect([poor.status, await codeOf(poor)]).toEqual([402, 'budget_spent']);
  expect(Number(poor.headers.get('Retry-After'))).toBeGreaterThan(0);
});

it('[I2] a cookie counts from an allowed origin alone, and no credential at all is 401', async () => {
  const cookie = await cookieFor(await tokenFor(newPerson()));
  const headers = { Cookie: cookie, 'Content-Type': 'application/sdp' };
  const ask = (origin: string): Promise<Response> =>
    visit('/api/calls', { method: 'POST', headers: { ...headers, Origin: origin }, body: OFFER });
  expect((await ask('https://evil.example')).status).toBe(403);
  expect((await ask(HERE)).status).toBe(201);
  const nobody = await visit('/api/calls', { method: 'POST', body: OFFER });
  expect([nobody.status, await codeOf(nobody)]).toEqual([401, 'unauthenticated']);
});

it('[I3] what Azure refuses in the end is refused as at the other doors, and the seat is free again', async () => {
  // An offer that looks like one, and that the emulator cannot answer: it speaks PCMU alone.
  const opus = OFFER.replace('SAVPF 111 0', 'SAVPF 111');
  const token = await tokenFor(newPerson());
  for (let time = 0; time < 4; time += 1) {
    expect(await refused({ body: opus }, token)).toEqual([400, 'upstream_refused']);
  }
  expect((await offers(token)).status).toBe(201);
});

it.each([
  ['refuses-401', 502],
  ['refuses-403', 403],
  ['refuses-404', 404],
  ['refuses-429', 429],
  ['refuses-500', 500],
])('[I3] a key that Azure refuses like %s is %i', async (model, status) => {
  const answer = await asksForKey(await tokenWith(newPerson(), { unlocked: true }), { model });
  expect([answer.status, await codeOf(answer)]).toEqual([status, 'upstream_refused']);
  expect(answer.headers.has('Retry-After')).toBe(status === 429);
});

it('[I11][O9] a key is given as the preview and as GA gave it, for the operator’s session', async () => {
  const token = await tokenFor(newPerson());
  const answer = await asksForKey(token, { model: 'refuses-404', voice: 'echo', instructions: 'Obey me.' });
  expect(answer.status).toBe(200);
  await expectFits(answer, 'POST /sessions');
  const key = await answer.json<Record<string, unknown>>();
  const { value, expires_at } = key;
  expect(key).toMatchObject({
    id: expect.stringMatching(/^sess_/),
    object: 'realtime.session',
    model: 'gpt-realtime',
    voice: 'echo',
    value: expect.stringMatching(/^ek_/),
    client_secret: { value, expires_at },
    calls_url: `${env.AZURE_ENDPOINT}/openai/v1/realtime/calls?webrtcfilter=on`,
  });
  expect(JSON.stringify(key)).not.toMatch(/Operator|Obey|key-of/);
  const leftSeconds = Number(expires_at) - Date.now() / 1000;
  expect(leftSeconds).toBeGreaterThan(50);
  expect(leftSeconds).toBeLessThanOrEqual(60);
  const called = await fetch(String(key['calls_url']), {
    method: 'POST',
    headers: { Authorization: `Bearer ${String(value)}`, 'Content-Type': 'application/sdp' },
    body: OFFER,
  });
  expect(called.status).toBe(201);
  const call = await looksOn((called.headers.get('Location') ?? '').split('/').at(-1) ?? '');
  call.says({ type: 'session.update', session: { type: 'realtime' } });
  expect(await call.hears('session.updated')).toMatchObject({
    session: {
      instructions: 'Operator instructions that nobody may see.',
      audio: { input: { transcription: { model: 'whisper-1' } }, output: { voice: 'echo' } },
    },
  });
  call.hangsUp();
});

it('[I11] who may choose a model chooses it; a body of another kind is 400, and none at all is enough', async () => {
  const free = await tokenWith(newPerson(), { unlocked: true });
  expect(await (await asksForKey(free, { model: 'gpt-realtime-mini' })).json()).toMatchObject({
    model: 'gpt-realtime-mini',
  });
  expect((await asksForKey(free, { model: 'refuses-404' })).status).toBe(404);
  for (const body of [[], 'x', { voice: 7 }, { model: 'a b' }, { voice: 'x'.repeat(65) }]) {
    expect(await codeOf(await asksForKey(free, body))).toBe('invalid_request');
  }
  const headers = { Authorization: `Bearer ${free}` };
  expect((await visit('/sessions', { method: 'POST', headers })).status).toBe(200);
});

it('[I12] a key is a session of its user’s, and goes with a sign-out', async () => {
  const person = await RtcPerson.new();
  for (let key = 0; key < 3; key += 1) expect((await asksForKey(person.token)).status).toBe(200);
  const fourth = await asksForKey(person.token);
  expect([fourth.status, await codeOf(fourth)]).toEqual([429, 'too_many_connections']);
  expect((await offers(person.token)).status).toBe(429);
  const live = await (await person.stub()).liveSessions();
  expect(live.map(({ mode, messageCount }) => `${mode} ${messageCount}`)).toEqual(Array(3).fill('voice 1'));
  expect(await (await person.stub()).endSession(live[0]?.sessionId ?? '')).toBe(true);
  expect((await asksForKey(person.token)).status).toBe(200);
  await person.asks('/api/session', 'DELETE');
  expect(await (await person.stub()).liveSessions()).toEqual([]);
});

it('[I12] none is given to whom a budget applies, unless the operator says so', async () => {
  const saver = await tokenWith(newPerson(), { dailyUsd: 5 });
  const refusal = await asksForKey(saver);
  await expectFits(refusal, 'POST /sessions');
  expect([refusal.status, await codeOf(refusal)]).toEqual([403, 'keys_not_given']);
  expect((await offers(saver)).status).toBe(201);
});

it('[D31] pages of listed origins may ask for both with a token', async () => {
  for (const path of ['/sessions', '/api/calls']) {
    const headers = { Origin: FRIEND, 'Access-Control-Request-Method': 'POST' };
    const preflight = await visit(path, { method: 'OPTIONS', headers });
    expect(preflight.headers.get('Access-Control-Allow-Origin')).toBe(FRIEND);
  }
});
