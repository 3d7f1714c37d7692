/** WebRTC under the same law, and tools that act: one person's day, in a real Chromium, with the emulator's media. */
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { launchChromium } from '../support/chromium.ts';
import { AZURE_KEY, GATEWAY_SECRET, startGateway, type Gateway } from '../support/gateway.ts';
import { installMouth, sayInto } from '../support/page-mouth.ts';
import { complaintsOf, shows } from '../support/page-state.ts';
import { write } from '../support/page-talk.ts';
import { person } from '../support/person.ts';
import { pick, pickNumber } from '../support/realtime-client.ts';

let browser: Browser;
let gateway: Gateway;

beforeAll(async () => {
  [browser, gateway] = await Promise.all([launchChromium(), startGateway()]);
});

afterAll(async () => {
  await browser.close();
  await gateway.close();
});

/** A person, whose pages share a cookie. */
async function visitor(): Promise<BrowserContext> {
  const context = await browser.newContext();
  onTestFinished(() => context.close());
  await installMouth(context);
  await context.addInitScript(() => {
    if (!location.hash.includes('socket')) localStorage.setItem('voxgate-webrtc', '1');
  });
  return context;
}

/** Another page of theirs, and everything that it was sent. */
async function openPage(
  context: BrowserContext,
): Promise<{ page: Page; told: string[]; complaints: string[] }> {
  const page = await context.newPage();
  const complaints = complaintsOf(page);
  const told: string[] = [];
  page.on('response', async (response) => {
    told.push(JSON.stringify(await response.allHeaders()), await response.text().catch(() => ''));
  });
  page.on('websocket', (socket) => socket.on('framereceived', ({ payload }) => told.push(String(payload))));
  await page.goto(gateway.url.replace('127.0.0.1', 'localhost'));
  await shows(page, 'idle');
  return { page, told, complaints };
}

function asked(page: Page, path: string): Promise<unknown> {
  return page.evaluate(async (address) => (await fetch(address)).json(), path);
}

function ground(page: Page): Promise<string> {
  return page.evaluate(() => getComputedStyle(document.body).backgroundColor);
}

/** What the data channel told, gathered from the beginning. */
async function listenToChannel(page: Page): Promise<() => Promise<string[]>> {
  await page.addInitScript(() => {
    const heard: string[] = [];
    Object.defineProperty(globalThis, 'voxgateHeard', { value: heard });
    globalThis.RTCPeerConnection = class extends RTCPeerConnection {
      override createDataChannel(label: string, init?: RTCDataChannelInit): RTCDataChannel {
        const channel = super.createDataChannel(label, init);
        channel.addEventListener('message', ({ data }) => heard.push(String(data)));
        return channel;
      }
    };
  });
  await page.reload();
  await shows(page, 'idle');
  return () => page.evaluate(() => Reflect.get(globalThis, 'voxgateHeard') as string[]);
}

