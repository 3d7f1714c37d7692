/** The unmodified `openai` package holds a turn over its own client of the wire before GA. */
import { AzureOpenAI } from 'openai';
import { OpenAIRealtimeWS } from 'openai/beta/realtime/ws';
import type { RealtimeServerEvent } from 'openai/resources/beta/realtime/realtime';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { type Emulator, startEmulator } from '../../emulator/server.ts';
import { startTlsFront, type TlsFront } from '../support/tls-front.ts';

let emulator: Emulator;
let front: TlsFront;
beforeAll(async () => {
  emulator = await startEmulator({ port: 0, pace: 0 });
  front = await startTlsFront(emulator.port);
});
afterAll(async () => {
  await front.close();
  await emulator.close();
});

describe('the official client of the preview', () => {
  it('[L14] dials, sets the session, types, hears words and sound, and meets no error', async () => {
    const azure = new AzureOpenAI({ endpoint: front.url, apiKey: 'any', apiVersion: '2025-04-01-preview' });
    const deploymentName = 'gpt-4o-realtime-preview';
    const rt = await OpenAIRealtimeWS.azure(azure, { deploymentName, options: { ca: front.ca } });
    const events: RealtimeServerEvent[] = [];
    const ended = new Promise<void>((resolve, reject) => {
      rt.on('error', reject);
      rt.on('event', (event) => {
        events.push(event);
        if (event.type === 'conversation.created') {
          rt.send({ type: 'session.update', session: { modalities: ['text', 'audio'], voice: 'sage' } });
        }
        if (event.type === 'session.updated') {
          const content = [{ type: 'input_text' as const, text: 'Say "yes"' }];
          rt.send({ type: 'conversation.item.create', item: { type: 'message', role: 'user', content } });
          rt.send({ type: 'response.create' });
        }
        if (event.type === 'response.done') resolve();
      });
    });
    await ended;
    const transcripts = events.flatMap((event) =>
      event.type === 'response.audio_transcript.done' ? [event.transcript] : [],
    );
    expect(transcripts).toEqual(['yes']);
    const sound = events.flatMap((event) => (event.type === 'response.audio.delta' ? [event.delta] : []));
    expect(Buffer.concat(sound.map((delta) => Buffer.from(delta, 'base64'))).length).toBeGreaterThan(4_800);
    expect(rt.url.pathname).toBe('/openai/realtime');
    const closed = new Promise((resolve) => rt.socket.once('close', resolve));
    rt.close();
    expect(await closed).toBe(1000);
  });
});
