import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { launchChromium } from '../support/chromium.ts';
import { giveEars, heardIn, hearsEvent, hearsVoice } from '../support/ears.ts';
import { AZURE_KEY, type Gateway, GATEWAY_SECRET, startGateway } from '../support/gateway.ts';
import { quiet, speech, wavFile } from '../support/speech.ts';

const PUBLIC = resolve(import.meta.dirname, '../../public');
const RATE = 48_000;

/** From the first words to the second: long enough that the answer to the first is being spoken, and not over. */
const PAUSE_MS = 4_500;

/** After speech is heard over an answer, this much later the loudspeaker must be silent, the analyser's window included. */
const HUSH_MS = 150;

let gateway: Gateway;
let browser: Browser;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'voxgate-voice-'));
  const microphoneWav = join(folder, 'microphone.wav');
  const greeting = await speech('Hello, can you hear me?', { rate: RATE, silenceAfterMs: PAUSE_MS });
  const interruption = await speech('Stop. Tell me something else.', { rate: RATE, silenceAfterMs: 60_000 });
  await wavFile(microphoneWav, inARoom(greeting, interruption), RATE);
  [gateway, browser] = await Promise.all([
    startGateway({ emulator: { pace: 1 } }),
    launchChromium({ microphoneWav }),
  ]);
});

afterAll(async () => {
  await Promise.all([browser.close(), gateway.close()]);
  await rm(folder, { recursive: true, force: true });
});

/** Both, one behind the other, with the faint hiss that every microphone has. */
function inARoom(...parts: readonly Int16Array[]): Int16Array<ArrayBuffer> {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const all = quiet((length * 1000) / RATE, 12).subarray(0, length);
  const spoken = new Int16Array(length);
  let at = 0;
  for (const part of parts) {
    spoken.set(part, at);
    at += part.length;
  }
  for (const [index, sample] of spoken.entries()) spoken[index] = sample + (all[index % all.length] ?? 0);
  return spoken;
}

/** Everything that crosses between this page and the server, as text that can be searched. */
function recordTraffic(page: Page) {
  const down: string[] = [];
  const up: string[] = [];
  const bodies: Promise<void>[] = [];
  page.on('websocket', (socket) => {
    socket.on('framereceived', ({ payload }) => down.push(textOf(payload)));
    socket.on('framesent', ({ payload }) => up.push(textOf(payload)));
  });
  page.on('response', (response) => {
    down.push(JSON.stringify(response.headers()));
    bodies.push(
      response.body().then(
        (body) => void down.push(textOf(body)),
        () => undefined,
      ),
    );
  });
  return { up, down, settled: () => Promise.all(bodies) };
}

function textOf(payload: string | Buffer): string {
  return typeof payload === 'string' ? payload : payload.toString('latin1');
}

function shows(page: Page, state: string): Promise<unknown> {
  return page.waitForSelector(`html[data-call="${state}"]`, { timeout: 20_000 });
}

test('[S13][S14] a person talks, is answered aloud, interrupts, types, mutes and ends; the key stays where it is', async () => {
  const context = await browser.newContext();
  await giveEars(context);
  const page = await context.newPage();
  const traffic = recordTraffic(page);
  await page.goto(gateway.url.replace('127.0.0.1', 'localhost'));
  await shows(page, 'idle');

  await page.getByRole('button', { name: 'Start call' }).click();
  await shows(page, 'speaking');
  await hearsVoice(page, 100);

  await hearsEvent(page, 'input_audio_buffer.speech_started', 2);
  await hearsEvent(page, 'conversation.item.truncated', 1);
  await hearsEvent(page, 'response.content_part.added', 2);
  await shows(page, 'speaking');
  const { loudAtMs, eventsAtMs } = await heardIn(page);
  const interruptedAt = eventsAtMs['input_audio_buffer.speech_started']?.[1] ?? Infinity;
  const answeredAgainAt = eventsAtMs['response.content_part.added']?.[1] ?? Infinity;
  expect(loudAtMs.filter((at) => at > interruptedAt - 500 && at < interruptedAt)).not.toEqual([]);
  expect(loudAtMs.filter((at) => at > interruptedAt + HUSH_MS && at < answeredAgainAt)).toEqual([]);
  await hearsVoice(page, 50, answeredAgainAt);

  const captions = page.getByRole('log');
  await captions.locator('[data-role="user"]').nth(1).waitFor();
  expect(await captions.locator('[data-role="assistant"]').first().textContent()).toContain(
    'cannot understand',
  );

  await page.getByRole('textbox').fill('repeat after me: a green lantern');
  await page.keyboard.press('Enter');
  await captions.locator('[data-role="assistant"]', { hasText: 'a green lantern' }).waitFor();
  expect(await captions.locator('[data-role="user"]').last().textContent()).toContain('repeat after me');

  await page.getByRole('button', { name: 'Mute' }).click();
  await shows(page, 'muted');
  await page.getByRole('button', { name: 'End call' }).click();
  await shows(page, 'ended');
  await context.close();

  await traffic.settled();
  expect(traffic.up.join('\n')).toContain('conversation.item.truncate');
  expect(traffic.down.join('\n')).toContain('speech_started');
  for (const secret of [AZURE_KEY, GATEWAY_SECRET]) {
    expect(traffic.down.concat(traffic.up).filter((one) => one.includes(secret))).toEqual([]);
    expect(gateway.log.filter((line) => line.includes(secret))).toEqual([]);
  }
});

test('[S13] no asset of the page holds a key', async () => {
  const files = await readdir(PUBLIC, { recursive: true, withFileTypes: true });
  const assets = files.filter((file) => file.isFile()).map((file) => join(file.parentPath, file.name));
  expect(assets.map((path) => path.slice(PUBLIC.length))).toContain('/app/main.js');
  const contents = await Promise.all(assets.map((path) => readFile(path, 'latin1')));
  for (const secret of [AZURE_KEY, GATEWAY_SECRET]) {
    expect(contents.filter((content) => content.includes(secret))).toEqual([]);
  }
});