test('[I13][I4][I5][I16][K2][JC10] a spoken call by WebRTC is interrupted, paints, is paid, counts as a connection, and an administrator ends it', async () => {
  const context = await visitor();
  const { page, told, complaints } = await openPage(context);
  const channel = await listenToChannel(page);

  // Spoken, answered aloud, and interrupted.
  const opened = page.waitForResponse(
    (response) => response.request().method() === 'POST' && response.url().endsWith('/api/calls'),
  );
  await page.getByRole('button', { name: 'Start call' }).click();
  await shows(page, 'listening');
  const id = (await (await opened).headerValue('location'))?.split('/').at(-1) ?? '';
  await sayInto(page, 'Hello, can you hear me?');
  await shows(page, 'speaking');
  await page.locator('[data-role=assistant] .words', { hasText: /\w/ }).waitFor();
  await sayInto(page, 'Please stop.');
  await page.locator('[data-role=assistant] [data-unheard]').waitFor();

  // Asked for another colour, which no event of Azure's own channel tells the page to paint.
  await write(page, 'Please change the background color to green');
  await page.getByText('Change background color · done').waitFor();
  expect(await ground(page)).toBe('rgb(0, 128, 0)');
  const heard = (await channel()).join('\n');
  expect(heard).toContain('output_audio_buffer.started');
  expect(heard).not.toMatch(/function_call_arguments|response\.done/);

  // Paid.
  const usage = (): Promise<unknown> => asked(page, '/api/usage');
  await expect.poll(async () => pickNumber(await usage(), 'today.tokens')).toBeGreaterThan(0);
  await expect.poll(async () => pickNumber(await usage(), 'today.voice_minutes')).toBeGreaterThan(0);

  // One of three: two more over sockets, and the fourth is told that there are too many.
  await page.evaluate(() =>
    Promise.all(
      [1, 2].map(() => {
        const socket = new WebSocket('/ws/voice', 'voxgate.v1');
        return new Promise((resolve) => {
          socket.addEventListener('message', () => resolve(null), { once: true });
        });
      }),
    ),
  );
  const another = await openPage(context);
  const refused = another.page.waitForResponse('**/api/calls');
  await another.page.getByRole('button', { name: 'Start call' }).click();
  expect((await refused).status()).toBe(429);
  await another.page.getByRole('alert').getByText('As many calls are open as you may have').waitFor();

  // Ended from afar, within a second.
  const root = await person(gateway, { claims: { role: 'admin' } });
  const listed = pick(await (await root.asks('/api/admin/sessions')).json(), 'sessions') as object[];
  expect(listed.find((one) => pick(one, 'session_id') === id)).toMatchObject({ mode: 'voice' });
  const startedAt = performance.now();
  expect((await root.asks(`/api/admin/sessions/${id}`, 'DELETE')).status).toBe(204);
  await shows(page, 'ended');
  expect(performance.now() - startedAt).toBeLessThan(1_000);
  await expect.poll(() => gateway.emulator.stats().calls_open).toBe(0);

  // The resource's key was shown to Azure by the gateway, and by nobody to nobody else.
  const requests = gateway.network.heads;
  const offers = requests.filter((head) => head.startsWith('POST /openai/v1/realtime/calls?'));
  expect(offers.length).toBeGreaterThan(0);
  for (const head of offers) expect(head).not.toContain(AZURE_KEY);
  for (const head of requests.filter((one) => !offers.includes(one))) expect(head).toContain(AZURE_KEY);
  const everything = [...told, ...another.told, ...(await channel()), ...gateway.log].join('\n');
  for (const secret of [AZURE_KEY, GATEWAY_SECRET, 'ek_', 'rtc_']) expect(everything).not.toContain(secret);
  expect(complaints).toEqual([]);
});

test('[JC10][J30] the same page paints over a socket, and in writing', async () => {
  const context = await visitor();
  const { page, complaints } = await openPage(context);
  await page.getByRole('button', { name: 'Settings' }).click();
  await page.getByRole('radio', { name: 'WebSocket' }).check();
  await page.getByRole('dialog').getByRole('button', { name: 'Close' }).click();
  await page.getByRole('button', { name: 'Start call' }).click();
  await shows(page, 'listening');
  await write(page, 'Please change the background color to blue');
  await page.getByText('Change background color · done').waitFor();
  expect(await ground(page)).toBe('rgb(0, 0, 255)');
  await page.getByRole('button', { name: 'End call' }).click();
  await shows(page, 'ended');

  await write(page, 'Please change the background color to red');
  await expect.poll(() => page.getByText('Change background color · done').count()).toBe(2);
  expect(await ground(page)).toBe('rgb(255, 0, 0)');
  await write(page, 'Please change the text color to white');
  await page.getByText('Change text color · done').waitFor();
  expect(await page.evaluate(() => getComputedStyle(document.body).color)).toBe('rgb(255, 255, 255)');
  expect(complaints).toEqual([]);
});
