import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { buildPage, type BuiltFile } from '../../scripts/build-page.ts';
import { launchChromium } from '../support/chromium.ts';
import { heardFor, installProbe, look, probeScripts, type MicrophoneAnswer } from '../support/page-probe.ts';
import { startPageServer, type FakeCall, type PageServer } from '../support/page-server.ts';
import { complaintsOf, shows } from '../support/page-state.ts';

let browser: Browser;
let server: PageServer;
let built: readonly BuiltFile[];

beforeAll(async () => {
  built = await buildPage();
  [browser, server] = await Promise.all([launchChromium(), startPageServer(probeScripts)]);
});

afterAll(async () => {
  await browser.close();
  await server.stop();
});

interface OpenedPage {
  readonly page: Page;
  readonly complaints: string[];
  readonly requests: string[];
}

async function openPage(
  options: BrowserContextOptions & { microphone?: MicrophoneAnswer } = {},
): Promise<OpenedPage> {
  const { microphone = 'given', ...rest } = options;
  const context = await browser.newContext(rest);
  onTestFinished(() => context.close());
  await installProbe(context, microphone);
  const page = await context.newPage();
  const complaints = complaintsOf(page);
  const requests: string[] = [];
  page.on('request', (request) => requests.push(request.url()));
  await page.goto(server.url);
  await shows(page, 'idle');
  return { page, complaints, requests };
}

async function startCall(page: Page): Promise<FakeCall> {
  const [call] = await Promise.all([
    server.nextCall(),
    page.getByRole('button', { name: 'Start call' }).click(),
  ]);
  call.send({
    type: 'gateway.session',
    session_id: 's',
    audio: 'binary',
    limits: { connections: 3 },
    expires_at: 0,
  });
  call.send({ type: 'session.created', session: {} });
  await shows(page, 'listening');
  return call;
}

/** An answer whose sound is all there: a steady level, so that every sample given out can be counted. */
function answer(call: FakeCall, id: string, ms: number): void {
  const ids = { response_id: id, item_id: `item_${id}` };
  call.send({ type: 'response.created', response: { id } });
  call.send({ type: 'response.content_part.added', ...ids, content_index: 0, part: { type: 'audio' } });
  call.send({ type: 'response.output_audio_transcript.delta', ...ids, delta: 'one two three four five six' });
  call.sendSound(new Uint8Array(new Int16Array(ms * 24).fill(8000).buffer));
  call.send({ type: 'response.output_audio.done', ...ids, content_index: 0 });
  call.send({ type: 'response.done', response: { id, status: 'completed' } });
}

function interrupt(call: FakeCall, words: string): void {
  call.send({ type: 'input_audio_buffer.speech_stopped', item_id: 'u' });
  call.send({ type: 'input_audio_buffer.committed', item_id: 'u', previous_item_id: null });
  call.send({
    type: 'conversation.item.input_audio_transcription.completed',
    item_id: 'u',
    transcript: words,
  });
}

function assistantLevel(page: Page): Promise<number> {
  return page.locator('#orb').evaluate((orb) => Number(orb.style.getPropertyValue('--assistant')));
}

test('[C1][C27] a call from start to end asks nothing of the outside and leaves nothing on the console', async () => {
  const { page, complaints, requests } = await openPage();
  const call = await startCall(page);
  await call.sound(9600);
  answer(call, 'r1', 400);
  await shows(page, 'speaking');
  await shows(page, 'listening');
  await page.getByRole('button', { name: 'Mute' }).click();
  await shows(page, 'muted');
  await page.getByRole('button', { name: 'End call' }).click();
  await shows(page, 'ended');
  expect(complaints).toEqual([]);
  expect(requests.filter((url) => !url.startsWith(server.url))).toEqual([]);
  expect(requests).toContain(`${server.url}app/main.js`);
});

test('[C29] an answer is given out to the last sample, and heard to its end it is not truncated', async () => {
  const { page } = await openPage();
  const call = await startCall(page);
  answer(call, 'r1', 700);
  await shows(page, 'speaking');
  await shows(page, 'listening');
  const { soundingMs: ms } = await look(page);
  // The last 8 ms fade to nothing.
  expect(ms).toBeGreaterThan(685);
  expect(ms).toBeLessThan(710);
  call.send({ type: 'input_audio_buffer.speech_started', item_id: 'u' });
  interrupt(call, 'Thanks.');
  await page.locator('[data-role=user]', { hasText: 'Thanks.' }).waitFor();
  expect(call.events.filter(({ type }) => type === 'conversation.item.truncate')).toEqual([]);
});

