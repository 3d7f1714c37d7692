/** Calls of the page by WebRTC: a real Chromium, the gateway as `npm start` runs it, and the emulator's own media. */
import type { Browser, Page, Route } from 'playwright-core';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { buildPage } from '../../scripts/build-page.ts';
import { closeCodes } from '../../src/protocol/close-codes.ts';
import { errorEvent } from '../../src/protocol/errors.ts';
import { launchChromium } from '../support/chromium.ts';
import { startGateway, type Gateway } from '../support/gateway.ts';
import { installMouth, sayInto } from '../support/page-mouth.ts';
import { write } from '../support/page-talk.ts';
import { person } from '../support/person.ts';
import { complaintsOf, shows } from '../support/page-state.ts';

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

interface Opened {
  readonly page: Page;
  readonly complaints: string[];
  /** What was asked of the door about calls, and the sockets that were opened: a call's own, and beside one. */
  readonly asked: string[];
}

/** A page that somebody opened, and chose WebRTC in. */
async function openPage(onOffer?: (route: Route) => Promise<void>): Promise<Opened> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  onTestFinished(() => context.close());
  await installMouth(context);
  const page = await context.newPage();
  const complaints = complaintsOf(page);
  const asked: string[] = [];
  page.on('request', (request) => {
    const { pathname } = new URL(request.url());
    if (pathname.startsWith('/api/calls')) asked.push(request.method());
    if (pathname === '/api/usage') asked.push('usage');
  });
  page.on('websocket', (socket) => asked.push(socket.url().includes('/ws/calls/') ? 'beside' : 'socket'));
  if (onOffer !== undefined) await page.route('**/api/calls', onOffer);
  await page.goto(gateway.url.replace('127.0.0.1', 'localhost'));
  await shows(page, 'idle');
  await page.getByRole('button', { name: 'Settings' }).click();
  await page.getByRole('radio', { name: 'WebRTC' }).check();
  await page.getByRole('dialog').getByRole('button', { name: 'Close' }).click();
  return { page, complaints, asked };
}

async function call(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Start call' }).click();
  await shows(page, 'listening');
}

/** What a page asks while it is left is not shown to a test; what comes of it is. */
function hangUps(): number {
  return gateway.network.heads.filter((head) => head.includes('/hangup')).length;
}

test('[C48][C50][C52][C53][C54] somebody talks by WebRTC, talks over the answer, types, and hangs up', async () => {
  const { page, complaints, asked } = await openPage();
  await call(page);
  await sayInto(page, 'Hello, can you hear me?');
  await shows(page, 'speaking');
  await page.waitForFunction(
    () => Number(document.querySelector<HTMLElement>('#orb')?.style.getPropertyValue('--assistant')) > 0.3,
  );
  await page.locator('[data-role=assistant] .words', { hasText: /\w/ }).waitFor();
  await page.locator('[data-role=user] .words', { hasText: /\w/ }).waitFor();

  await sayInto(page, 'Please stop.');
  await page.locator('[data-role=assistant] [data-unheard]').waitFor();
  expect(await page.locator('[data-role=user]').count()).toBe(2);
  await page.locator('#cost', { hasText: 'This call' }).waitFor();

  await shows(page, 'speaking');
  await write(page, 'repeat after me: a green lantern');
  await page.locator('[data-role=assistant]', { hasText: 'a green lantern' }).waitFor();
  await shows(page, 'listening');

  await page.getByRole('button', { name: 'End call' }).click();
  await shows(page, 'ended');
  await expect.poll(() => gateway.emulator.stats()).toMatchObject({ calls_open: 0, sockets_open: 0 });
  expect(asked).toEqual(['POST', 'beside', 'DELETE']);
  expect(complaints).toEqual([]);
});

