import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { buildPage } from '../../scripts/build-page.ts';
import type { GatewayUsage } from '../../src/protocol/gateway-events.ts';
import { launchChromium } from '../support/chromium.ts';
import { limits, startPageServer, type FakeCall, type PageServer } from '../support/page-server.ts';
import { complaintsOf, shows } from '../support/page-state.ts';

let browser: Browser;
let server: PageServer;

beforeAll(async () => {
  await buildPage();
  [browser, server] = await Promise.all([launchChromium(), startPageServer()]);
});

afterAll(async () => {
  await browser.close();
  await server.stop();
});

interface Opened {
  readonly page: Page;
  readonly complaints: readonly string[];
}

async function openPage(options: BrowserContextOptions = {}): Promise<Opened> {
  const context = await browser.newContext({ locale: 'en-GB', timezoneId: 'Europe/Berlin', ...options });
  onTestFinished(() => context.close());
  const page = await context.newPage();
  const complaints = complaintsOf(page);
  await page.goto(server.url);
  await shows(page, 'idle');
  return { page, complaints };
}

async function startCall(page: Page): Promise<FakeCall> {
  const [call] = await Promise.all([
    server.nextCall(),
    page.getByRole('button', { name: 'Start call' }).click(),
  ]);
  const session_id = 'session_1';
  call.tell({
    type: 'gateway.session',
    session_id,
    resume_token: 'token_1',
    conversation_id: 'conv_1',
    audio: 'binary',
    limits,
    expires_at: 4_102_444_800,
  });
  call.send({ type: 'session.created', session: {} });
  await shows(page, 'listening');
  return call;
}

function letIn(isGuest: boolean): void {
  server.answerSessionsWith({ status: 200, isGuest });
  onTestFinished(() => server.answerSessionsWith({ status: 200 }));
}

const usage = (usd: number, left: number): GatewayUsage => ({
  type: 'gateway.usage',
  turn: { tokens: 100, seconds: 4, usd },
  today: { tokens: 100, seconds: 4, usd, remaining: { tokens: null, seconds: null, usd: left } },
});

function answerInWriting(call: FakeCall, id: string, text: string): void {
  const ids = { response_id: id, item_id: `item_${id}` };
  call.send({ type: 'response.created', response: { id } });
  call.send({ type: 'response.content_part.added', ...ids, content_index: 0, part: { type: 'text' } });
  call.send({ type: 'response.output_text.delta', ...ids, delta: text });
  call.send({ type: 'response.output_text.done', ...ids, text });
  call.send({ type: 'response.done', response: { id, status: 'completed' } });
}

const inSeconds = (seconds: number): number => Math.floor(Date.now() / 1000) + seconds;

test('[C37][C34] the cost is one quiet line that moves nothing and fits 320 pixels', async () => {
  const { page, complaints } = await openPage({ viewport: { width: 320, height: 480 } });
  const cost = page.locator('#cost');
  expect(await cost.textContent()).toBe('');
  const call = await startCall(page);
  const button = page.getByRole('button', { name: 'End call' });
  const before = await button.boundingBox();
  call.tell(usage(0.03, 0.47));
  await page.getByText('This call $0.03 · $0.47 left today').waitFor();
  expect(await button.boundingBox()).toEqual(before);
  expect(
    await cost.evaluate((line) => line.closest('[aria-live],[role=status],[role=alert],[role=log]')),
  ).toBeNull();
  call.tell(usage(1234.5, 987_654.32));
  await page.getByText('$987,654.32 left today').waitFor();
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(320);
  await button.click();
  await shows(page, 'ended');
  expect(await cost.textContent()).not.toBe('');
  await startCall(page);
  expect(await cost.textContent()).toBe('');
  expect(complaints).toEqual([]);
});

test('[C38][C39] at 95 % the page says that the assistant writes, and it does', async () => {
  const { page, complaints } = await openPage();
  const call = await startCall(page);
  const budget = { type: 'gateway.warning', message: '', budget: 'usd', resets_at: inSeconds(3600) } as const;
  call.tell({ ...budget, code: 'budget_80', used_share: 0.8 });
  const alert = page.getByRole('alert');
  await alert.getByText("Most of today's allowance is used.").waitFor();
  call.tell({ ...budget, code: 'budget_95', used_share: 0.95 });
  answerInWriting(call, 'r1', 'From now on I write.');
  await page.locator('[data-role=assistant]', { hasText: 'From now on I write.' }).waitFor();
  await alert.getByText('so the assistant goes on in writing.').waitFor();
  await shows(page, 'listening');
  await page.getByRole('textbox', { name: 'Message' }).fill('go on');
  await page.keyboard.press('Enter');
  await call.next('response.create');
  await shows(page, 'thinking');
  answerInWriting(call, 'r2', 'Here it is.');
  await page.locator('[data-role=assistant]', { hasText: 'Here it is.' }).waitFor();
  await shows(page, 'listening');
  await alert.getByText('so the assistant goes on in writing.').waitFor();
  expect(complaints).toEqual([]);
});

