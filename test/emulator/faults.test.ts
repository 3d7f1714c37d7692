import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';

import { type Emulator, startEmulator } from '../../emulator/server.ts';
import { pick, refusal } from '../support/realtime-client.ts';
import { ask, configure, openSession, order, typeText } from './talk.ts';

let emulator: Emulator;
beforeAll(async () => {
  emulator = await startEmulator({ port: 0, pace: 0 });
});
afterEach(() => fetch(`${emulator.url}/emulator/faults`, { method: 'DELETE' }));
afterAll(() => emulator.close());

async function post(body: unknown): Promise<{ status: number; body: unknown }> {
  const response = await fetch(`${emulator.url}/emulator/faults`, {
    method: 'POST',
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  return { status: response.status, body: await response.json() };
}

describe('faults, while calls run', () => {
  it('[E90] drop cuts the open sockets with no close frame, and spares later ones', async () => {
    const clients = [await openSession(emulator), await openSession(emulator)];
    expect(await post({ kind: 'drop' })).toEqual({ status: 201, body: { kind: 'drop', after_ms: 0 } });
    for (const client of clients) expect(await client.closed()).toMatchObject({ code: 1006 });
    const later = await openSession(emulator);
    await configure(later, {});
    await later.close();
  });

  it('[E90] count hits so many, the newest first', async () => {
    const older = await openSession(emulator);
    const newer = await openSession(emulator);
    await post({ kind: 'close', code: 4321, count: 1 });
    expect(await newer.closed()).toMatchObject({ code: 4321 });
    await configure(older, {});
    await older.close();
  });

  it('[E90] close uses 1011 unless it is told another code', async () => {
    const client = await openSession(emulator);
    await post({ kind: 'close' });
    expect(await client.closed()).toMatchObject({ code: 1011 });
  });

  it('[E91] error sends a server error, expire ends the session, malformed sends no JSON', async () => {
    const client = await openSession(emulator);
    await post({ kind: 'error', code: 'server_overloaded' });
    expect(pick(await client.until('error'), 'error')).toMatchObject({
      type: 'server_error',
      code: 'server_overloaded',
    });
    await post({ kind: 'malformed' });
    await client.until('not json');
    await post({ kind: 'expire' });
    expect(pick(await client.until('error'), 'error.code')).toBe('session_expired');
    expect(await client.closed()).toMatchObject({ code: 1001 });
  });

  it('[E91] stall silences the open sockets until it is cleared', async () => {
    const client = await openSession(emulator);
    await post({ kind: 'stall' });
    await fetch(`${emulator.url}/emulator/stats`);
    client.send({ type: 'input_audio_buffer.clear' });
    client.socket.ping();
    await new Promise((resolve) => client.socket.once('pong', resolve));
    expect(client.unread()).toEqual([]);
    await fetch(`${emulator.url}/emulator/faults`, { method: 'DELETE' });
    await configure(client, {});
    await client.close();
  });

  it('[E92] refuse refuses the next upgrades with its status, as many as count', async () => {
    const url = `${emulator.url}/openai/v1/realtime?model=gpt-realtime`;
    await post({ kind: 'refuse', status: 429, count: 2 });
    for (let attempt = 0; attempt < 2; attempt += 1) {
      const refused = await refusal(url, { headers: { 'api-key': 'any' } });
      expect(refused).toMatchObject({ status: 429, headers: { 'retry-after-ms': '2000' } });
    }
    await (await openSession(emulator)).close();
    await post({ kind: 'refuse' });
    expect(await refusal(url, { headers: { 'api-key': 'any' } })).toMatchObject({ status: 503 });
    await fetch(`${emulator.url}/emulator/faults`, { method: 'DELETE' });
    await (await openSession(emulator)).close();
  });

  it('[E92] rate_limit fails the next responses of running calls, as many as count', async () => {
    const client = await openSession(emulator);
    await post({ kind: 'rate_limit', count: 1 });
    expect(pick((await ask(client, 'Hello')).at(-1), 'response.status')).toBe('failed');
    expect(pick((await ask(client, 'Hello')).at(-1), 'response.status')).toBe('completed');
    await client.close();
  });

  it('[E93] after_ms lets a fault wait, and clearing forgets it', async () => {
    const client = await openSession(emulator);
    await post({ kind: 'error', code: 'forgotten', after_ms: 60 });
    await fetch(`${emulator.url}/emulator/faults`, { method: 'DELETE' });
    await post({ kind: 'error', code: 'remembered', after_ms: 80 });
    expect(pick(await client.until('error'), 'error.code')).toBe('remembered');
    await client.close();
  });

  it('[E90] a drop in the middle of an answer ends the answer too', async () => {
    const slow = await startEmulator({ port: 0, pace: 5, thinkMs: 0 });
    const client = await openSession(slow);
    await typeText(client, 'Count to thirty');
    client.send({ type: 'response.create' });
    await client.until('response.output_audio.delta');
    await fetch(`${slow.url}/emulator/faults`, { method: 'POST', body: '{"kind":"drop"}' });
    expect(await client.closed()).toMatchObject({ code: 1006 });
    expect(order(client.received)).not.toContain('response.done');
    await slow.close();
  });

  const bad: readonly (readonly [unknown, string, string | null])[] = [
    ['{', 'invalid_json', null],
    [[], 'missing_required_parameter', 'kind'],
    [{}, 'missing_required_parameter', 'kind'],
    [{ kind: 'explode' }, 'invalid_value', 'kind'],
    [{ kind: 'drop', status: 500 }, 'unknown_parameter', 'status'],
    [{ kind: 'close', code: 1006 }, 'invalid_value', 'code'],
    [{ kind: 'close', code: '1000' }, 'invalid_type', 'code'],
    [{ kind: 'refuse', status: 200 }, 'integer_below_min_value', 'status'],
    [{ kind: 'drop', after_ms: -1 }, 'integer_below_min_value', 'after_ms'],
    [{ kind: 'drop', count: 0 }, 'integer_below_min_value', 'count'],
  ];

  it.each(bad)('[E93] %j is refused with 400 and words', async (body, code, param) => {
    expect(await post(body)).toMatchObject({
      status: 400,
      body: { error: { code, param, message: expect.stringMatching(/\w/) } },
    });
  });
});
