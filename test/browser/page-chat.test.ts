import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { buildPage } from '../../scripts/build-page.ts';
import { launchChromium } from '../support/chromium.ts';
import { hostileMarkdown } from '../support/hostile-markdown.ts';
import { startPageServer, type PageServer } from '../support/page-server.ts';
import {
  begin,
  entries,
  openTalk,
  says,
  talkOn,
  TALK_ID,
  write,
  type OpenOptions,
} from '../support/page-talk.ts';

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

const open = (options: OpenOptions = {}) => openTalk(browser, server, { isKnown: false, ...options });

test('[Y1][Y3] a message goes to a chat, and the answer grows and ends as it is kept', async () => {
  const { page, complaints } = await open();
  const talk = await begin(page, server, 'What is **up**?');
  await page.getByRole('status').getByText('Thinking…').waitFor();
  talk.piece('Not *mu');
  await says(page, ['user: What is **up**?', 'assistant: Not mu']);
  await page.getByRole('status').getByText('Writing…').waitFor();
  expect(await page.locator('[data-role=assistant]').getAttribute('aria-busy')).toBe('true');
  talk.whole('Not *much*.');
  await says(page, ['user: What is **up**?', 'assistant: Not much.']);
  expect(await page.locator('[data-role=assistant] em').textContent()).toBe('much');
  expect(await page.locator('[data-role=assistant]').getAttribute('aria-busy')).toBeNull();
  expect(await page.locator('html').getAttribute('data-chat')).toBe('idle');
  expect(complaints).toEqual([]);
});

test('[Y4] a socket that is cut in an answer comes back, and the answer is whole', async () => {
  const { page } = await open();
  const talk = await begin(page, server, 'count');
  talk.piece('one two');
  await says(page, ['user: count', 'assistant: one two']);
  const [next] = await Promise.all([server.nextChat(), Promise.resolve(talk.chat.cut())]);
  expect(await next.next('resume')).toEqual({
    type: 'resume',
    conversation_id: TALK_ID,
    message_id: 'msg_11',
    received: 7,
  });
  const again = talkOn(next, 1);
  again.piece(' three');
  again.whole('one two three');
  await says(page, ['user: count', 'assistant: one two three']);
});

test('[Y4] a message that was not acknowledged goes up again under its id', async () => {
  const { page } = await open();
  const [first] = await Promise.all([server.nextChat(), write(page, 'hello')]);
  const sent = await first.next('message');
  const [second] = await Promise.all([server.nextChat(), Promise.resolve(first.cut())]);
  expect(await second.next('message')).toEqual(sent);
});

test('[Y5] without a network the message is kept, marked, and sent when it is back', async () => {
  const { page } = await open();
  await page.clock.install();
  const context = page.context();
  await context.setOffline(true);
  await write(page, 'hello');
  const alert = page.getByRole('alert').getByText('The connection was lost.');
  while (!(await alert.isVisible())) {
    await page.locator('html[data-chat="reconnecting"], html[data-chat="lost"]').waitFor();
    await page.clock.runFor(16_000);
  }
  await page.getByText('Not sent.').waitFor();
  expect(await page.getByRole('button', { name: 'Try again' }).count()).toBe(2);
  const [chat] = await Promise.all([server.nextChat(), context.setOffline(false)]);
  expect(await chat.next('message')).toMatchObject({ content: 'hello' });
});

test('[Y6] a refused message says so, and is sent again with its button', async () => {
  const { page } = await open();
  const [chat] = await Promise.all([server.nextChat(), write(page, 'hello')]);
  const { id } = await chat.next('message');
  chat.send({ type: 'error', code: 'rate_limited', message: 'x', id: String(id), retry_after_seconds: 17 });
  await page.getByRole('alert').getByText('Send it again in 17 seconds.').waitFor();
  await page.locator('[data-fate=unsent]').getByRole('button', { name: 'Try again' }).click();
  expect(await chat.next('message')).toMatchObject({ id, content: 'hello' });
});

