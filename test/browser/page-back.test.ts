import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, onTestFinished, test } from 'vitest';
import { buildPage } from '../../scripts/build-page.ts';
import { launchChromium } from '../support/chromium.ts';
import { heardFor, installProbe, look, probeScripts, type MicrophoneAnswer } from '../support/page-probe.ts';
import { said } from '../support/scripted-memory.ts';
import { limits, startPageServer, type FakeCall, type PageServer } from '../support/page-server.ts';
import { entries, says, TALK_ID, write } from '../support/page-talk.ts';
import { shows } from '../support/page-state.ts';

let browser: Browser;
let server: PageServer;

beforeAll(async () => {
  await buildPage();
  browser = await launchChromium();
});

// Pages that are told nothing more come back, and are no calls of the next test's.
beforeEach(async () => {
  server = await startPageServer(probeScripts);
});

afterEach(() => server.stop());

afterAll(() => browser.close());

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

const session = {
  type: 'gateway.session',
  resume_token: 'first',
  conversation_id: TALK_ID,
  audio: 'binary',
  limits,
  expires_at: 4_102_444_800,
} as const;

function begin(call: FakeCall, session_id = 'sess_1'): void {
  call.tell({ ...session, session_id });
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

/** The first half of an answer: five frames down. */
function beginAnswer(call: FakeCall, ms: number): void {
  call.send({ type: 'response.created', response: { id: 'r1' } });
  const item = { id: ids.item_id, type: 'message', role: 'assistant', content: [] };
  call.send({ type: 'conversation.item.added', previous_item_id: null, item });
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
  expect([again.query, again.offered]).toEqual([
    '?received=7&trace=tools',
    ['voxgate.v1', 'voxgate.resume.first'],
  ]);
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
  expect([third.query, third.offered[1]]).toEqual(['?received=3&trace=tools', 'voxgate.resume.second']);
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
  expect([other.query, other.offered]).toEqual([`?conversation=${TALK_ID}&trace=tools`, ['voxgate.v1']]);
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
  const { query, offered } = await startCall(page);
  expect([query, offered]).toEqual([`?conversation=${TALK_ID}&trace=tools`, ['voxgate.v1']]);
});

test('[C46] a network that is gone without a word is found out when the browser says that it changed', async () => {
  const page = await openPage(await somebody());
  const call = await startCall(page);
  const next = server.nextCall();
  // Nothing is asked while something has just been heard, and nothing twice.
  await page.evaluate(() => setInterval(() => dispatchEvent(new Event('offline')), 100));
  await call.next('gateway.ping');
  const again = await next;
  expect(again.query).toBe('?received=2&trace=tools');
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
  const third = await next;
  expect(third.query).toBe('?received=2&trace=tools');
  resumes(third, 0);
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
  expect(again.query).toBe('?received=3&trace=tools');
  resumes(again, 0);
  await shows(page, 'listening');
});

/** What was said before and in the call, as it is remembered. */
function remember(messages: Parameters<PageServer['memory']['add']>[1]): void {
  const conversation = server.memory.add('Hi.', messages);
  server.memory.conversations = [{ ...conversation, id: TALK_ID }];
}

function question(call: FakeCall): void {
  call.send({ type: 'input_audio_buffer.committed', item_id: 'u1', previous_item_id: null });
  const type = 'conversation.item.input_audio_transcription.completed';
  call.send({ type, item_id: 'u1', transcript: 'Hi.' });
}

test('[C42] a page that is loaded again in the middle of an answer goes on with the call, and hears the rest', async () => {
  const context = await somebody('given');
  await context.grantPermissions(['microphone']);
  const page = await openPage(context);
  const call = await startCall(page);
  remember([
    said('user', 'Before the call.'),
    said('user', 'Hi.', { id: 'sess_1.u1', mode: 'voice' }),
    said('assistant', 'one two three ', { id: 'sess_1.item_r1', mode: 'voice', status: 'interrupted' }),
  ]);
  question(call);
  beginAnswer(call, 3000);
  await heardFor(page, 1000);
  const next = server.nextCall();
  await page.reload();
  expect(await call.closed).toBe(1001);
  const again = await next;
  // From before the question: everything of this turn comes again.
  expect([again.query, again.offered[1]]).toEqual(['?received=2&trace=tools', 'voxgate.resume.first']);
  await shows(page, 'reconnecting');
  resumes(again, call.frames(), 11);
  question(again);
  beginAnswer(again, 3000);
  endAnswer(again, 500);
  await shows(page, 'speaking');
  // No browser has to let a page sound that nobody has touched.
  await page.getByRole('alert').getByText('until you click or type').waitFor();
  await page.getByRole('button', { name: 'Turn on the sound' }).click();
  await again.sound(9600);
  await expect.poll(() => page.getByRole('alert').isVisible()).toBe(false);
  await shows(page, 'listening');
  const { soundingMs, tracks } = await look(page);
  expect(soundingMs).toBeGreaterThan(2000);
  expect(soundingMs).toBeLessThan(2600);
  expect(tracks).toEqual(['live']);
  await says(page, ['user: Before the call.', 'user: Hi.', 'assistant: one two three four five six']);
  expect(again.events).toEqual([]);
  // A cut after that is one like any other.
  const third = await cut(again);
  expect(third.query).toBe('?received=14&trace=tools');
});

