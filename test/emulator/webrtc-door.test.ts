import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished } from 'vitest';

import { defaultConfig } from '../../emulator/realtime/session-config.ts';
import { type Emulator, startEmulator } from '../../emulator/server.ts';
import { EphemeralKeys } from '../../emulator/webrtc/ephemeral-keys.ts';
import { pick, pickNumber, pickString } from '../support/realtime-client.ts';
import { makeOffer } from '../support/webrtc-caller.ts';
import { command, dial, KEY, mint, mintKey, postOffer, watch } from './rtc-talk.ts';

const SESSION = { type: 'realtime', model: 'gpt-realtime' };

let emulator: Emulator;
beforeAll(async () => {
  emulator = await startEmulator({ port: 0, pace: 0, apiKey: KEY });
});
afterEach(() => fetch(`${emulator.url}/emulator/faults`, { method: 'DELETE' }));
afterAll(() => emulator.close());

async function refusedMint(body: unknown): Promise<{ status: number; error: unknown }> {
  const answer = await mint(emulator, body);
  return { status: answer.status, error: pick(await answer.json(), 'error') };
}

async function refusedOffer(sdp: string, key: string): Promise<{ status: number; message: string }> {
  const answer = await postOffer(emulator, sdp, { key });
  return { status: answer.status, message: pickString(await answer.json(), 'error.message') };
}

describe('client_secrets', () => {
  it('[W1] hands out a key that lives ten minutes, with the effective session beside it', async () => {
    const before = Math.floor(Date.now() / 1000);
    const answer = await mint(emulator, { session: { ...SESSION, instructions: 'Be brief.' } });
    expect(answer.status).toBe(200);
    const body: unknown = await answer.json();
    expect(pickString(body, 'value')).toMatch(/^ek_[0-9A-Za-z]{32}$/);
    expect(pickNumber(body, 'expires_at') - before).toBeGreaterThanOrEqual(600);
    expect(pickNumber(body, 'expires_at') - before).toBeLessThanOrEqual(602);
    expect(pick(body, 'session')).toMatchObject({
      type: 'realtime',
      object: 'realtime.session',
      model: 'gpt-realtime',
      instructions: 'Be brief.',
      audio: { input: { turn_detection: { type: 'server_vad' } }, output: { voice: 'alloy' } },
    });
    expect(pickString(body, 'session.id')).toMatch(/^sess_/);
  });

  it('[W1] lets the asker choose 10 to 7200 seconds', async () => {
    const longest = await mintFor(7_200);
    const now = Math.floor(Date.now() / 1000);
    expect(Math.abs(pickNumber(await longest.json(), 'expires_at') - now - 7_200)).toBeLessThan(3);
    for (const [wanted, code] of [
      [9, 'integer_below_min_value'],
      [7_201, 'integer_above_max_value'],
    ] as const) {
      const refused = await mintFor(wanted);
      expect(refused.status).toBe(400);
      expect(await refused.json()).toMatchObject({
        error: { type: 'invalid_request_error', code, param: 'expires_after.seconds' },
      });
    }
  });

  it('[W2] takes the resource key and no other', async () => {
    const ephemeral = await mintKey(emulator);
    for (const key of ['', 'another key', ephemeral]) {
      expect((await mint(emulator, { session: SESSION }, { 'api-key': key })).status).toBe(401);
    }
    const bearer = await fetch(`${emulator.url}/openai/v1/realtime/client_secrets`, {
      method: 'POST',
      headers: { authorization: `Bearer ${KEY}` },
      body: JSON.stringify({ session: SESSION }),
    });
    expect(bearer.status).toBe(200);
  });

  it.each([
    ['InvalidSessionType', 'session.type', { session: { model: 'gpt-realtime' } }],
    ['InvalidSessionType', 'session.type', { session: { ...SESSION, type: 'translation' } }],
    ['InvalidSessionType', 'session.type', {}],
    ['missing_required_parameter', 'session.model', { session: { type: 'realtime' } }],
    ['unknown_parameter', 'session.temperature', { session: { ...SESSION, temperature: 1 } }],
    ['unknown_parameter', 'model', { session: SESSION, model: 'gpt-realtime' }],
    [
      'invalid_value',
      'session.audio.output.voice',
      { session: { ...SESSION, audio: { output: { voice: 'x' } } } },
    ],
    ['invalid_value', null, { session: { ...SESSION, reasoning: { effort: 'low' } } }],
    ['invalid_json', null, '{'],
  ])('[W2] refuses with %s about %s', async (code, param, body) => {
    expect(await refusedMint(body)).toMatchObject({ status: 400, error: { code, param } });
  });

  it('[W2] mints for sessions that only transcribe, whose model is a setting of their own', async () => {
    const input = { transcription: { model: 'whisper-1', language: 'en' } };
    const answer = await mint(emulator, { session: { type: 'transcription', audio: { input } } });
    expect(answer.status).toBe(200);
    expect(pick(await answer.json(), 'session')).toMatchObject({
      type: 'transcription',
      object: 'realtime.transcription_session',
      audio: { input },
    });
    expect(await refusedMint({ session: { ...SESSION, type: 'transcription' } })).toMatchObject({
      status: 400,
      error: { code: 'unknown_parameter', param: 'session.model' },
    });
  });

  it('[W2] knows the deployments a socket knows, and the fault that refuses', async () => {
    expect(await refusedMint(withModel('nobody'))).toMatchObject({
      status: 404,
      error: { code: 'DeploymentNotFound' },
    });
    expect(await refusedMint(withModel('whisper-1'))).toMatchObject({
      status: 400,
      error: { code: 'OpperationNotSupported' },
    });
    expect(await refusedMint(withModel('refuses-429'))).toMatchObject({ status: 429 });
    await fault({ kind: 'refuse', status: 503, count: 1 });
    expect(await refusedMint(withModel('gpt-realtime'))).toMatchObject({ status: 503 });
    expect((await mint(emulator, withModel('gpt-realtime'))).status).toBe(200);
  });
});