test('[Y7] an answer is stopped with the button, and with Escape', async () => {
  const { page } = await open();
  const talk = await begin(page, server, 'tell me everything');
  talk.piece('In the beginning');
  await page.getByRole('button', { name: 'Stop' }).click();
  await talk.chat.next('cancel');
  talk.whole('In the beginning', { status: 'interrupted', reason: 'cancelled' });
  await page.getByText('Stopped.').waitFor();
  await write(page, 'go on');
  await talk.keep();
  talk.piece('there was');
  await page.getByRole('button', { name: 'Stop' }).waitFor();
  await page.keyboard.press('Escape');
  expect(await talk.chat.next('cancel')).toEqual({ type: 'cancel' });
});

test('[Y8] the last answer is had anew, and the last message written anew', async () => {
  const { page } = await open();
  const talk = await begin(page, server, 'a poem');
  talk.whole('Roses.');
  await page.getByRole('button', { name: 'Try again' }).click();
  expect(await talk.keep()).toMatchObject({
    content: 'a poem',
    replaces: 'msg_10',
    conversation_id: TALK_ID,
  });
  talk.whole('Violets.');
  await says(page, ['user: a poem', 'assistant: Violets.']);
  const box = page.getByRole('textbox', { name: 'Message' });
  await box.fill('half a thought');
  await page.getByRole('button', { name: 'Edit' }).click();
  expect(await box.inputValue()).toBe('a poem');
  await page.keyboard.press('Escape');
  expect(await box.inputValue()).toBe('half a thought');
  await page.getByRole('button', { name: 'Edit' }).click();
  await box.fill('a short poem');
  await page.keyboard.press('Enter');
  expect(await talk.keep()).toMatchObject({ content: 'a short poem', replaces: 'msg_20' });
  talk.whole('Moss.');
  await says(page, ['user: a short poem', 'assistant: Moss.']);
  expect(await box.inputValue()).toBe('half a thought');
});

test('[Y9] a call goes on with the chat, and a chat with the call', async () => {
  const { page } = await open();
  const talk = await begin(page, server, 'hello');
  talk.whole('Hi.');
  await says(page, ['user: hello', 'assistant: Hi.']);
  const [call] = await Promise.all([
    server.nextCall(),
    page.getByRole('button', { name: 'Start call' }).click(),
  ]);
  expect(call.query).toBe(`?conversation=${TALK_ID}&trace=tools`);
  expect(await talk.chat.closed).toBe(1000);
  call.send({ type: 'gateway.session', session_id: 's', conversation_id: TALK_ID });
  call.send({ type: 'session.created', session: {} });
  await page.locator('html[data-call="listening"]').waitFor();
  await write(page, 'and now?');
  await call.next('conversation.item.create');
  await page.getByRole('button', { name: 'End call' }).click();
  const [chat] = await Promise.all([server.nextChat(), write(page, 'in writing')]);
  expect(await chat.next('message')).toMatchObject({ conversation_id: TALK_ID });
});