test('[C49][C53] sound that finds no way goes over a socket, within about five seconds', async () => {
  let answeredAt = Infinity;
  const { page, asked } = await openPage(async (route) => {
    const answer = await route.fetch();
    // Whoever does not know the password is not let through.
    const sdp = (await answer.text()).replaceAll(/(a=ice-pwd:).*?(\r?\n)/g, `$1${'x'.repeat(24)}$2`);
    answeredAt = performance.now();
    await route.fulfill({ response: answer, body: sdp });
  });
  await page.getByRole('button', { name: 'Start call' }).click();
  await shows(page, 'listening');
  expect(performance.now() - answeredAt).toBeLessThan(7_000);
  await sayInto(page, 'Hello, can you hear me?');
  await shows(page, 'speaking');
  // The browser tells of both at once, in either order.
  expect(asked.toSorted()).toEqual(['DELETE', 'POST', 'beside', 'socket']);
  await expect.poll(() => gateway.emulator.stats()).toMatchObject({ calls_open: 0 });
});

test('[C55][C53][C54] a socket beside a call that is lost is come back to, with what was typed meanwhile, and the call goes on, until the page is left', async () => {
  const { page, asked } = await openPage();
  const { promise: isCut, resolve } = Promise.withResolvers<() => Promise<void>>();
  await page.routeWebSocket('**/ws/calls/*', (socket) => {
    const far = socket.connectToServer();
    // A code that nobody knows is a network that breaks.
    resolve(async () => {
      await Promise.all([far.close({ code: 4999 }), socket.close({ code: 4999 })]);
    });
  });
  const cameBack = page.waitForEvent('websocket', (socket) => socket.url().includes('/ws/voice?received='));
  await call(page);
  await (
    await isCut
  )();
  await write(page, 'repeat after me: a green lantern');
  await page.locator('[data-role=assistant]', { hasText: 'a green lantern' }).waitFor();
  await cameBack;
  await page.locator('#cost', { hasText: 'This call' }).waitFor();
  expect(asked).toEqual(['POST', 'beside', 'socket']);
  const before = hangUps();
  await page.goto('about:blank');
  await expect.poll(hangUps).toBe(before + 1);
  await expect.poll(() => gateway.emulator.stats()).toMatchObject({ calls_open: 0 });
});

test('[C51] an administrator ends a call, and the page says so within a second', async () => {
  const root = await person(gateway, { claims: { role: 'admin' } });
  const { page, asked, complaints } = await openPage();
  const [answer] = await Promise.all([page.waitForResponse('**/api/calls'), call(page)]);
  const id = (await answer.headerValue('location'))?.split('/').at(-1);
  const startedAt = performance.now();
  expect((await root.asks(`/api/admin/sessions/${id}`, 'DELETE')).status).toBe(204);
  await shows(page, 'ended');
  await page.getByRole('alert').getByText('Whoever runs this page ended the call.').waitFor();
  expect(performance.now() - startedAt).toBeLessThan(1000);
  // And nobody calls again.
  await expect.poll(() => gateway.emulator.stats()).toMatchObject({ calls_open: 0 });
  expect(asked).toEqual(['POST', 'beside']);
  expect(complaints).toEqual([]);
});

test('[C51] when Azure broke, another call goes on in the conversation, over a socket', async () => {
  const { page, asked } = await openPage();
  const { promise: breaks, resolve } = Promise.withResolvers<() => Promise<void>>();
  await page.routeWebSocket('**/ws/calls/*', (socket) => {
    const far = socket.connectToServer();
    resolve(async () => {
      // As the gateway does when it finds no sideband any more.
      const complaint = { code: 'upstream_lost', message: 'Azure broke off.' } as const;
      socket.send(JSON.stringify(errorEvent(complaint, 'event_1')));
      await far.close({ code: closeCodes.over.code });
      await socket.close({ code: closeCodes.upstreamFailed.code, reason: closeCodes.upstreamFailed.reason });
    });
  });
  await call(page);
  await write(page, 'My name is Ada.');
  await page.locator('[data-role=assistant]', { hasText: 'Ada' }).waitFor();
  await shows(page, 'speaking');
  await shows(page, 'listening');
  await (
    await breaks
  )();
  await shows(page, 'reconnecting');
  await shows(page, 'listening');
  await write(page, 'What is my name?');
  await expect.poll(() => page.locator('[data-role=assistant]', { hasText: 'Ada' }).count()).toBe(2);
  expect(asked).toEqual(['POST', 'beside', 'socket']);
  await expect.poll(() => gateway.emulator.stats()).toMatchObject({ calls_open: 0 });
});

