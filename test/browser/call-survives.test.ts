/** A real page, the real gateway, and a network between them that is cut: what a person notices of it. */
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest';
import { buildPage } from '../../scripts/build-page.ts';
import { launchChromium } from '../support/chromium.ts';
import { startGateway, type Gateway } from '../support/gateway.ts';
import { entries, write } from '../support/page-talk.ts';
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts';
import { shows } from '../support/page-state.ts';

let gateway: Gateway;
let network: TcpProxy;
let browser: Browser;

beforeAll(async () => {
  await buildPage();
  [browser, gateway] = await Promise.all([launchChromium(), startGateway({ emulator: { pace: 1 } })]);
  network = await startTcpProxy(gateway.url);
});

afterAll(async () => {
  await browser.close();
  await network.close();
  await gateway.close();
});

/** Somebody whose microphone is quiet, unless it is there: the browser's own beeps, and would talk over every answer. */
async function somebody(): Promise<BrowserContext> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  onTestFinished(() => context.close());
  await context.addInitScript(() => {
    navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('None', 'NotFoundError'));
  });
  return context;
}

async function startCall(context: BrowserContext): Promise<Page> {
  const page = await context.newPage();
  await page.goto(network.url.replace('127.0.0.1', 'localhost'));
  await shows(page, 'idle');
  await page.getByRole('button', { name: 'Start call' }).click();
  await shows(page, 'listening');
  return page;
}

const COUNTED = 'assistant: One, two, three, four, five, six, seven, eight, nine, ten, eleven, twelve.';

/** Resolves when the log says this, for as long as an answer takes to be spoken. */
async function says(page: Page, wanted: readonly string[]): Promise<void> {
  await vi.waitFor(async () => expect(await entries(page)).toEqual(wanted), {
    timeout: 30_000,
    interval: 100,
  });
}

test('[C44][C47] an answer that is cut again and again in its middle is there whole, once, and so is the next question', async () => {
  const page = await startCall(await somebody());
  await write(page, 'count to twelve');
  for (const how of ['reset', 'fin', 'reset'] as const) {
    await shows(page, 'speaking');
    network.cut(how);
    await shows(page, 'reconnecting');
  }
  await write(page, 'repeat after me: a green lantern');
  await says(page, [
    'user: count to twelve',
    COUNTED,
    'user: repeat after me: a green lantern',
    'assistant: a green lantern',
  ]);
  await shows(page, 'listening');
  await page.getByRole('button', { name: 'End call' }).click();
  await shows(page, 'ended');
  // It is remembered; of the first answer as much as was heard before somebody wrote over it, which may be nothing.
  await page.reload();
  await page.locator('[data-role=assistant]', { hasText: 'a green lantern' }).waitFor();
  expect((await entries(page)).filter((line) => line.startsWith('user'))).toHaveLength(2);
});

test('[C42] a page that is loaded again in the middle of an answer goes on with the same call', async () => {
  const page = await startCall(await somebody());
  await write(page, 'count to twelve');
  await shows(page, 'speaking');
  await page.reload();
  await shows(page, 'speaking');
  await page.keyboard.press('Shift');
  await shows(page, 'listening');
  await write(page, 'repeat after me: a red lantern');
  await says(page, [
    'user: count to twelve',
    COUNTED,
    'user: repeat after me: a red lantern',
    'assistant: a red lantern',
  ]);
  expect(await stats()).toMatchObject({ sockets_open: 1 });
  await page.getByRole('button', { name: 'End call' }).click();
  await vi.waitFor(async () => expect(await stats()).toMatchObject({ sockets_open: 0 }), { timeout: 10_000 });
});

async function stats(): Promise<unknown> {
  return (await fetch(`${gateway.emulator.url}/emulator/stats`)).json();
}

test('[C46][C47] a network that swallows everything without a word is found out, and the call goes on over the next', async () => {
  const page = await startCall(await somebody());
  await write(page, 'count to twelve');
  await shows(page, 'speaking');
  network.weather.isFrozen = true;
  onTestFinished(() => {
    network.weather.isFrozen = false;
  });
  await shows(page, 'reconnecting');
  network.weather.isFrozen = false;
  await shows(page, 'listening');
  expect(await entries(page)).toEqual(['user: count to twelve', COUNTED]);
  await page.getByRole('button', { name: 'End call' }).click();
});

test('[C47][X1] an Azure that is gone for a while is a short "reconnecting", and what is typed meanwhile is answered', async () => {
  const page = await startCall(await somebody());
  await write(page, 'My name is Ada.');
  await page.locator('[data-role=assistant]', { hasText: 'Ada' }).waitFor();
  await shows(page, 'listening');
  gateway.network.weather.isFrozen = true;
  onTestFinished(() => {
    gateway.network.weather.isFrozen = false;
  });
  gateway.network.cut('reset');
  await shows(page, 'reconnecting');
  await write(page, 'What is my name?');
  gateway.network.weather.isFrozen = false;
  gateway.network.cut('reset');
  await says(page, [
    'user: My name is Ada.',
    'assistant: Nice to meet you, Ada.',
    'user: What is my name?',
    'assistant: Your name is Ada.',
  ]);
  await shows(page, 'listening');
  expect(await page.getByRole('alert').textContent()).not.toContain('lost');
  await page.getByRole('button', { name: 'End call' }).click();
});

test('[C44][C45] a gateway that is killed takes no word along: the call goes on when it is there again', async () => {
  const page = await startCall(await somebody());
  await write(page, 'My name is Ada.');
  await page.locator('[data-role=assistant]', { hasText: 'Ada' }).waitFor();
  await shows(page, 'listening');
  await gateway.crash();
  await write(page, 'What is my name?');
  await expect
    .poll(() => page.locator('[data-role=assistant]', { hasText: 'Ada' }).count(), { timeout: 40_000 })
    .toBe(2);
  await shows(page, 'listening');
  expect((await entries(page)).filter((line) => line.startsWith('user'))).toEqual([
    'user: My name is Ada.',
    'user: What is my name?',
  ]);
  await page.getByRole('button', { name: 'End call' }).click();
});