test('[Y10][Y11] the assistant sees and paints the page, and the trace tells of it', async () => {
  server.memory.clear();
  server.memory.add('A secret elsewhere');
  const { page, complaints } = await open({ isKnown: true });
  await page.getByRole('button', { name: 'A secret elsewhere', exact: true }).waitFor();
  const talk = await begin(page, server, 'make it navy');
  await page.getByRole('textbox', { name: 'Message' }).fill('half a thought');
  const call = (call_id: string, name: string, args: object): void => {
    const where = { conversation_id: TALK_ID, message_id: 'msg_11' };
    talk.chat.send({ type: 'tool_call', call_id, name, arguments: args, runs: 'client', ...where });
  };
  call('c1', 'changeBackgroundColor', { color: 'navy' });
  expect(await talk.chat.next('tool_result')).toMatchObject({ call_id: 'c1', output: { success: true } });
  expect(await page.evaluate(() => getComputedStyle(document.body).backgroundColor)).toBe('rgb(0, 0, 128)');
  call('c2', 'changeTextColor', { color: 'url(https://evil.example)' });
  expect(await talk.chat.next('tool_result')).toMatchObject({ call_id: 'c2', output: { success: false } });
  call('c3', 'getPageHTML', {});
  const { output } = await talk.chat.next('tool_result');
  const { html } = output as { html: string };
  expect(html).toContain('make it navy');
  expect(html).not.toMatch(/secret|half a thought|<script|<style|<svg|Your data/);
  expect(new TextEncoder().encode(html).length).toBeLessThanOrEqual(20_000);
  await page.getByText('Change background color · running…').waitFor();
  const names = { conversation_id: TALK_ID, message_id: 'msg_11' };
  talk.chat.send({ type: 'tool_result', call_id: 'c1', output: {}, is_error: false, ...names });
  await page.getByText('Change background color · done').waitFor();
  expect(complaints).toEqual([]);
});

test('[Y13] the cost of a chat is told', async () => {
  const { page } = await open();
  const talk = await begin(page, server, 'hello');
  const turn = { tokens: 100, seconds: 0, usd: 0.03 };
  const remaining = { tokens: null, seconds: null, usd: 0.47 };
  talk.chat.send({ type: 'usage', turn, today: { ...turn, remaining } });
  const cost = page.getByText('This chat $0.03 · $0.47 left today');
  await cost.waitFor();
  expect(await cost.evaluate((it) => it.closest('[role=status],[role=log],[role=alert]'))).toBeNull();
});

test('[Y30][Y31] hostile answers become no element they should not, and nothing is fetched', async () => {
  const { page, complaints, requests } = await open();
  const talk = await begin(page, server, 'attack');
  const before = requests.length;
  const text = hostileMarkdown
    .filter(([, it]) => it.length < 2000)
    .map(([, it]) => it)
    .join('\n\n');
  for (let end = 0; end < text.length; end += 97) talk.piece(text.slice(end, end + 97));
  talk.whole(text);
  await page.locator('[data-role=assistant]:not([aria-busy])').waitFor();
  const found = await page.locator('[data-role=assistant] .words').evaluate((words) => ({
    tags: [...new Set([...words.querySelectorAll('*')].map(({ localName }) => localName))],
    names: [...new Set([...words.querySelectorAll('*')].flatMap((it) => it.getAttributeNames()))],
    links: [...words.querySelectorAll('a')].map(({ protocol, rel, target }) =>
      [protocol, rel, target].join(' '),
    ),
  }));
  expect(
    found.tags.filter((tag) => /script|img|svg|iframe|form|input|style|link|meta|base|template/.test(tag)),
  ).toEqual([]);
  expect(found.names.filter((name) => /^on|^style$|^id$|^name$|^src/.test(name))).toEqual([]);
  expect([...new Set(found.links)]).toEqual(['https: noopener noreferrer _blank']);
  expect(requests.slice(before).filter((url) => !url.startsWith(server.url))).toEqual([]);
  expect(complaints).toEqual([]);
});

test('[Y34] code and answers are copied as they were written, and the button says so', async () => {
  const { page } = await open({ permissions: ['clipboard-read', 'clipboard-write'] });
  const talk = await begin(page, server, 'code');
  const text = 'Here:\n\n```js\nconst a = "<b>";\n```';
  talk.whole(text);
  const read = () => page.evaluate(() => navigator.clipboard.readText());
  await page.getByRole('button', { name: 'Copy code' }).click();
  await page.getByRole('button', { name: 'Copied' }).waitFor();
  expect(await read()).toBe('const a = "<b>";');
  await page.getByRole('button', { name: 'Copy', exact: true }).click();
  await page.locator('.deed', { hasText: 'Copied' }).waitFor();
  expect(await read()).toBe(text);
});

