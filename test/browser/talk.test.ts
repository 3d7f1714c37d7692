import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { buildPage } from '../../scripts/build-page.ts';
import { launchChromium } from '../support/chromium.ts';
import { startGateway, type Gateway } from '../support/gateway.ts';
import { write } from '../support/page-talk.ts';
import { complaintsOf } from '../support/page-state.ts';

let browser: Browser;
let gateway: Gateway;

beforeAll(async () => {
  await buildPage();
  [browser, gateway] = await Promise.all([launchChromium(), startGateway()]);
});

afterAll(async () => {
  await browser.close();
  await gateway.close();
});

async function somebody(): Promise<BrowserContext> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  onTestFinished(() => context.close());
  return context;
}

async function openAt(context: BrowserContext): Promise<Page> {
  const page = await context.newPage();
  await page.goto(gateway.url.replace('127.0.0.1', 'localhost'));
  await page.locator('html[data-call="idle"]').waitFor();
  return page;
}

function answer(page: Page, words: string): Promise<void> {
  return page.locator('[data-role=assistant]:not([aria-busy])', { hasText: words }).last().waitFor();
}

test('[Y1][Y3][Y28] a name told in writing is known after a reload, in another window and after a restart', async () => {
  const context = await somebody();
  const page = await openAt(context);
  const complaints = complaintsOf(page);
  await write(page, 'My name is Ada.');
  await answer(page, 'Ada');
  await page.reload();
  await page.locator('[data-role=user]', { hasText: 'My name is Ada.' }).waitFor();
  await write(page, 'What is my name?');
  await page.locator('[data-role=user]').nth(1).waitFor();
  await expect.poll(() => page.locator('[data-role=assistant]:not([aria-busy])').count()).toBe(2);
  expect(await page.locator('[data-role=assistant] .words').last().textContent()).toContain('Ada');
  expect(complaints).toEqual([]);
  await gateway.restart();
  const other = await openAt(context);
  await other.getByRole('button', { name: 'My name is Ada.', exact: true }).click();
  await other.locator('[data-role=assistant]').nth(1).waitFor();
  await write(other, 'Say my name, please.');
  await expect.poll(() => other.locator('[data-role=assistant]:not([aria-busy])').count()).toBe(3);
});

test('[Y8][Y20][Y21][Y22] a talk is answered anew, found, renamed and deleted', async () => {
  const page = await openAt(await somebody());
  await write(page, 'repeat after me: a green lantern');
  await answer(page, 'a green lantern');
  await page.getByRole('button', { name: 'Try again' }).click();
  await expect.poll(() => page.locator('[data-role]').count()).toBe(2);
  await answer(page, 'a green lantern');
  await page.getByRole('button', { name: 'Edit' }).click();
  await page.getByRole('textbox', { name: 'Message' }).fill('repeat after me: a red lantern');
  await page.keyboard.press('Enter');
  await answer(page, 'a red lantern');
  expect(await page.locator('[data-role]').count()).toBe(2);
  await page.getByRole('searchbox').fill('lantern');
  await page.locator('#results mark', { hasText: 'lantern' }).first().waitFor();
  await page.getByRole('searchbox').fill('');
  await page.locator('.row-rename').click();
  await page.getByRole('textbox', { name: 'Title' }).fill('Lights');
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: 'Delete Lights' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
  await page.getByText('What you say and write will be kept here.').waitFor();
});

test('[Y4] an answer whose socket is cut in its middle is whole, once', async () => {
  const context = await somebody();
  const page = await openAt(context);
  await write(page, 'count to thirty');
  await page.locator('[data-role=assistant] .words', { hasText: /\w/ }).waitFor();
  await context.setOffline(true);
  await context.setOffline(false);
  await page.locator('[data-role=assistant]:not([aria-busy])').waitFor();
  const text = (await page.locator('[data-role=assistant] .words').textContent()) ?? '';
  await page.reload();
  await page.locator('[data-role=assistant]:not([aria-busy])').waitFor();
  expect(await page.locator('[data-role=assistant] .words').textContent()).toBe(text);
});

test('[Y9] what is written goes on in a call, and what is said in a call goes on in writing', async () => {
  const context = await somebody();
  // The browser's own microphone beeps, and would talk over every answer.
  await context.addInitScript(() => {
    navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('None', 'NotFoundError'));
  });
  const page = await openAt(context);
  await write(page, 'My name is Grace.');
  await answer(page, 'Grace');
  await page.getByRole('button', { name: 'Start call' }).click();
  await page.locator('html[data-call="listening"]').waitFor();
  await write(page, 'What is my name?');
  await page.locator('[data-role=assistant][data-mode=voice]', { hasText: 'Grace' }).waitFor();
  await page.getByRole('button', { name: 'End call' }).click();
  await write(page, 'repeat after me: in writing again');
  await answer(page, 'in writing again');
  await page.reload();
  await answer(page, 'in writing again');
  expect(await page.locator('#conversations .row').count()).toBe(1);
  expect(await page.locator('[data-role=user]').allInnerTexts()).toEqual(
    expect.arrayContaining([expect.stringContaining('My name is Grace.')]),
  );
});

test('[Y23] everything is deleted, and nothing comes back', async () => {
  const page = await openAt(await somebody());
  await write(page, 'Remember me.');
  await page.locator('[data-role=assistant]:not([aria-busy])').waitFor();
  await page.getByRole('button', { name: 'Your data' }).click();
  await page.getByRole('button', { name: 'Delete everything' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Delete everything' }).click();
  await page.getByText('Everything that was remembered is deleted.').waitFor();
  await page.reload();
  await page.getByText('What you say and write will be kept here.').waitFor();
  expect(await page.locator('[data-role]').count()).toBe(0);
});
