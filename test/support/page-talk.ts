/** A page in a browser, and a person who writes in it. */
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { onTestFinished } from 'vitest';
import type { ChatServerEvent } from '../../src/protocol/chat-events.ts';
import type { FakeChat, PageServer } from './page-server.ts';
import { complaintsOf } from './page-state.ts';

/** How a page is opened; everything may be left out. */
export interface OpenOptions extends BrowserContextOptions {
  /** What stands behind the address. */
  readonly hash?: string;
  /** Somebody was here before: the list is shown at once. */
  readonly isKnown?: boolean;
}

/** A page that is open, and what its console said. */
export interface OpenedPage {
  readonly page: Page;
  readonly complaints: string[];
  readonly requests: string[];
}

/** Opens the page in a context of its own, which ends with the test. */
export async function openTalk(
  browser: Browser,
  server: PageServer,
  { hash = '', isKnown = true, ...options }: OpenOptions = {},
): Promise<OpenedPage> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
  onTestFinished(() => context.close());
  if (isKnown) await context.addInitScript(() => localStorage.setItem('voxgate-known', '1'));
  const page = await context.newPage();
  const complaints = complaintsOf(page);
  const requests: string[] = [];
  page.on('request', (request) => requests.push(request.url()));
  await page.goto(`${server.url}${hash}`);
  await page.locator('html[data-call="idle"]').waitFor();
  return { page, complaints, requests };
}

/** The gateway's end of a chat of which the page has begun a conversation. */
export interface Talk {
  readonly chat: FakeChat;
  /** Acknowledges the next message; resolves with what the page sent. */
  keep(): Promise<Record<string, unknown>>;
  piece(content: string, messageId?: string): void;
  whole(content: string, rest?: Partial<Extract<ChatServerEvent, { type: 'text_response' }>>): void;
}

export const TALK_ID = 'conv_00000000000000000000000000000abc';

/** Writes a message and sends it with Enter. */
export async function write(page: Page, text: string): Promise<void> {
  await page.getByRole('textbox', { name: 'Message' }).fill(text);
  await page.keyboard.press('Enter');
}

/** Writes the first message of a chat, and takes the gateway's end of it. */
export async function begin(page: Page, server: PageServer, text: string): Promise<Talk> {
  const [chat] = await Promise.all([server.nextChat(), write(page, text)]);
  const talk = talkOn(chat, 0);
  chat.send({ type: 'conversation', conversation_id: TALK_ID, title: text, created_at: 1, session_id: 's' });
  await talk.keep();
  return talk;
}

/** The gateway's end of a chat in which `kept` messages were acknowledged before. */
export function talkOn(chat: FakeChat, kept: number): Talk {
  let count = kept;
  const names = () => ({ conversation_id: TALK_ID, message_id: `msg_${count}1` });
  return {
    chat,
    async keep() {
      const sent = await chat.next('message');
      count += 1;
      chat.send({
        type: 'message',
        role: 'user',
        content: String(sent['content']),
        conversation_id: TALK_ID,
        message_id: `msg_${count}0`,
        id: String(sent['id']),
        created_at: 1,
        ...(typeof sent['replaces'] === 'string' ? { replaces: sent['replaces'] } : {}),
      });
      return sent;
    },
    piece: (content, messageId) =>
      chat.send({
        type: 'text_delta',
        content,
        ...names(),
        ...(messageId === undefined ? {} : { message_id: messageId }),
      }),
    whole: (content, rest = {}) =>
      chat.send({
        type: 'text_response',
        content,
        status: 'complete',
        reason: 'stop',
        ...names(),
        ...rest,
      }),
  };
}

/** What the log says, entry by entry. */
export function entries(page: Page): Promise<readonly string[]> {
  return page
    .locator('[data-role]')
    .evaluateAll((all) =>
      all.map((it) => `${it.dataset['role']}: ${it.querySelector('.words')?.textContent}`),
    );
}

/** Waits until the log says exactly this. */
export async function says(page: Page, wanted: readonly string[]): Promise<void> {
  await page.waitForFunction((lines) => {
    const all = [...document.querySelectorAll<HTMLElement>('[data-role]')];
    const shown = all.map((it) => `${it.dataset['role']}: ${it.querySelector('.words')?.textContent}`);
    return JSON.stringify(shown) === JSON.stringify(lines);
  }, wanted);
}
