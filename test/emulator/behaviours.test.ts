import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { behaviours } from '../../emulator/deployments.ts';
import { type Emulator, startEmulator } from '../../emulator/server.ts';
import { pick, pickNumber, refusal } from '../support/realtime-client.ts';
import { ask, configure, knock, openSession, order, soundOf, typeText } from './talk.ts';

let emulator: Emulator;
beforeAll(async () => {
  emulator = await startEmulator({
    port: 0,
    pace: 0.1,
    slowDialMs: 300,
    shortSessionMs: 300,
    slowFirstAudioMs: 5_000,
  });
});
afterAll(() => emulator.close());

describe('a deployment that misbehaves', () => {
  it.each([401, 403, 404, 429, 500])(
    '[E80] refuses-%i refuses the upgrade with that status',
    async (status) => {
      const url = `${emulator.url}/openai/v1/realtime?model=refuses-${status}`;
      const refused = await refusal(url, { headers: { 'api-key': 'any' } });
      expect(refused.status).toBe(status);
      expect(pick(refused.body, 'error.code')).toEqual(expect.any(String));
      expect(refused.headers['retry-after-ms']).toBe(status === 429 ? '2000' : undefined);
    },
  );

  it('[E81] slow-dial keeps the upgrade waiting', async () => {
    const start = performance.now();
    const client = await knock(emulator, 'slow-dial');
    expect(performance.now() - start).toBeGreaterThan(290);
    expect((await client.next()).type).toBe('session.created');
    await client.close();
  });

  it('[E82] drops-at-once cuts the connection before any event', async () => {
    const client = await knock(emulator, 'drops-at-once');
    expect(await client.closed()).toMatchObject({ code: 1006 });
    expect(client.received).toEqual([]);
  });

  it('[E82] drops-mid-sentence cuts the connection with no close frame after a second of answer audio', async () => {
    const client = await openSession(emulator, 'drops-mid-sentence');
    await typeText(client, 'Count to thirty');
    client.send({ type: 'response.create' });
    expect(await client.closed()).toMatchObject({ code: 1006 });
    const heardMs = soundOf(client.received).length / 48;
    expect(heardMs).toBeGreaterThanOrEqual(1_000);
    expect(heardMs).toBeLessThan(1_300);
    expect(order(client.received)).not.toContain('response.done');
  });

  it('[E83] closes-1011 greets, reports a server error and closes with 1011', async () => {
    const client = await knock(emulator, 'closes-1011');
    expect(await client.closed()).toEqual({ code: 1011, reason: 'server_error.server_error' });
    expect(order(client.received)).toEqual(['session.created', 'error']);
    expect(pick(client.received[1], 'error')).toMatchObject({ type: 'server_error', code: 'server_error' });
  });

  it('[E84] expires-in-30s says so in expires_at, and ends with session_expired and 1001', async () => {
    const standard = await startEmulator({ port: 0 });
    const promising = await knock(standard, 'expires-in-30s');
    const inSeconds = pickNumber(await promising.next(), 'session.expires_at') - Date.now() / 1000;
    expect(inSeconds).toBeGreaterThan(25);
    expect(inSeconds).toBeLessThanOrEqual(30);
    await promising.close();
    await standard.close();
    const client = await openSession(emulator, 'expires-in-30s');
    expect(pick(await client.until('error'), 'error')).toMatchObject({
      type: 'invalid_request_error',
      code: 'session_expired',
      param: null,
      event_id: null,
    });
    const message = pick(client.received.at(-1), 'error.message');
    expect(await client.closed()).toEqual({ code: 1001, reason: message });
  });

  it('[E85] rate-limited fails every response inside response.done, and the socket lives', async () => {
    const client = await openSession(emulator, 'rate-limited');
    for (const text of ['Hello', 'Hello again']) {
      const frames = await ask(client, text);
      expect(order(frames).slice(-2)).toEqual(['response.created', 'response.done']);
      expect(pick(frames.at(-1), 'response')).toMatchObject({
        status: 'failed',
        status_details: { type: 'failed', error: { code: 'inference_rate_limit_exceeded' } },
        output: [],
        usage: { output_tokens: 0 },
      });
    }
    await client.close();
  });

  it('[E86] slow-first-audio lets an answer wait', async () => {
    const client = await openSession(emulator, 'slow-first-audio');
    await typeText(client, 'Hello');
    client.send({ type: 'response.create' });
    await client.until('response.created');
    const start = performance.now();
    await client.until('response.output_audio.delta');
    expect(performance.now() - start).toBeGreaterThan(490);
    await client.close();
  });

  it('[E87] stalls says nothing any more after the first session.updated, and stays open', async () => {
    const client = await openSession(emulator, 'stalls');
    await configure(client, {});
    client.send({ type: 'response.create' });
    client.send({ type: 'no such event' });
    client.socket.ping();
    await new Promise((resolve) => client.socket.once('pong', resolve));
    expect(client.unread()).toEqual([]);
    expect(client.socket.readyState).toBe(client.socket.OPEN);
    await client.close();
  });

  it('[E88] malformed sends a frame that is no JSON in the middle of an answer, spoken or written', async () => {
    for (const modality of ['audio', 'text']) {
      const client = await openSession(emulator, 'malformed');
      const frames = await ask(client, 'Count to three', { output_modalities: [modality] });
      const at = frames.findIndex((frame) => frame.type === 'not json');
      expect(frames[at - 1]?.type).toMatch(/delta$/);
      expect(frames.at(-1)?.type).toBe('response.done');
      await client.close();
    }
  });

  it('[E89] rejects-session-update refuses every update and talks all the same', async () => {
    const client = await openSession(emulator, 'rejects-session-update');
    client.send({ type: 'session.update', event_id: 'mine', session: { type: 'realtime' } });
    expect(pick(await client.until('error'), 'error')).toMatchObject({ param: 'session', event_id: 'mine' });
    expect(order(await ask(client, 'Hello'))).toContain('response.output_audio.done');
    await client.close();
  });

  it('[E80] each one is documented in the table', () => {
    for (const { doc } of Object.values(behaviours)) expect(doc.length).toBeGreaterThan(10);
  });
});