describe('ephemeral keys', () => {
  it('[W3] are good for any number of calls until the second they expire', () => {
    const keys = new EphemeralKeys();
    const grant = { kind: 'realtime', model: 'gpt-realtime', config: defaultConfig } as const;
    const { value, expires_at: expiresAt } = keys.mint(grant, { seconds: 10, now: 1_000_500 });
    expect(expiresAt).toBe(1_010);
    expect(keys.find(value, 1_009_999)).toBe(grant);
    expect(keys.find(value, 1_009_999)).toBe(grant);
    expect(keys.find(value, 1_010_000)).toBeNull();
    expect(keys.find('ek_other', 1_000_500)).toBeNull();
  });
});

describe('calls', () => {
  it('[W3] answers an offer with 201, raw SDP and a Location; only loopback and PCMU are in it', async () => {
    const [key, offer] = await Promise.all([mintKey(emulator), makeOffer()]);
    const answer = await postOffer(emulator, offer.sdp, { key });
    expect(answer.status).toBe(201);
    expect(answer.headers.get('content-type')).toBe('application/sdp');
    expect(answer.headers.get('location')).toMatch(/\/openai\/v1\/realtime\/calls\/rtc_[0-9A-Za-z]{21}$/);
    const sdp = await answer.text();
    expect(sdp).toContain('a=rtpmap:0 PCMU/8000');
    expect(sdp).not.toContain('opus');
    const candidates = sdp.split('\r\n').filter((line) => line.startsWith('a=candidate:'));
    expect(candidates.length).toBeGreaterThan(0);
    for (const line of candidates) expect(line).toContain(' 127.0.0.1 ');
    const callId = answer.headers.get('location')?.split('/').at(-1) ?? '';
    await command(emulator, callId, 'hangup');
    await offer.withdraw();
  });

  it('[W3] one key opens several calls, each with a session of its own', async () => {
    const key = await mintKey(emulator);
    const ids: string[] = [];
    for (const label of ['realtime-channel', 'oai-events']) {
      const offer = await makeOffer(label);
      const answer = await postOffer(emulator, offer.sdp, { key });
      const caller = await offer.accept(await answer.text());
      onTestFinished(() => caller.close());
      ids.push(pickString(await caller.until('session.created'), 'session.id'));
    }
    expect(new Set(ids).size).toBe(2);
  });

  it('[W4] takes ephemeral keys only, and says so to whoever brings the resource key', async () => {
    expect(await refusedOffer('v=0', KEY)).toMatchObject({
      status: 401,
      message: expect.stringContaining('ephemeral token is required'),
    });
    expect(await refusedOffer('v=0', 'ek_unknown')).toMatchObject({
      status: 401,
      message: expect.stringContaining('unknown or expired'),
    });
  });

  it('[W4] refuses what is no SDP, has no sound to agree on, or is not sent as SDP', async () => {
    const [key, offer] = await Promise.all([mintKey(emulator), makeOffer()]);
    const bad = [
      '',
      '{"sdp":"v=0"}',
      'v=0\r\n',
      offer.sdp.replace('SAVPF 111 0', 'SAVPF 111'),
      offer.sdp.replaceAll(/a=fingerprint:.*\r\n/g, ''),
      offer.sdp.replaceAll(/^m=/gm, 'x='),
    ];
    for (const sdp of bad) expect(await refusedOffer(sdp, key)).toMatchObject({ status: 400 });
    const untyped = await fetch(`${emulator.url}/openai/v1/realtime/calls`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'text/plain' },
      body: offer.sdp,
    });
    expect(untyped.status).toBe(400);
    expect((await refusedOffer(`v=0${' '.repeat(70_000)}`, key)).status).toBe(413);
    await fault({ kind: 'refuse', status: 429, count: 1 });
    expect((await refusedOffer(offer.sdp, key)).status).toBe(429);
    await offer.withdraw();
    expect(emulator.stats().calls_open).toBe(0);
  });

  it('[W17] a preflight from any page is allowed to send a key and SDP', async () => {
    const answer = await fetch(`${emulator.url}/openai/v1/realtime/calls`, { method: 'OPTIONS' });
    expect(answer.status).toBe(200);
    expect(answer.headers.get('access-control-allow-origin')).toBe('*');
    expect(answer.headers.get('access-control-allow-headers')).toBe('authorization, content-type');
    const refused = await postOffer(emulator, 'v=0', { key: KEY });
    expect(refused.headers.get('access-control-allow-origin')).toBe('*');
  });

  it('[W13] hangup ends the call for all who are in it, and knows no call that is over', async () => {
    const { caller, callId } = await dial(emulator);
    onTestFinished(() => caller.close());
    const sideband = await watch(emulator, callId);
    expect(emulator.stats()).toMatchObject({ calls_open: 1, sockets_open: 1 });
    expect((await command(emulator, callId, 'hangup', 'another key')).status).toBe(401);
    expect((await command(emulator, callId, 'hangup')).status).toBe(200);
    expect(await sideband.closed()).toMatchObject({ code: 1000 });
    await caller.ended();
    expect(emulator.stats().calls_open).toBe(0);
    expect((await command(emulator, callId, 'hangup')).status).toBe(404);
  });

  it('[W13] accept, reject and refer are for telephones: 400 for a WebRTC call, 404 for no call', async () => {
    const { caller, callId } = await dial(emulator);
    onTestFinished(() => caller.close());
    for (const verb of ['accept', 'reject', 'refer']) {
      expect((await command(emulator, callId, verb)).status).toBe(400);
      expect((await command(emulator, 'rtc_nobody', verb)).status).toBe(404);
    }
  });

  it('[W16] a browser that goes away ends the call and its sidebands', async () => {
    const { caller, callId } = await dial(emulator);
    await caller.until('session.created');
    const sideband = await watch(emulator, callId);
    await caller.close();
    expect(await sideband.closed()).toMatchObject({ code: 1000 });
    expect(emulator.stats().calls_open).toBe(0);
  });

  it('[W16] after calls of every kind a stopped emulator leaves nothing behind, asked nobody outside, and its process ends', async () => {
    const program = spawn(
      process.execPath,
      ['--js-base-64', resolve(import.meta.dirname, 'webrtc-leftovers.ts')],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    let printed = '';
    program.stdout.setEncoding('utf8').on('data', (text: string) => (printed += text));
    const [code] = (await once(program, 'exit')) as [number | null];
    expect({ code, printed }).toEqual({ code: 0, printed: 'closed\n' });
  });
});

function withModel(model: string): object {
  return { session: { ...SESSION, model } };
}

function mintFor(seconds: number): Promise<Response> {
  return mint(emulator, { expires_after: { anchor: 'created_at', seconds }, session: SESSION });
}

async function fault(body: object): Promise<void> {
  await fetch(`${emulator.url}/emulator/faults`, { method: 'POST', body: JSON.stringify(body) });
}
