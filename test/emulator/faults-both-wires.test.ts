import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';

import { type Emulator, startEmulator } from '../../emulator/server.ts';
import { pick, refusal, type RealtimeClient } from '../support/realtime-client.ts';
import { openPreview, previewUrl } from './preview-talk.ts';
import { openSession } from './talk.ts';

let emulator: Emulator;
beforeAll(async () => {
  emulator = await startEmulator({ port: 0, pace: 5, thinkMs: 0, rateLimits: 'none' });
});
afterEach(() => fetch(`${emulator.url}/emulator/faults`, { method: 'DELETE' }));
afterAll(() => emulator.close());

async function post(fault: object): Promise<void> {
  const response = await fetch(`${emulator.url}/emulator/faults`, {
    method: 'POST',
    body: JSON.stringify(fault),
  });
  expect(response.status).toBe(201);
}

const wires = [
  { wire: 'GA', open: openSession, delta: 'response.output_audio.delta', added: 'conversation.item.done' },
  { wire: 'preview', open: openPreview, delta: 'response.audio.delta', added: 'conversation.item.created' },
] as const;

describe.each(wires)(
  'a fault in the middle of an answer on the $wire wire',
  ({ wire, open, delta, added }) => {
    /** A call whose answer is being spoken. */
    async function callUnderWay(): Promise<RealtimeClient> {
      const client = await open(emulator);
      client.send({
        type: 'conversation.item.create',
        item: { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'Count to thirty' }] },
      });
      await client.until(added);
      client.send({ type: 'response.create' });
      await client.until(delta);
      return client;
    }

    it('[L72] drop cuts the call', async () => {
      const client = await callUnderWay();
      await post({ kind: 'drop' });
      expect(await client.closed()).toMatchObject({ code: 1006 });
    });

    it('[L72] close closes it with the code that was asked for', async () => {
      const client = await callUnderWay();
      await post({ kind: 'close', code: 4_000 });
      expect(await client.closed()).toMatchObject({ code: 4_000 });
    });

    it('[L72] error is told, and the answer goes on', async () => {
      const client = await callUnderWay();
      await post({ kind: 'error', code: 'server_error' });
      expect(pick(await client.until('error'), 'error')).toMatchObject({
        type: 'server_error',
        event_id: null,
      });
      await client.until(delta);
      await client.close();
    });

    it('[L72] expire ends it with session_expired and 1001', async () => {
      const client = await callUnderWay();
      await post({ kind: 'expire' });
      const error = await client.until('error');
      expect(pick(error, 'error.code')).toBe('session_expired');
      expect(await client.closed()).toEqual({ code: 1001, reason: pick(error, 'error.message') });
    });

    it('[L72] malformed puts no JSON between its events, and the answer goes on', async () => {
      const client = await callUnderWay();
      await post({ kind: 'malformed' });
      await client.until('not json');
      expect((await client.until(delta)).type).toBe(delta);
      await client.close();
    });

    it('[L72] stall silences it until it is cleared', async () => {
      const client = await callUnderWay();
      await post({ kind: 'stall' });
      client.send({ type: 'no such event', event_id: 'swallowed' });
      client.socket.ping();
      await new Promise((resolve) => client.socket.once('pong', resolve));
      client.unread();
      await fetch(`${emulator.url}/emulator/faults`, { method: 'DELETE' });
      client.send({ type: 'no such event', event_id: 'heard' });
      expect(pick(await client.until('error'), 'error.event_id')).toBe('heard');
      await client.close();
    });

    it('[L72] rate_limit fails its next response, inside response.done', async () => {
      const client = await callUnderWay();
      await post({ kind: 'rate_limit', count: 1 });
      client.send({ type: 'response.cancel' });
      await client.until('response.done');
      client.send({ type: 'response.create' });
      expect(pick(await client.until('response.done'), 'response.status_details.error.code')).toBe(
        'inference_rate_limit_exceeded',
      );
      await client.close();
    });

    it('[L72] refuse refuses whoever dials meanwhile, and leaves the call alone', async () => {
      const client = await callUnderWay();
      await post({ kind: 'refuse', status: 503, count: 1 });
      const url =
        wire === 'GA' ? `${emulator.url}/openai/v1/realtime?model=gpt-realtime` : previewUrl(emulator);
      expect(await refusal(url, { headers: { 'api-key': 'any' } })).toMatchObject({ status: 503 });
      await client.until(delta);
      await client.close();
    });
  },
);