test('[C51][C53][C55] a call that the far end closes is told and not called again, whoever stands beside it; leaving the page hangs up', async () => {
  const { page, asked } = await openPage();
  const isEnded = async (): Promise<void> => {
    await gateway.fault({ kind: 'drop' });
    await shows(page, 'error');
    await page.getByRole('alert').getByText('The call was ended from the other side').waitFor();
  };
  await call(page);
  await isEnded();
  await page.routeWebSocket('**/ws/calls/*', (socket) => void socket.close());
  await call(page);
  await write(page, 'repeat after me: a green lantern');
  await page.locator('[data-role=assistant]', { hasText: 'a green lantern' }).waitFor();
  await isEnded();
  await call(page);
  expect(gateway.emulator.stats().calls_open).toBe(1);
  const before = hangUps();
  await page.goto('about:blank');
  await expect.poll(hangUps).toBe(before + 1);
  await expect.poll(() => gateway.emulator.stats()).toMatchObject({ calls_open: 0 });
  expect(asked.filter((it) => it === 'POST')).toHaveLength(3);
  expect(asked).not.toContain('socket');
});

test('[C49] what is refused for the sake of the person is told, what Azure refuses is tried over a socket', async () => {
  const refusals = [
    { status: 429, code: 'too_many_connections', headers: { 'Retry-After': '30' } },
    { status: 502, code: 'upstream_refused', headers: {} },
  ];
  const { page, asked } = await openPage(async (route) => {
    const refusal = refusals.shift();
    if (refusal === undefined) throw new Error('It should be asked twice');
    const { status, code, headers } = refusal;
    const contentType = 'application/problem+json';
    await route.fulfill({ status, headers, contentType, body: JSON.stringify({ status, code }) });
  });
  await page.getByRole('button', { name: 'Start call' }).click();
  await shows(page, 'error');
  await page.getByRole('alert').getByText('As many calls are open as you may have').waitFor();
  expect(asked).toEqual(['POST']);
  await call(page);
  expect(asked).toEqual(['POST', 'POST', 'socket']);
});

test('[C51] a call whose network fails goes on over a socket in its conversation, with what was typed meanwhile', async () => {
  const { page } = await openPage();
  const sockets: string[] = [];
  page.on('websocket', (socket) => sockets.push(socket.url()));
  await page.addInitScript(() => {
    globalThis.RTCPeerConnection = class extends RTCPeerConnection {
      constructor() {
        super();
        // No test can take a network away from loopback: the connection says that it is gone.
        addEventListener('voxgate-lost', () => {
          Object.defineProperty(this, 'iceConnectionState', { value: 'disconnected' });
          this.dispatchEvent(new Event('iceconnectionstatechange'));
        });
      }
    };
  });
  await page.reload();
  await call(page);
  await write(page, 'My name is Ada.');
  await page.locator('[data-role=assistant]', { hasText: 'Ada' }).waitFor();
  await shows(page, 'speaking');
  await shows(page, 'listening');
  await page.evaluate(() => dispatchEvent(new Event('voxgate-lost')));
  await shows(page, 'reconnecting');
  await write(page, 'What is my name?');
  await shows(page, 'speaking');
  await expect.poll(() => page.locator('[data-role=assistant]', { hasText: 'Ada' }).count()).toBe(2);
  expect(sockets).toHaveLength(2);
  expect(sockets[1]).toMatch(/\/ws\/voice\?conversation=conv_/);
  await expect.poll(() => gateway.emulator.stats()).toMatchObject({ calls_open: 0 });
});

test('[C48] the choice outlives a reload, is made from the keyboard, and a socket is the rule', async () => {
  const { page, asked } = await openPage();
  await page.reload();
  await page.getByRole('button', { name: 'Settings' }).click();
  expect(await page.getByRole('radio', { name: 'WebRTC' }).isChecked()).toBe(true);
  await page.keyboard.press('ArrowUp');
  expect(await page.getByRole('radio', { name: 'WebSocket' }).isChecked()).toBe(true);
  await page.keyboard.press('Escape');
  await call(page);
  expect(asked).toEqual(['socket']);
});
