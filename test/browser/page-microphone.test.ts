import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { buildPage } from '../../scripts/build-page.ts';
import { rms } from '../../src/audio/level.ts';
import { decodePcm16 } from '../../src/audio/pcm16.ts';
import { launchChromium } from '../support/chromium.ts';
import { startPageServer, type PageServer } from '../support/page-server.ts';
import { speech, wavFile } from '../support/speech.ts';

const SENTENCE = 'The quick brown fox jumps over the lazy dog, and the dog says nothing at all.';

let folder: string;
let spoken: Int16Array;
let browser: Browser;
let server: PageServer;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'voxgate-'));
  const wav = join(folder, 'speech.wav');
  const samples = await speech(SENTENCE, { rate: 48_000, silenceBeforeMs: 400 });
  await wavFile(wav, samples, 48_000);
  spoken = await speech(SENTENCE, { silenceBeforeMs: 400 });
  await buildPage();
  [browser, server] = await Promise.all([launchChromium({ microphoneWav: wav }), startPageServer()]);
});

afterAll(async () => {
  await browser.close();
  await server.stop();
  await rm(folder, { recursive: true, force: true });
});

/** Loudness of every 20 ms, the way a voice rises and falls. */
function envelope(samples: Float32Array): number[] {
  const steps = Math.floor(samples.length / 480);
  return Array.from({ length: steps }, (_, step) => rms(samples.subarray(step * 480, (step + 1) * 480)));
}

/** How alike two curves are, 1 at best, at the shift where they are most alike. */
function likeness(heard: readonly number[], said: readonly number[]): number {
  let best = 0;
  for (let shift = -75; shift <= 75; shift += 1) {
    const pairs = said.flatMap((value, index) => {
      const other = heard[index + shift];
      return other === undefined ? [] : [[value, other] as const];
    });
    if (pairs.length > said.length / 2) best = Math.max(best, correlation(pairs));
  }
  return best;
}

function correlation(pairs: readonly (readonly [number, number])[]): number {
  const mean = (pick: 0 | 1): number => pairs.reduce((sum, pair) => sum + pair[pick], 0) / pairs.length;
  const [a, b] = [mean(0), mean(1)];
  const sum = (product: (x: number, y: number) => number): number =>
    pairs.reduce((total, [x, y]) => total + product(x - a, y - b), 0);
  return sum((x, y) => x * y) / Math.sqrt(sum((x) => x * x) * sum((_, y) => y * y));
}

test('[C28] what is said into the microphone goes up as it was said', async () => {
  const page = await browser.newPage();
  await page.goto(server.url);
  const [call] = await Promise.all([
    server.nextCall(),
    page.getByRole('button', { name: 'Start call' }).click(),
  ]);
  call.send({ type: 'session.created', session: {} });
  const sound = await call.sound(spoken.byteLength);
  const heard = envelope(decodePcm16(sound));
  const said = envelope(decodePcm16(new Uint8Array(spoken.buffer)));
  expect(likeness(heard, said)).toBeGreaterThan(0.7);
  expect(sound.length % 960).toBe(0);
});
