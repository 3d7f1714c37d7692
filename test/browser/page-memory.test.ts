import { readFile } from 'node:fs/promises';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { buildPage } from '../../scripts/build-page.ts';
import { violations } from '../support/axe.ts';
import { launchChromium } from '../support/chromium.ts';
import { startPageServer, type PageServer } from '../support/page-server.ts';
import { begin, openTalk, write, type OpenOptions } from '../support/page-talk.ts';
import { said, type Remembered } from '../support/scripted-memory.ts';

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

beforeEach(() => server.memory.clear());

const open = (options: OpenOptions = {}) => openTalk(browser, server, options);

const phone = { viewport: { width: 390, height: 844 }, hasTouch: true } as const;

function titles(page: Page): Promise<readonly string[]> {
  return page.locator('#conversations .row-title').allTextContents();
}

function long(title: string, count: number): Remembered {
  const messages = Array.from({ length: count }, (_, at) =>
    said(at % 2 === 0 ? 'user' : 'assistant', `line ${at}`),
  );
  return server.memory.add(title, messages);
}

test('[Y20] the list comes page by page, the open one is marked and moves to the top', async () => {
  for (let at = 1; at <= 90; at += 1) server.memory.add(`talk ${at}`);
  const { page } = await open();
  await page.getByRole('button', { name: 'talk 90', exact: true }).waitFor();
  expect(await titles(page)).toHaveLength(40);
  const list = page.locator('#memory-scroll');
  for (const count of [80, 90]) {
    await list.evaluate((it) => it.scrollTo(0, it.scrollHeight));
    await page.waitForFunction((n) => document.querySelectorAll('#conversations .row').length === n, count);
  }
  await page.getByRole('button', { name: 'talk 7', exact: true }).click();
  await page.locator('[data-role=user]', { hasText: 'talk 7' }).waitFor();
  expect(await page.locator('[aria-current=true]').textContent()).toBe('talk 7');
  const [chat] = await Promise.all([server.nextChat(), write(page, 'go on')]);
  const { id, conversation_id } = await chat.next('message');
  const kept = { role: 'user', content: 'go on', message_id: 'msg_x', created_at: 9 } as const;
  chat.send({ type: 'message', ...kept, id: String(id), conversation_id: String(conversation_id) });
  await page.waitForFunction(
    () => document.querySelector('#conversations .row-title')?.textContent === 'talk 7',
  );
});

test('[Y21] search waits for a pause, asks once, and marks what was found by its place', async () => {
  const talk = server.memory.add('<b>Trees</b>');
  server.memory.results = [
    {
      conversation_id: talk.id,
      title: talk.title,
      message_id: talk.messages[0]?.id ?? null,
      role: 'user',
      snippet: 'a <img src=x> green lantern',
      matches: [[14, 19]],
      created_at: 1,
    },
  ];
  const { page, complaints } = await open();
  await page.clock.install();
  await page.getByRole('searchbox', { name: 'Search conversations' }).pressSequentially('green');
  await page.clock.runFor(240);
  expect(server.memory.asked.filter((it) => it.includes('search'))).toEqual([]);
  await page.clock.runFor(20);
  await page.getByText('1 result.').waitFor();
  expect(server.memory.asked.filter((it) => it.includes('search'))).toEqual([
    'GET /api/conversations/search?q=green&limit=40',
  ]);
  expect(await page.locator('#results mark').allTextContents()).toEqual(['green']);
  expect(await page.locator('#results img').count()).toBe(0);
  expect(await page.locator('#results .row-title').textContent()).toBe('<b>Trees</b>');
  await page.getByRole('searchbox').fill('');
  await page.locator('#conversations .row').waitFor();
  expect(complaints).toEqual([]);
});

test('[Y22] a conversation is renamed in its place, and Escape leaves it as it was', async () => {
  server.memory.add('Old name');
  const { page } = await open();
  await page.getByRole('button', { name: 'Rename Old name' }).focus();
  await page.keyboard.press('Enter');
  await page.getByRole('textbox', { name: 'Title' }).fill('Nothing');
  await page.keyboard.press('Escape');
  expect(await titles(page)).toEqual(['Old name']);
  expect(await page.evaluate(() => document.activeElement?.getAttribute('aria-label'))).toBe(
    'Rename Old name',
  );
  await page.keyboard.press('Enter');
  await page.getByRole('textbox', { name: 'Title' }).fill('New name');
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: 'Rename New name' }).waitFor();
  await expect.poll(() => server.memory.conversations[0]?.title).toBe('New name');
});

