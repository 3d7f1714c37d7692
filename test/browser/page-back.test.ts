import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { buildPage } from '../../scripts/build-page.ts';
import { launchChromium } from '../support/chromium.ts';
import { installProbe, look, probeScripts, type MicrophoneAnswer } from '../support/page-probe.ts';
import { limits, startPageServer, type FakeCall, type PageServer } from '../support/page-server.ts';
import { entries, TALK_ID, write } from '../support/page-talk.ts';

let browser: Browser;
let server: PageServer;

beforeAll(async () => {
  await buildPage();
  [browser, server] = await Promise.all([launchChromium(), startPageServer(probeScripts)]);
});

afterAll(async () => {
  await browser.close();
  await server.stop();
});

async function somebody(microphone: MicrophoneAnswer = 'NotFoundError'): Promise<BrowserContext> {
  const context = await browser.newContext();
  onTestFinished(() => context.close());
  await installProbe(context, microphone);
  return context;
}

async function openPage(context: BrowserContext): Promise<Page> {
  const page = await context.newPage();
  await page.goto(server.url);
  await shows(page, 'idle');
  return page;
}

async function shows(page: Page, state: string): Promise<void> {
  await page.locator(`html[data-call="${state}"]`).waitFor();
}

/** A call that has begun, with two frames down. */
async function startCall(page: Page): Promise<FakeCall> {
  const [call] = await Promise.all([
    server.nextCall(),
    page.getByRole('button', { name: 'Start call' }).click(),
  ]);
  begin(call);
  await shows(page, 'listening');
  return call;
}

function begin(call: FakeCall, session_id = 'sess_1'): void {
  const [resume_token, conversation_id, expires_at] = ['first', TALK_ID, 4_102_444_800];
  call.tell({
    type: 'gateway.session',
    session_id,
    resume_token,
    conversation_id,
    audio: 'binary',
    limits,
    expires_at,
  });
  call.send({ type: 'session.created', session: {} });
}

function resumes(call: FakeCall, received: number, replayed = 0): void {
  call.tell({
    type: 'gateway.resumed',
    continuity: 'complete',
    resume_token: 'second',
    received,
    replayed,
  });
}

const ids = { response_id: 'r1', item_id: 'item_r1' };

/** The first half of an answer: four frames down. */
function beginAnswer(call: FakeCall, ms: number): void {
  call.send({ type: 'response.created', response: { id: 'r1' } });
  call.send({ type: 'response.content_part.added', ...ids, content_index: 0, part: { type: 'audio' } });
  call.send({ type: 'response.output_audio_transcript.delta', ...ids, delta: 'one two three ' });
  call.sendSound(sound(ms));
}

/** The second half: four more. */
function endAnswer(call: FakeCall, ms: number): void {
  call.send({ type: 'response.output_audio_transcript.delta', ...ids, delta: 'four five six' });
  call.sendSound(sound(ms));
  call.send({ type: 'response.output_audio.done', ...ids, content_index: 0 });
  call.send({ type: 'response.done', response: { id: 'r1', status: 'completed' } });
}

function sound(ms: number): Uint8Array {
  return new Uint8Array(new Int16Array(ms * 24).fill(8000).buffer);
}

/** The call is cut; resolves with the socket of the return. */
async function cut(call: FakeCall): Promise<FakeCall> {
  const next = server.nextCall();
  call.cut();
  return next;
}

test('[C44][C47] an answer that is cut in its middle is heard and read whole, once', async () => {
  const page = await openPage(await somebody());
  const call = await startCall(page);
  beginAnswer(call, 500);
  await page.locator('[data-role=assistant]', { hasText: 'three' }).waitFor();
  const again = await cut(call);
  expect([again.query, again.offered]).toEqual(['?received=6', ['voxgate.v1', 'voxgate.resume.first']]);
  await shows(page, 'reconnecting');
  await page.getByRole('status').getByText('Reconnecting…').waitFor();
  expect(await page.getByRole('button', { name: 'End call' }).isEnabled()).toBe(true);
  resumes(again, call.frames(), 4);
  endAnswer(again, 500);
  await shows(page, 'speaking');
  await shows(page, 'listening');
  expect(await entries(page)).toEqual(['assistant: one two three four five six']);
  const { soundingMs } = await look(page);
  expect(soundingMs).toBeGreaterThan(950);
  expect(soundingMs).toBeLessThan(1010);
  expect(call.events.length + again.events.length).toBe(0);
});

