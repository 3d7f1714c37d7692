import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { startVoxgate, type Voxgate } from '../../scripts/voxgate.ts';
import { violations } from '../support/axe.ts';
import { launchChromium } from '../support/chromium.ts';
import { complaintsOf } from '../support/page-state.ts';

let browser: Browser;
let voxgate: Voxgate;
let stateDir = '';

beforeAll(async () => {
  stateDir = await mkdtemp(join(tmpdir(), 'voxgate-docs-'));
  // Nothing is configured: the API can be read all the same.
  [browser, voxgate] = await Promise.all([launchChromium(), startVoxgate({ stateDir, vars: {} })]);
});

afterAll(async () => {
  await browser.close();
  await voxgate.close();
  await rm(stateDir, { recursive: true, force: true });
});

interface Opened {
  readonly page: Page;
  readonly complaints: string[];
  readonly requests: string[];
}

async function openDocs(options: BrowserContextOptions = {}): Promise<Opened> {
  const context = await browser.newContext(options);
  onTestFinished(() => context.close());
  const page = await context.newPage();
  const complaints = complaintsOf(page);
  const requests: string[] = [];
  page.on('request', (each) => requests.push(each.url()));
  await page.goto(`${voxgate.url}/docs`);
  return { page, complaints, requests };
}

test('[O11] the page loads its style and nothing else, with a clean console', async () => {
  const { page, complaints, requests } = await openDocs();
  expect(await page.title()).toBe('Voxgate: the API');
  expect(complaints).toEqual([]);
  expect(requests.filter((url) => !url.endsWith('/icon.svg'))).toEqual([
    `${voxgate.url}/docs`,
    `${voxgate.url}/docs.css`,
  ]);
  const border = await page
    .locator('article')
    .first()
    .evaluate((article) => getComputedStyle(article).borderTopStyle);
  expect(border).toBe('solid');
});

test.for(['light', 'dark'] as const)(
  '[O11] axe finds nothing wrong with the %s page',
  async (colorScheme) => {
    // The page's own policy would not let the examiner in.
    const { page } = await openDocs({ colorScheme, bypassCSP: true });
    expect(await violations(page)).toEqual([]);
  },
);

test('[O11] axe would find what is wrong', async () => {
  const { page } = await openDocs({ bypassCSP: true });
  await page.locator('h1').evaluate((heading) => heading.append(document.createElement('img')));
  expect(await violations(page)).toEqual(['image-alt: img']);
});

test('[O11] a phone of 320 px shows it without scrolling sideways', async () => {
  const { page } = await openDocs({ viewport: { width: 320, height: 640 } });
  const widest = await page.evaluate(() => document.documentElement.scrollWidth);
  expect(widest).toBe(320);
});

test('[O11] the keyboard goes to the content first, and every chapter is one step away', async () => {
  const { page } = await openDocs();
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  expect(new URL(page.url()).hash).toBe('#content');
  const chapters = page.getByRole('navigation', { name: 'Chapters' }).getByRole('link');
  for (const name of await chapters.allTextContents()) {
    expect(await page.getByRole('region', { name, exact: true }).count()).toBe(1);
  }
  await chapters.filter({ hasText: 'Sockets' }).click();
  expect(new URL(page.url()).hash).toBe('#sockets');
});