test('[Y22] a conversation is deleted after a question, and the open one gives way', async () => {
  server.memory.add('Other');
  const talk = server.memory.add('Gone soon');
  const { page } = await open({ hash: `#${talk.id}` });
  await page.locator('[data-role=user]').waitFor();
  const bin = page.getByRole('button', { name: 'Delete Gone soon' });
  await bin.focus();
  await page.keyboard.press('Enter');
  const dialog = page.getByRole('dialog', { name: 'Delete this conversation?' });
  await dialog.waitFor();
  await page.keyboard.press('Escape');
  expect(await page.evaluate(() => document.activeElement?.getAttribute('aria-label'))).toBe(
    'Delete Gone soon',
  );
  expect(server.memory.conversations).toHaveLength(2);
  await page.keyboard.press('Enter');
  await dialog.getByRole('button', { name: 'Delete' }).click();
  await page.waitForFunction(() => document.querySelectorAll('#conversations .row').length === 1);
  expect(await page.locator('[data-role]').count()).toBe(0);
  expect(new URL(page.url()).hash).toBe('');
});

test('[Y23] everything is taken along as a file, and deleted after a question', async () => {
  const talk = server.memory.add('Mine');
  const { page } = await open({ hash: `#${talk.id}` });
  await page.locator('[data-role=user]').waitFor();
  await page.getByRole('button', { name: 'Your data' }).click();
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: 'Export everything' }).click(),
  ]);
  expect(download.suggestedFilename()).toBe('voxgate-export.json');
  expect(JSON.parse(await readFile(await download.path(), 'utf8'))).toMatchObject({
    conversations: [{ title: 'Mine' }],
  });
  await page.getByRole('button', { name: 'Your data' }).click();
  await page.getByRole('button', { name: 'Delete everything' }).click();
  const dialog = page.getByRole('dialog', { name: 'Delete everything?' });
  await dialog.getByRole('button', { name: 'Delete everything' }).click();
  await page.getByRole('alert').getByText('Everything that was remembered is deleted.').waitFor();
  expect([await page.locator('[data-role]').count(), await titles(page)]).toEqual([0, []]);
  expect(server.memory.asked).toContain('DELETE /api/me');
});

test('[Y24] older messages come above, and what is read stays where it is', async () => {
  const talk = long('Long', 400);
  const { page } = await open({ hash: `#${talk.id}` });
  await page.getByText('line 399', { exact: true }).waitFor();
  const log = page.getByRole('log');
  expect(await log.locator('[data-role]').count()).toBeLessThanOrEqual(100);
  await log.hover();
  for (let pages = 0; pages < 3; pages += 1) {
    const before = await log.locator('[data-role]').count();
    await log.evaluate((it) => it.scrollTo(0, 500));
    // Where the entry that is read stands on the screen, in every picture until the older ones are there.
    const moved = await page.evaluate(async (count) => {
      const it = document.querySelector('#captions');
      const box = it?.getBoundingClientRect();
      const read =
        document
          .elementsFromPoint((box?.left ?? 0) + (box?.width ?? 0) / 2, (box?.top ?? 0) + 200)
          .find((element) => element instanceof HTMLElement && element.matches('[data-role]')) ??
        document.querySelectorAll('[data-role]')[4];
      const start = read?.getBoundingClientRect().top ?? 0;
      let most = 0;
      while (document.querySelectorAll('[data-role]').length <= count) {
        await new Promise(requestAnimationFrame);
        most = Math.max(most, Math.abs((read?.getBoundingClientRect().top ?? 0) - start));
      }
      await new Promise(requestAnimationFrame);
      return Math.max(most, Math.abs((read?.getBoundingClientRect().top ?? 0) - start));
    }, before);
    expect(moved).toBeLessThan(2);
  }
});

test('[Y25] what was found far up is brought into sight', async () => {
  const talk = long('Long', 260);
  const message = talk.messages[20];
  server.memory.results = [
    {
      conversation_id: talk.id,
      title: 'Long',
      message_id: message?.id ?? null,
      role: 'user',
      snippet: 'line 20',
      matches: [[0, 4]],
      created_at: 1,
    },
  ];
  const { page } = await open();
  await page.getByRole('searchbox').fill('line');
  await page.locator('#results .row-open').click();
  const found = page.getByText('line 20', { exact: true });
  await found.waitFor();
  await expect
    .poll(() =>
      found.evaluate((it) => {
        const box = it.getBoundingClientRect();
        return box.top > 0 && box.bottom < innerHeight;
      }),
    )
    .toBe(true);
});

test('[Y26] empty, loading, failed and asked too often are told, with one thing to do', async () => {
  const { promise, resolve: answer } = Promise.withResolvers<void>();
  server.memory.gate = promise;
  const { page } = await open();
  await page.locator('#memory-skeleton').waitFor();
  answer();
  await page.getByText('What you say and write will be kept here.').waitFor();
  server.memory.refuses = { status: 429, retryAfterSeconds: 12 };
  await page.reload();
  const alert = page.locator('#memory').getByRole('alert');
  await alert.getByText('Try again in 12 seconds.').waitFor();
  server.memory.refuses = null;
  server.memory.add('Back');
  await alert.getByRole('button', { name: 'Try again' }).click();
  await page.getByRole('button', { name: 'Back', exact: true }).waitFor();
  await page.getByRole('searchbox').fill('zebra');
  await page.getByText('Nothing was found. Try other words.').waitFor();
  expect(await alert.count()).toBe(0);
});

