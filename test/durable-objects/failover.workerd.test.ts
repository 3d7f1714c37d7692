import { env } from 'cloudflare:workers';
import { afterEach, expect, it, vi } from 'vitest';
import { Dialer } from '../../src/durable-objects/dialer.ts';
import type { Route } from '../../src/azure/routes.ts';
import { callsDirectly, routeTo, typed } from '../workerd/calls.ts';

/** A port that nobody listens on. */
const NOWHERE = 'http://127.0.0.1:9';

/** The emulator again, under another name: another resource. */
const elsewhere = env.AZURE_ENDPOINT.replace('127.0.0.1', 'localhost');

const good = routeTo('gpt-realtime', { name: 'fallback-1', endpoint: elsewhere });

/** What the emulator asks for with a 429. */
const RETRY_AFTER_MS = 2_000;

afterEach(() => {
  vi.useRealTimers();
});

async function takes(dialer: Dialer, routes: readonly Route[]): Promise<string> {
  const reached = await dialer.dial(routes, { signal: new AbortController().signal, patience: 'none' });
  if (reached.outcome !== 'connected') return reached.outcome;
  reached.socket.accept();
  reached.socket.close(1000, 'Only asking');
  return reached.route.name;
}

async function socketsOpened(): Promise<number> {
  const stats: { sockets_total: number } = await (await fetch(`${env.AZURE_ENDPOINT}/emulator/stats`)).json();
  return stats.sockets_total;
}

it.each(['refuses-401', 'refuses-403', 'refuses-404', 'refuses-429', 'refuses-500'])(
  '[F1][F2][F3] a call goes on over the next way when the first is %s',
  async (deployment) => {
    const { caller } = callsDirectly({ lane: 'realtime', routes: [routeTo(deployment), good] });
    await caller.hears('session.created');
    caller.says(typed('hello'));
    caller.says({ type: 'response.create' });
    expect(await caller.hears('response.done')).toMatchObject({ response: { status: 'completed' } });
    caller.hangsUp();
  },
);

it('[F1] nobody there is no reason to give up while there is another resource', async () => {
  const routes = [routeTo('gpt-realtime', { endpoint: NOWHERE }), good];
  expect(await takes(new Dialer(), routes)).toBe('fallback-1');
});

it('[F2] a refused key is not tried again by the next call of the same object', async () => {
  const dialer = new Dialer();
  const routes = [routeTo('refuses-401'), routeTo('gpt-realtime', { name: 'primary-2' })];
  expect(await takes(dialer, routes)).toBe('primary-2');
  const before = await socketsOpened();
  expect(await takes(dialer, routes)).toBe('primary-2');
  expect(await socketsOpened()).toBe(before + 1);
});

it('[F3] the wait that Azure names is told when there is no other resource', async () => {
  const { caller } = callsDirectly({
    routes: [routeTo('refuses-429')],
    patience: 'none',
  });
  const { code, reason } = await caller.ends();
  expect(code).toBe(4502);
  expect(reason).toMatch(/^Azure is busy, try again in \d+ seconds$/);
});

it('[F3] a short wait is waited for, and one that begins again is not waited for without end', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] });
  const before = Date.now();
  const end = Promise.withResolvers<{ outcome: string; afterMs: number }>();
  const told: string[] = [];
  void new Dialer()
    .dial([routeTo('refuses-429')], { signal: new AbortController().signal, patience: 'always' })
    .then(({ outcome }) => {
      told.push(outcome);
      return end.resolve({ outcome, afterMs: Date.now() - before });
    });
  await expect
    .poll(async () => {
      await vi.advanceTimersByTimeAsync(500);
      return told;
    })
    .toEqual(['refused']);
  const { afterMs } = await end.promise;
  expect(afterMs).toBeGreaterThanOrEqual(RETRY_AFTER_MS);
});

it('[F4] when everything has been down, nobody is asked, and the wait is told', async () => {
  const dialer = new Dialer();
  const routes = [routeTo('gpt-realtime', { endpoint: NOWHERE })];
  for (let call = 0; call < 3; call += 1) expect(await takes(dialer, routes)).toBe('unreachable');
  expect(await takes(dialer, routes)).toBe('resting');
});

it('[F1] a dial that was given up tries no other way', async () => {
  const hangUp = new AbortController();
  const dialling = new Dialer().dial([routeTo('slow-dial'), good], {
    signal: hangUp.signal,
    patience: 'always',
  });
  hangUp.abort();
  expect(await dialling).toEqual({ outcome: 'unreachable', reason: 'aborted' });
});