test('[C9][C10][C29] speech over an answer silences it at once, and Azure is told what was really heard', async () => {
  const { page } = await openPage();
  const call = await startCall(page);
  answer(call, 'r1', 20_000);
  await heardFor(page, 600);
  call.send({ type: 'input_audio_buffer.speech_started', item_id: 'u' });
  await shows(page, 'listening');
  interrupt(call, 'Stop it.');
  const truncate = await call.next('conversation.item.truncate');
  const { soundingMs, lastSoundingAtMs, arrivedAtMs, outputLatencyMs } = await look(page);
  const cutAtMs = arrivedAtMs['input_audio_buffer.speech_started'] ?? 0;
  expect(lastSoundingAtMs - cutAtMs).toBeLessThan(50);
  expect(truncate).toMatchObject({ item_id: 'item_r1', content_index: 0 });
  // What the device still held back was not heard. Its latency, read here a moment later, wanders by a buffer or two.
  expect(Math.abs(soundingMs - outputLatencyMs - Number(truncate['audio_end_ms']))).toBeLessThan(40);
  await page.locator('[data-role=assistant] [data-unheard]').waitFor();
});

test('[C11][C29] a cough holds the answer, which then goes on to its end with nothing lost', async () => {
  const { page } = await openPage();
  const call = await startCall(page);
  answer(call, 'r1', 1500);
  await heardFor(page, 400);
  call.send({ type: 'input_audio_buffer.speech_started', item_id: 'u' });
  await shows(page, 'listening');
  interrupt(call, '');
  await shows(page, 'speaking');
  await shows(page, 'listening');
  const { soundingMs: ms } = await look(page);
  expect(ms).toBeGreaterThan(1470);
  expect(ms).toBeLessThan(1515);
  expect(call.events.filter(({ type }) => type === 'conversation.item.truncate')).toEqual([]);
});

test('[C8][C30] a message typed over an answer stops it, and everything works from the keyboard', async () => {
  const { page } = await openPage();
  await page.getByRole('textbox', { name: 'Message' }).focus();
  await page.keyboard.press('Tab');
  await page.keyboard.press('Tab');
  expect(await page.evaluate(() => document.activeElement?.id)).toBe('main');
  const [call] = await Promise.all([server.nextCall(), page.keyboard.press('Enter')]);
  call.send({ type: 'session.created', session: {} });
  await shows(page, 'listening');
  answer(call, 'r1', 20_000);
  await heardFor(page, 300);
  await page.getByRole('textbox', { name: 'Message' }).focus();
  await page.keyboard.type('never mind');
  await page.keyboard.press('Enter');
  await call.next('response.create');
  expect(call.events.map(({ type }) => type).filter((type) => type !== 'gateway.ping')).toEqual([
    'conversation.item.truncate',
    'conversation.item.create',
    'response.create',
  ]);
  answer(call, 'r2', 20_000);
  await shows(page, 'speaking');
  await page.keyboard.press('Escape');
  await shows(page, 'listening');
  const log = page.getByRole('log', { name: 'Conversation' });
  expect(
    await log.locator('[data-role]').evaluateAll((entries) => entries.map((it) => it.dataset['role'])),
  ).toEqual(['assistant', 'user', 'assistant']);
  await page.getByRole('button', { name: 'End call' }).focus();
  await page.keyboard.press('Space');
  await shows(page, 'ended');
});

test('[C5][C6] without a microphone the call is in writing and answers aloud', async () => {
  const { page } = await openPage({ microphone: 'NotAllowedError' });
  const call = await startCall(page);
  await page.getByRole('alert').getByText('The microphone is blocked').waitFor();
  await page.getByRole('button', { name: 'Turn on the microphone' }).waitFor();
  expect(await page.getByRole('button', { name: 'Mute' }).count()).toBe(0);
  await page.getByRole('textbox', { name: 'Message' }).fill('hello');
  await page.keyboard.press('Enter');
  await call.next('response.create');
  answer(call, 'r1', 300);
  await shows(page, 'speaking');
  await shows(page, 'listening');
});