test('[Y35] the log follows while its end is in sight, stays where one reads, and leads back', async () => {
  const { page } = await open({ viewport: { width: 390, height: 700 } });
  const talk = await begin(page, server, 'a long story');
  const log = page.getByRole('log');
  const place = () =>
    log.evaluate((it) => [it.scrollTop, it.scrollHeight - it.scrollTop - it.clientHeight] as const);
  talk.piece('Once upon a time.\n\n'.repeat(40));
  await page.waitForFunction(() => {
    const it = document.querySelector('#captions');
    return it !== null && it.scrollHeight > 1500 && it.scrollHeight - it.scrollTop - it.clientHeight < 2;
  });
  await log.hover();
  await page.mouse.wheel(0, -400);
  const jump = page.getByRole('button', { name: 'Jump to latest' });
  await jump.waitFor();
  const [before] = await place();
  talk.piece('And then.\n\n'.repeat(40));
  talk.whole(`${'Once upon a time.\n\n'.repeat(40)}${'And then.\n\n'.repeat(40)}The end.`);
  await page.getByText('The end.').waitFor();
  expect((await place())[0]).toBe(before);
  await jump.click();
  await page.waitForFunction(() => {
    const it = document.querySelector('#captions');
    return it !== null && it.scrollHeight - it.scrollTop - it.clientHeight < 2;
  });
  expect(await jump.isVisible()).toBe(false);
  await page.mouse.wheel(0, -900);
  await jump.waitFor();
  await write(page, 'another');
  await page.locator('[data-role=user]', { hasText: 'another' }).waitFor();
  expect((await place())[1]).toBeLessThan(2);
});

test('[Y36] what is in the box outlives a reload, and a message that is too long stays there', async () => {
  const { page } = await open();
  const box = page.getByRole('textbox', { name: 'Message' });
  await box.fill('half a thought');
  await page.reload();
  expect(await box.inputValue()).toBe('half a thought');
  await box.fill('x'.repeat(100_005));
  await page.keyboard.press('Enter');
  expect(await box.evaluate((it: HTMLTextAreaElement) => it.validationMessage)).toBe(
    'This is 5 characters longer than a message may be.',
  );
  expect((await box.inputValue()).length).toBe(100_005);
  await box.fill('one\ntwo');
  await box.press('Shift+Enter');
  expect(await box.inputValue()).toBe('one\ntwo\n');
});

test('[Y37] an answer of 100 kB streams in without a long pause', async () => {
  const { page } = await open();
  const talk = await begin(page, server, 'everything');
  await page.evaluate(() => {
    const seen = globalThis as unknown as { pauses: number[] };
    seen.pauses = [];
    new PerformanceObserver((list) =>
      seen.pauses.push(...list.getEntries().map((it) => it.duration)),
    ).observe({
      type: 'longtask',
    });
  });
  const text = Array.from({ length: 2500 }, (_, at) => `Paragraph *${at}* of the story.\n\n- a point\n\n`)
    .join('')
    .slice(0, 100_000);
  for (let end = 0; end < text.length; end += 200) talk.piece(text.slice(end, end + 200));
  talk.whole(text);
  await page.locator('[data-role=assistant]:not([aria-busy])').waitFor();
  const pauses = await page.evaluate(() => (globalThis as unknown as { pauses: number[] }).pauses);
  expect(Math.max(0, ...pauses)).toBeLessThan(1000);
});

test('[Y12] what is written in another window appears here', async () => {
  const { page } = await open();
  const talk = await begin(page, server, 'hello');
  talk.whole('Hi.');
  const other = { conversation_id: TALK_ID, message_id: 'msg_90', created_at: 2 };
  talk.chat.send({ type: 'message', role: 'user', content: 'from the phone', ...other });
  talk.piece('Yes', 'msg_91');
  await page.locator('[data-role=assistant]', { hasText: 'Yes' }).waitFor();
  expect(await entries(page)).toEqual([
    'user: hello',
    'assistant: Hi.',
    'user: from the phone',
    'assistant: Yes',
  ]);
});