test('[C38] an end that is near is told with the time that is left', async () => {
  const { page } = await openPage();
  const call = await startCall(page);
  const ending = { type: 'gateway.warning', code: 'session_ending', message: '' } as const;
  const alert = page.getByRole('alert');
  call.tell({ ...ending, reason: 'longest', ends_at: inSeconds(300) });
  await alert.getByText(/^This call ends in 5 minutes, at \d\d:\d\d: none may last longer/).waitFor();
  call.tell({ ...ending, reason: 'idle', ends_at: inSeconds(60) });
  await alert.getByText('Say something, or the call ends in 1 minute.').waitFor();
  call.send({ type: 'response.created', response: { id: 'r1' } });
  await alert.getByText(/^This call ends in 5 minutes/).waitFor();
  expect(await page.locator('html').getAttribute('data-call')).toBe('thinking');
});

test('[C38] a warning that takes room from the words leaves the last of them in sight', async () => {
  const { page } = await openPage({ viewport: { width: 320, height: 568 } });
  const call = await startCall(page);
  answerInWriting(call, 'r1', 'word '.repeat(400));
  const log = page.getByRole('log');
  await log.locator('[data-role=assistant]').waitFor();
  const height = await log.evaluate((it) => it.clientHeight);
  const ends_at = inSeconds(300);
  call.tell({ type: 'gateway.warning', code: 'session_ending', message: '', reason: 'longest', ends_at });
  await page.waitForFunction((before) => {
    const it = document.querySelector('#captions');
    return it !== null && it.clientHeight < before && it.scrollHeight - it.scrollTop - it.clientHeight < 1;
  }, height);
  expect(await log.evaluate((it) => it.scrollTop)).toBeGreaterThan(0);
});

test('[C36] each way a call is ended is one sentence and one thing to do', async () => {
  const { page, complaints } = await openPage();
  const toMidnight = 24 * 3600 - (Math.floor(Date.now() / 1000) % (24 * 3600));
  const cases = [
    [
      'budget_spent',
      4402,
      `Budget spent, try again in ${toMidnight} seconds`,
      /Come back at 0[12]:00 ?(tomorrow)?, when/,
    ],
    ['credential_expired', 4401, 'Credential expired', 'Your sign-in ran out. Start again to sign in.'],
    ['idle', 4408, 'Idle too long', 'The call ended because nobody said anything for long.'],
  ] as const;
  for (const [code, close, reason, sentence] of cases) {
    const call = await startCall(page);
    call.complain(code, 'As the gateway tells it.');
    call.close(close, reason);
    await shows(page, 'error');
    await page.getByRole('alert').getByText(sentence).waitFor();
  }
  const busy = await startCall(page);
  busy.complain('rate_limited', 'As the gateway tells it.');
  busy.close(4429, 'Rate limit exceeded, try again in 17 seconds');
  await shows(page, 'reconnecting');
  await page.getByRole('alert').getByText('The call goes on in 17 seconds.').waitFor();
  await page.getByRole('button', { name: 'End call' }).click();
  await shows(page, 'ended');
  const call = await startCall(page);
  call.complain('ended_by_admin', 'An administrator ended this session.');
  call.close(1000, 'The call is over');
  await shows(page, 'ended');
  await page.getByRole('alert').getByText('Whoever runs this page ended the call.').waitFor();
  expect(complaints).toEqual([]);
});

test('[C36] a door that is asked too often says when to come back', async () => {
  const { page } = await openPage();
  onTestFinished(() => server.answerSessionsWith({ status: 200 }));
  server.answerSessionsWith({ status: 429, code: 'rate_limited', retryAfterSeconds: 42 });
  await page.getByRole('button', { name: 'Start call' }).click();
  await shows(page, 'error');
  await page.getByRole('alert').getByText('Start again in 42 seconds.').waitFor();
  expect(await page.getByRole('button', { name: 'Start call' }).isEnabled()).toBe(true);
});

test('[C40] signing out ends the call and clears the page', async () => {
  letIn(false);
  const { page, complaints } = await openPage({ viewport: { width: 320, height: 480 } });
  const signOut = page.getByRole('button', { name: 'Sign out' });
  expect(await signOut.count()).toBe(0);
  const call = await startCall(page);
  answerInWriting(call, 'r1', 'A secret.');
  await page.locator('[data-role=assistant]', { hasText: 'A secret.' }).waitFor();
  call.tell(usage(0.03, 0.47));
  await page.getByText('$0.47 left today').waitFor();
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(320);
  await signOut.focus();
  const [request] = await Promise.all([
    page.waitForRequest((it) => it.method() === 'DELETE'),
    page.keyboard.press('Enter'),
  ]);
  expect(new URL(request.url()).pathname).toBe('/api/session');
  expect(await call.closed).toBe(1000);
  await page.getByRole('alert').getByText('You are signed out.').waitFor();
  await shows(page, 'idle');
  expect([await page.locator('[data-role]').count(), await page.locator('#cost').textContent()]).toEqual([
    0,
    '',
  ]);
  expect(await signOut.count()).toBe(0);
  expect(await page.evaluate(() => document.activeElement?.id)).toBe('main');
  expect(complaints).toEqual([]);
});

test('[C40] a guest has nothing to sign out of, and a door that fails leaves the person signed in', async () => {
  letIn(true);
  const guest = await openPage();
  await startCall(guest.page);
  expect(await guest.page.getByRole('button', { name: 'Sign out' }).count()).toBe(0);
  server.answerSessionsWith({ status: 200, isGuest: false, signOutStatus: 503 });
  const { page } = await openPage();
  await startCall(page);
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByRole('alert').getByText('You are still signed in').waitFor();
  await shows(page, 'ended');
  await page.getByRole('button', { name: 'Sign out' }).waitFor();
});
