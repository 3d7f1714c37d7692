import type { Browser, BrowserContext, Page, Request } from 'playwright-core';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { buildPage } from '../../scripts/build-page.ts';
import { launchChromium } from '../support/chromium.ts';
import {
  startPageServer,
  type FakeCall,
  type PageServer,
  type SessionAnswer,
} from '../support/page-server.ts';

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

async function openContext(): Promise<BrowserContext> {
  const context = await browser.newContext();
  onTestFinished(() => context.close());
  return context;
}

/** What a deployment's own script would do: hands out `tokens`, one each time it is asked, then none. */
async function giveTokens(context: BrowserContext, tokens: readonly string[]): Promise<void> {
  await context.addInitScript((given) => {
    const left = [...given];
    Reflect.set(globalThis, 'voxgateToken', () => Promise.resolve(left.shift() ?? null));
  }, tokens);
}

function doorAnswers(answer: SessionAnswer): void {
  server.answerSessionsWith(answer);
  onTestFinished(() => server.answerSessionsWith({ status: 200 }));
}

async function startCall(page: Page): Promise<{ readonly call: FakeCall; readonly request: Request }> {
  const [call, request] = await Promise.all([
    server.nextCall(),
    page.waitForRequest((it) => it.url().endsWith('/api/session')),
    page.getByRole('button', { name: 'Start call' }).click(),
  ]);
  call.send({ type: 'session.created', session: {} });
  await page.locator('html[data-call="listening"]').waitFor();
  return { call, request };
}

function credentialEnds(call: FakeCall): void {
  const ends_at = Math.floor(Date.now() / 1000) + 60;
  call.tell({ type: 'gateway.warning', code: 'session_ending', message: '', reason: 'credential', ends_at });
}

test('[C40] whoever signed in can sign out after a reload, until the door no longer knows them', async () => {
  doorAnswers({ status: 200, isGuest: false });
  const page = await (await openContext()).newPage();
  await page.goto(server.url);
  const signOut = page.getByRole('button', { name: 'Sign out' });
  expect(await signOut.count()).toBe(0);
  await startCall(page);
  await signOut.waitFor();
  // A call that is started while the list still asks the door has the same answer.
  await Promise.all([page.waitForResponse((it) => it.url().endsWith('/api/session')), page.reload()]);
  await signOut.waitFor();
  server.answerSessionsWith({ status: 401, code: 'guests_not_allowed' });
  await page.getByRole('button', { name: 'Start call' }).click();
  await page.getByRole('alert').getByText('Only people with an account').waitFor();
  expect(await signOut.count()).toBe(0);
  await page.reload();
  expect(await signOut.count()).toBe(0);
});

test('[C40] signing out before a call asks the door, and a reload offers it no more', async () => {
  doorAnswers({ status: 200, isGuest: false });
  const page = await (await openContext()).newPage();
  await page.goto(server.url);
  await startCall(page);
  await page.reload();
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByRole('alert').getByText('You are signed out.').waitFor();
  await page.reload();
  expect(await page.getByRole('button', { name: 'Sign out' }).count()).toBe(0);
});

test('[C41] tokens of the deployment sign in, and renew a call without a word', async () => {
  doorAnswers({ status: 200, isGuest: false });
  const context = await openContext();
  await giveTokens(context, ['for the list', 'first', 'second']);
  const page = await context.newPage();
  const [list] = await Promise.all([
    page.waitForResponse((it) => it.url().endsWith('/api/session')),
    page.goto(server.url),
  ]);
  expect((await list.request().allHeaders())['authorization']).toBe('Bearer for the list');
  const { call, request } = await startCall(page);
  expect((await request.allHeaders())['authorization']).toBe('Bearer first');
  credentialEnds(call);
  expect(await call.next('gateway.auth')).toEqual({ type: 'gateway.auth', token: 'second' });
  expect(await page.getByRole('alert').isVisible()).toBe(false);
  credentialEnds(call);
  await page.getByRole('alert').getByText('Your sign-in runs out in 1 minute').waitFor();
});

test('[C41] without tokens the cookie counts, and a sign-in that ends is told', async () => {
  const page = await (await openContext()).newPage();
  await page.goto(server.url);
  const { call, request } = await startCall(page);
  expect((await request.allHeaders())['authorization']).toBeUndefined();
  credentialEnds(call);
  await page.getByRole('alert').getByText('Your sign-in runs out in 1 minute').waitFor();
  expect(call.events.filter(({ type }) => type === 'gateway.auth')).toEqual([]);
});

test('[C41] a script of the deployment that fails is no token, and stops no call', async () => {
  const context = await openContext();
  await context.addInitScript(() => {
    Reflect.set(globalThis, 'voxgateToken', () => Promise.reject(new Error('No provider today')));
  });
  const page = await context.newPage();
  const errors: Error[] = [];
  page.on('pageerror', (error) => errors.push(error));
  await page.goto(server.url);
  await startCall(page);
  expect(errors).toEqual([]);
});
