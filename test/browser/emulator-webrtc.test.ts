import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { expect, onTestFinished, test } from 'vitest';

import { type Emulator, startEmulator } from '../../emulator/server.ts';
import { KEY, mintKey } from '../emulator/rtc-talk.ts';
import { launchChromium } from '../support/chromium.ts';
import { speech, wavFile } from '../support/speech.ts';

const RATE = 48_000;

/** What the page tells: the answer to its offer, every event, and how loud the track is by then. */
interface Heard {
  readonly status: number;
  readonly events: readonly { readonly type: string; readonly atMs: number }[];
  readonly loudAtMs: readonly number[];
}

test('[W14] Chromium posts its offer itself, is heard, hears the answer and sees its events', async () => {
  const emulator = await startEmulator({ port: 0, apiKey: KEY });
  onTestFinished(() => emulator.close());
  const page = await openPage(await microphone());
  const key = await mintKey(emulator);

  const heard = await talk(page, { emulator, key, until: 'output_audio_buffer.started' });

  expect(heard.status).toBe(201);
  const types = heard.events.map(({ type }) => type);
  expect(types[0]).toBe('session.created');
  expect(types).toContain('input_audio_buffer.speech_started');
  expect(types).toContain('response.output_audio_transcript.delta');
  expect(types).not.toContain('response.output_audio.delta');
  const startedAt = heard.events.find(({ type }) => type === 'output_audio_buffer.started')?.atMs ?? Infinity;
  expect(heard.loudAtMs.filter((at) => at < startedAt - 100)).toEqual([]);
  expect(heard.loudAtMs.filter((at) => at > startedAt).length).toBeGreaterThan(20);
  await expect.poll(() => emulator.stats().calls_open).toBe(0);
});

/** A person who says one sentence and then listens. */
async function microphone(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'voxgate-webrtc-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const path = join(folder, 'microphone.wav');
  const said = await speech('Hello, can you hear me?', {
    rate: RATE,
    silenceBeforeMs: 1_500,
    silenceAfterMs: 60_000,
  });
  await wavFile(path, said, RATE);
  return path;
}

/** An empty page of another origin than the emulator's. */
async function openPage(microphoneWav: string): Promise<Page> {
  const site = createServer((_request, response) => {
    response.setHeader('content-type', 'text/html').end('<p>hi');
  });
  await new Promise<void>((resolve) => site.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void site.close());
  const browser = await launchChromium({
    microphoneWav,
    args: ['--autoplay-policy=no-user-gesture-required'],
  });
  onTestFinished(() => browser.close());
  const page = await browser.newPage();
  await page.goto(`http://localhost:${(site.address() as AddressInfo).port}/`);
  return page;
}

/** Calls from the page, listens until a second after this event, and ends the call. */
function talk(
  page: Page,
  { emulator, key, until }: { emulator: Emulator; key: string; until: string },
): Promise<Heard> {
  return page.evaluate(
    async ({ url, token, last }) => {
      const events: { type: string; atMs: number }[] = [];
      const loudAtMs: number[] = [];
      const connection = new RTCPeerConnection();
      const stream = await navigator.mediaDevices.getUserMedia({ audio: true });
      for (const track of stream.getTracks()) connection.addTrack(track, stream);
      const channel = connection.createDataChannel('realtime-channel');
      connection.addEventListener('track', ({ track }) => {
        const remote = new MediaStream([track]);
        // Chromium decodes a remote track only while an element plays it.
        const element = new Audio();
        element.muted = true;
        element.srcObject = remote;
        void element.play();
        const context = new AudioContext();
        const analyser = new AnalyserNode(context, { fftSize: 1024 });
        context.createMediaStreamSource(remote).connect(analyser);
        const samples = new Float32Array(analyser.fftSize);
        setInterval(() => {
          analyser.getFloatTimeDomainData(samples);
          if (samples.some((sample) => Math.abs(sample) > 0.02)) loudAtMs.push(performance.now());
        }, 20);
      });
      const over = new Promise<void>((resolve) => {
        channel.addEventListener('message', ({ data }) => {
          const { type } = JSON.parse(String(data)) as { type: string };
          events.push({ type, atMs: performance.now() });
          if (type === last) setTimeout(resolve, 1_500);
        });
      });
      await connection.setLocalDescription(await connection.createOffer());
      const answer = await fetch(`${url}/openai/v1/realtime/calls`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/sdp' },
        body: connection.localDescription?.sdp ?? '',
      });
      await connection.setRemoteDescription({ type: 'answer', sdp: await answer.text() });
      await over;
      connection.close();
      return { status: answer.status, events, loudAtMs };
    },
    { url: emulator.url, token: key, last: until },
  );
}