test('[Y26] a conversation that is gone says so', async () => {
  const { page } = await open({ hash: '#conv_gone' });
  await page.getByRole('alert').getByText('This conversation is not there any more.').waitFor();
  expect(new URL(page.url()).hash).toBe('');
});

test('[Y27] on a phone the list is a drawer that gives the focus back', async () => {
  const talk = server.memory.add('From before');
  const { page } = await open(phone);
  const menu = page.getByRole('button', { name: 'Conversations' });
  await menu.focus();
  await page.keyboard.press('Enter');
  const drawer = page.getByRole('dialog', { name: 'Conversations' });
  await drawer.getByRole('button', { name: 'From before', exact: true }).waitFor();
  await page.keyboard.press('Escape');
  expect([await drawer.count(), await page.evaluate(() => document.activeElement?.id)]).toEqual([0, 'menu']);
  await page.keyboard.press('Enter');
  await drawer.getByRole('button', { name: 'From before', exact: true }).click();
  await page.locator('[data-role=user]', { hasText: 'From before' }).waitFor();
  expect([await drawer.count(), new URL(page.url()).hash]).toEqual([0, `#${talk.id}`]);
});

test('[Y28] a reload and the back button lead to the open conversation', async () => {
  const first = server.memory.add('First', [said('user', 'in the first')]);
  server.memory.add('Second', [said('user', 'in the second')]);
  const { page } = await open();
  await page.getByRole('button', { name: 'First', exact: true }).click();
  await page.getByText('in the first').waitFor();
  await page.getByRole('button', { name: 'Second', exact: true }).click();
  await page.getByText('in the second').waitFor();
  await page.goBack();
  await page.getByText('in the first').waitFor();
  expect(new URL(page.url()).hash).toBe(`#${first.id}`);
  await page.reload();
  await page.getByText('in the first').waitFor();
});

const ANSWER =
  'A [link](https://a.example), `code`:\n\n```ts\nconst a = 1;\n```\n\n| a | b |\n|---|--:|\n| 1 | 2 |\n\n## Head\n\n- one\n\n> quote';

test.for([
  ['light', 'desk'],
  ['dark', 'desk'],
  ['light', 'phone'],
  ['dark', 'phone'],
] as const)('[Y29] axe finds nothing wrong, %s, on a %s', async ([colorScheme, size]) => {
  const call = { call_id: 'c', name: 'getWeather', arguments: {}, output: null, is_error: true };
  const talk = server.memory.add('Everything there is', [
    said('user', 'hello'),
    said('assistant', ANSWER, { tool_calls: [call] }),
    said('user', 'spoken', { mode: 'voice' }),
    said('assistant', 'heard', { mode: 'voice' }),
  ]);
  const sizes = size === 'phone' ? phone : {};
  const options = { ...sizes, colorScheme, bypassCSP: true, reducedMotion: 'reduce' } as const;
  const { page } = await open(options);
  expect(await violations(page)).toEqual([]);
  await page.goto(`${server.url}#${talk.id}`);
  await page.reload();
  await page.locator('[data-role=assistant] table').waitFor();
  expect(await violations(page)).toEqual([]);
  if (size === 'phone') await page.getByRole('button', { name: 'Conversations' }).click();
  await page.getByRole('button', { name: 'Everything there is', exact: true }).waitFor();
  expect(await violations(page)).toEqual([]);
  await page.getByRole('button', { name: 'Your data' }).click();
  expect(await violations(page)).toEqual([]);
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Settings' }).click();
  expect(await violations(page)).toEqual([]);
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Delete Everything there is' }).click();
  expect(await violations(page)).toEqual([]);
  await page.keyboard.press('Escape');
  if (size === 'phone') await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'New conversation' }).click();
  const chat = await begin(page, server, 'one more');
  chat.piece('Half an ans');
  await page.getByText('Half an ans').waitFor();
  expect(await violations(page)).toEqual([]);
  chat.chat.send({ type: 'error', code: 'upstream_lost', message: '' });
  chat.whole('Half an ans', { status: 'interrupted', reason: 'failed' });
  await page.getByText('The answer broke off.').waitFor();
  expect(await violations(page)).toEqual([]);
  await page.getByRole('button', { name: 'Edit' }).click();
  expect(await violations(page)).toEqual([]);
});

test('[Y29] 320 pixels are enough for every state', async () => {
  const talk = server.memory.add('Wide', [
    said('user', 'x'.repeat(300)),
    said('assistant', `${ANSWER}\n\n${'y'.repeat(300)}`),
  ]);
  const { page } = await open({ viewport: { width: 320, height: 480 }, hash: `#${talk.id}` });
  await page.locator('[data-role=assistant] table').waitFor();
  const widths = await page.evaluate(() => {
    const log = document.querySelector('#captions');
    return [document.documentElement.scrollWidth, (log?.scrollWidth ?? 0) - (log?.clientWidth ?? 0)];
  });
  expect(widths).toEqual([320, 0]);
});