test('[C6] typing before any call opens none, and never asks for the microphone', async () => {
  const { page } = await openPage();
  await page.getByRole('textbox', { name: 'Message' }).fill('hello');
  const [chat] = await Promise.all([server.nextChat(), page.keyboard.press('Enter')]);
  await page.locator('[data-role=user]', { hasText: 'hello' }).waitFor();
  expect(await chat.next('message')).toMatchObject({ content: 'hello' });
  expect((await look(page)).tracks).toEqual([]);
  await shows(page, 'idle');
});

test('[C2] a door that refuses is one sentence, and the call can be started again', async () => {
  const { page } = await openPage();
  onTestFinished(() => server.answerSessionsWith({ status: 200 }));
  const cases = [
    [{ status: 503, code: 'not_configured' }, 'Azure OpenAI is not configured'],
    [{ status: 401 }, 'Only people with an account'],
    [{ status: 403 }, 'may not open a call'],
  ] as const;
  for (const [refusal, sentence] of cases) {
    server.answerSessionsWith(refusal);
    await page.getByRole('button', { name: 'Start call' }).click();
    await shows(page, 'error');
    await page.getByRole('alert').getByText(sentence).waitFor();
    expect(await page.getByRole('button').allInnerTexts()).toContain('Start call');
  }
  server.answerSessionsWith({ status: 200 });
  await startCall(page);
});

test('[C3] a call that Azure breaks ends in its sentence', async () => {
  const { page } = await openPage();
  const call = await startCall(page);
  call.close(4502, 'Azure refused or broke');
  await shows(page, 'error');
  await page.getByRole('alert').getByText('The assistant broke off').waitFor();
  expect((await look(page)).tracks).toEqual(['ended']);
});

test('[C33] ending a call gives back the microphone and says goodbye', async () => {
  const { page } = await openPage();
  const call = await startCall(page);
  await page.getByRole('button', { name: 'End call' }).click();
  expect(await call.closed).toBe(1000);
  expect((await look(page)).tracks).toEqual(['ended']);
});

test('[C31] the orb moves with the voice, and stands still for who wants no motion', async () => {
  const lively = await openPage();
  const call = await startCall(lively.page);
  answer(call, 'r1', 20_000);
  await lively.page.waitForFunction(
    () => Number(document.querySelector<HTMLElement>('#orb')?.style.getPropertyValue('--assistant')) > 0.5,
  );
  const calm = await openPage({ reducedMotion: 'reduce' });
  const quiet = await startCall(calm.page);
  answer(quiet, 'r1', 20_000);
  await heardFor(calm.page, 500);
  expect(await assistantLevel(calm.page)).toBe(0);
  expect(await calm.page.evaluate(() => document.getAnimations().length)).toBe(0);
  await calm.page.getByRole('button', { name: 'End call' }).click();
});

test('[C34] the page fits 320 by 480 pixels in every state without sideways scrolling', async () => {
  const { page } = await openPage({ viewport: { width: 320, height: 480 }, microphone: 'NotFoundError' });
  const sideways = (): Promise<number> => page.evaluate(() => document.documentElement.scrollWidth);
  const widths = [await sideways()];
  const call = await startCall(page);
  widths.push(await sideways());
  answer(call, 'r1', 200);
  await page.getByRole('textbox', { name: 'Message' }).fill(`a word of ${'x'.repeat(300)}`);
  await page.keyboard.press('Enter');
  await page.locator('[data-role=user]').waitFor();
  widths.push(await sideways());
  call.close(4502);
  await shows(page, 'error');
  widths.push(await sideways());
  expect(widths).toEqual([320, 320, 320, 320]);
  expect(await page.getByRole('button', { name: 'Start call' }).isVisible()).toBe(true);
});

test('[C32] the modules of the page weigh less than 40 kB compressed, and what is fetched later less than 20 kB, 5 kB and 2 kB', () => {
  const weights = new Map(built.map(({ name, gzipBytes }) => [name, gzipBytes]));
  const reader = weights.get('markdown.js') ?? 0;
  const peer = weights.get('peer.js') ?? 0;
  const tools = weights.get('page-tools.js') ?? 0;
  expect([...weights.keys()].toSorted()).toEqual([
    'main.js',
    'markdown.js',
    'microphone-worklet.js',
    'page-tools.js',
    'peer.js',
    'shared.js',
    'speaker-worklet.js',
  ]);
  expect(built.reduce((sum, { gzipBytes }) => sum + gzipBytes, 0) - reader - peer - tools).toBeLessThan(
    40_000,
  );
  expect(reader).toBeLessThan(20_000);
  expect(peer).toBeLessThan(5000);
  expect(tools).toBeLessThan(2000);
});