test('[C44][C47] what is said and typed while the call is away goes up when it is back, once', async () => {
  const page = await openPage(await somebody('given'));
  const call = await startCall(page);
  await call.sound(9600);
  const again = await cut(call);
  await write(page, 'still there?');
  await page.getByRole('button', { name: 'Mute' }).click();
  await shows(page, 'reconnecting');
  await page.locator('#mute[aria-pressed=true]').waitFor();
  expect(again.frames()).toBe(0);
  resumes(again, call.frames());
  expect(await again.next('conversation.item.create')).toMatchObject({
    item: { content: [{ text: 'still there?' }] },
  });
  await again.next('response.create');
  await shows(page, 'thinking');
  // Two seconds of silence end a turn that was begun before.
  await again.sound(2 * 48_000);
  const third = await cut(again);
  expect([third.query, third.offered[1]]).toEqual(['?received=3', 'voxgate.resume.second']);
  resumes(third, call.frames() + again.frames());
  await shows(page, 'thinking');
  expect(third.events).toEqual([]);
  expect(await entries(page)).toEqual(['user: still there?']);
});

test('[C47] a call that is away can be ended', async () => {
  const page = await openPage(await somebody('given'));
  const call = await startCall(page);
  const again = await cut(call);
  await shows(page, 'reconnecting');
  await page.getByRole('button', { name: 'End call' }).click();
  await shows(page, 'ended');
  expect(await again.closed).toBe(1000);
  expect((await look(page)).tracks).toEqual(['ended']);
});

test('[C45][C47] a call that is over by then goes on as another one, in its conversation', async () => {
  const page = await openPage(await somebody());
  const call = await startCall(page);
  beginAnswer(call, 300);
  const again = await cut(call);
  const next = server.nextCall();
  again.complain('resume_refused', 'There is no call to come back to with this.');
  again.close(4409, 'Nothing to resume');
  const other = await next;
  expect([other.query, other.offered]).toEqual([`?conversation=${TALK_ID}`, ['voxgate.v1']]);
  await write(page, 'go on');
  begin(other, 'sess_2');
  await other.next('response.create');
  await page.locator('[data-role=user]', { hasText: 'go on' }).waitFor();
  expect(await page.getByRole('alert').textContent()).toContain('No microphone was found');
});

test('[C45][C47] a call that went on in another window ends here in its sentence, and stays there', async () => {
  const page = await openPage(await somebody());
  const call = await startCall(page);
  call.complain('taken_over', 'This call went on over another connection.');
  call.close(4409, 'Another connection took over');
  await shows(page, 'error');
  await page.getByRole('alert').getByText('This call went on in another window').waitFor();
  await startCall(page);
});

test('[C46] a network that is gone without a word is found out when the browser says that it changed', async () => {
  const page = await openPage(await somebody());
  const call = await startCall(page);
  const next = server.nextCall();
  // Nothing is asked while something has just been heard, and nothing twice.
  await page.evaluate(() => setInterval(() => dispatchEvent(new Event('offline')), 100));
  await call.next('gateway.ping');
  const again = await next;
  expect(again.query).toBe('?received=2');
  resumes(again, 0);
  await again.next('gateway.ping');
  await shows(page, 'listening');
  expect(call.events).toHaveLength(1);
});

test('[C46] a return that waits begins when the network is there again', async () => {
  const page = await openPage(await somebody());
  const call = await startCall(page);
  await page.evaluate(() => {
    Math.random = () => 1;
  });
  const again = await cut(call);
  // The first return is at once, the second after a second.
  again.cut();
  await shows(page, 'reconnecting');
  const next = server.nextCall();
  await page.evaluate(() => dispatchEvent(new Event('online')));
  resumes(await next, 0);
  await shows(page, 'listening');
});

test('[C45] a gateway that goes is left without a goodbye, and come back to', async () => {
  const page = await openPage(await somebody());
  const call = await startCall(page);
  const next = server.nextCall();
  call.send({ type: 'gateway.drain', after_ms: 300 });
  await shows(page, 'reconnecting');
  expect(await call.closed).toBe(1005);
  const again = await next;
  expect(again.query).toBe('?received=3');
  resumes(again, 0);
  await shows(page, 'listening');
});