test('[C42] a microphone that would have to be asked for is offered, and what was typed while away still goes up', async () => {
  const page = await openPage(await somebody('given'));
  const call = await startCall(page);
  await call.sound(9600);
  const away = await cut(call);
  await write(page, 'are you there?');
  const next = server.nextCall();
  await page.reload();
  const again = await next;
  expect(again.query).toBe('?received=2&trace=tools');
  resumes(again, call.frames() + away.frames());
  expect(await again.next('conversation.item.create')).toMatchObject({
    item: { content: [{ text: 'are you there?' }] },
  });
  await again.next('response.create');
  await page.getByRole('alert').getByText('Turn the microphone on again').waitFor();
  expect((await look(page)).tracks).toEqual([]);
  await page.getByRole('button', { name: 'Turn on the microphone' }).click();
  await again.sound(9600);
  expect((await look(page)).tracks).toEqual(['live']);
});

test('[C42] who was muted stays muted', async () => {
  const context = await somebody('given');
  await context.grantPermissions(['microphone']);
  const page = await openPage(context);
  await startCall(page);
  await page.getByRole('button', { name: 'Mute' }).click();
  const next = server.nextCall();
  await page.reload();
  resumes(await next, 0);
  await shows(page, 'muted');
  await expect.poll(async () => (await look(page)).tracks).toEqual(['live']);
  await page.getByRole('button', { name: 'Mute' }).click();
  await shows(page, 'listening');
});

test('[C42] a page that is loaded again after an answer hears nothing of it again', async () => {
  const page = await openPage(await somebody());
  const call = await startCall(page);
  beginAnswer(call, 300);
  endAnswer(call, 100);
  await shows(page, 'speaking');
  await shows(page, 'listening');
  const next = server.nextCall();
  await page.reload();
  expect((await next).query).toBe('?received=11&trace=tools');
});

test('[C42] a tab that is duplicated has nothing to go on with, and leaves the call alone', async () => {
  const context = await somebody();
  const page = await openPage(context);
  await startCall(page);
  // A window that is opened by a page begins with a copy of its storage, as a duplicated tab does.
  const [copy] = await Promise.all([
    context.waitForEvent('page'),
    page.evaluate(() => void window.open(location.href, '_blank', 'popup')),
  ]);
  await shows(copy, 'idle');
  expect(await copy.evaluate(() => sessionStorage.getItem('voxgate-call'))).toBeNull();
  await shows(page, 'listening');
  const next = server.nextCall();
  await page.reload();
  expect((await next).offered[1]).toBe('voxgate.resume.first');
});

test('[C42] a page that is left before its call was open, or where nothing may be stored, says goodbye', async () => {
  const page = await openPage(await somebody());
  const [opening] = await Promise.all([
    server.nextCall(),
    page.getByRole('button', { name: 'Start call' }).click(),
  ]);
  opening.tell({ ...session, session_id: 'sess_0' });
  await page.waitForURL(/#conv_/);
  await page.reload();
  expect(await opening.closed).toBe(1000);
  const blocked = await somebody();
  await blocked.addInitScript(() => {
    Reflect.set(Storage.prototype, 'setItem', () => {
      throw new DOMException('Blocked', 'SecurityError');
    });
  });
  const other = await openPage(blocked);
  const call = await startCall(other);
  await other.reload();
  expect(await call.closed).toBe(1000);
  await shows(other, 'idle');
});

test('[C42] a page that is frozen hands its call on, and takes it back when it wakes', async () => {
  const page = await openPage(await somebody());
  await startCall(page);
  const kept = await page.evaluate(() =>
    ['freeze', 'resume'].map((type) => {
      document.dispatchEvent(new Event(type));
      return sessionStorage.getItem('voxgate-call') !== null;
    }),
  );
  expect(kept).toEqual([true, false]);
  await shows(page, 'listening');
  // Taken up by another page meanwhile: this one lets go of it.
  await page.evaluate(() => {
    document.dispatchEvent(new Event('freeze'));
    sessionStorage.clear();
    document.dispatchEvent(new Event('resume'));
  });
  await shows(page, 'error');
  await page.getByRole('alert').getByText('This call went on in another window').waitFor();
});
