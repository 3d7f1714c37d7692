import { runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { COOLDOWN_MS, FRESH_MS, KeySet, RETRY_MS, STALE_MS } from '../../src/identity/key-set.ts';
import type { IdentitySettings } from '../../src/identity/settings.ts';
import { verifyToken, type TokenVerdict } from '../../src/identity/tokens.ts';
import { TEST_SECRET } from '../support/tokens.ts';
import { newKey, Provider, signedBy, type ProviderKey } from '../workerd/provider.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'] });
});

afterEach(() => {
  vi.useRealTimers();
});

function later(ms: number): void {
  vi.setSystemTime(Date.now() + ms);
}

function settingsOf(provider: Provider): IdentitySettings {
  return { authSecret: TEST_SECRET, keySetUrl: provider.url, issuer: null, audience: null };
}

/** Shows a token that this key signs now, and tells what came of it. */
async function shows(provider: Provider, key: ProviderKey): Promise<TokenVerdict['outcome']> {
  return (await verifyToken(await signedBy(key, 'alice'), settingsOf(provider))).outcome;
}

it('[D18] keys are asked for once, and again when they are ten minutes old', async () => {
  const provider = new Provider();
  const key = await newKey('ES256');
  await provider.publishes(key);
  expect(await shows(provider, key)).toBe('known');
  later(FRESH_MS - 1);
  expect(await shows(provider, key)).toBe('known');
  expect(await provider.asked()).toBe(1);
  later(1);
  expect(await shows(provider, key)).toBe('known');
  expect(await provider.asked()).toBe(2);
});

it('[D18] a rotated key is found by the first token that names it, and one taken back is refused', async () => {
  const provider = new Provider();
  const [older, newer] = [await newKey('ES256'), await newKey('ES256')];
  await provider.publishes(older);
  expect(await shows(provider, older)).toBe('known');
  await provider.publishes(newer);
  later(COOLDOWN_MS);
  expect(await shows(provider, newer)).toBe('known');
  expect(await shows(provider, older)).toBe('refused');
  expect(await provider.asked()).toBe(2);
});

it('[D18] a flood of unknown keys asks once in thirty seconds', async () => {
  const provider = new Provider();
  const key = await newKey('ES256');
  await provider.publishes(key);
  expect(await shows(provider, key)).toBe('known');
  for (let minute = 1; minute <= 3; minute += 1) {
    later(COOLDOWN_MS);
    const strangers = await Promise.all(
      Array.from({ length: 100 }, (_, at) => shows(provider, { ...key, kid: `stranger-${at}` })),
    );
    expect(new Set(strangers)).toEqual(new Set(['refused']));
    expect(await provider.asked()).toBe(1 + minute);
  }
  expect(await shows(provider, key)).toBe('known');
});

it('[D18] many requests at once ask once, and each gets the answer', async () => {
  const provider = new Provider();
  const key = await newKey('ES256');
  await provider.publishes(key);
  await provider.answers({ body: JSON.stringify({ keys: [key.jwk] }), manner: 'held' });
  const token = await signedBy(key, 'alice');
  // Each object is a request of its own to the runtime: what one starts, another may not await.
  const shown = Array.from({ length: 20 }, (_, at) =>
    runInDurableObject(env.USERS.getByName(`request-${at}`), () => verifyToken(token, settingsOf(provider))),
  );
  await vi.waitUntil(async () => (await provider.asked()) > 0);
  await provider.releases();
  for (const { outcome } of await Promise.all(shown)) expect(outcome).toBe('known');
  expect(await provider.asked()).toBe(1);
});

it('[D20] a question whose request was cut off keeps nobody waiting for more than five seconds', async () => {
  const provider = new Provider();
  const key = await newKey('ES256');
  await provider.answers({ manner: 'held' });
  const token = await signedBy(key, 'alice');
  const cutOff = env.USERS.getByName('cut-off');
  const asking = runInDurableObject(cutOff, () => verifyToken(token, settingsOf(provider))).catch(
    () => 'cut off',
  );
  await vi.waitUntil(async () => (await provider.asked()) === 1);
  const waiting = verifyToken(token, settingsOf(provider));
  await runInDurableObject(cutOff, (_, state) => state.abort('hangs up')).catch(() => null);
  expect(await asking).toBe('cut off');
  await provider.publishes(key);
  later(5_000);
  expect((await waiting).outcome).toBe('known');
  expect(await provider.asked()).toBe(2);
});

it('[D20] what comes of a question too late changes nothing', async () => {
  const provider = new Provider();
  const [late, key] = [await newKey('ES256'), await newKey('ES256')];
  await provider.answers({ body: set(late), manner: 'held' });
  const keySet = new KeySet(provider.url, 60_000);
  const first = keySet.current();
  await vi.waitUntil(async () => (await provider.asked()) === 1);
  later(5_000);
  await provider.publishes(key);
  const keys = await keySet.current();
  await provider.releases();
  expect(await first).toBe(keys);
});

it('[D19] while the provider is down its keys are used on for a day, and it is asked twice a minute', async () => {
  const provider = new Provider();
  const [key, unknown] = [await newKey('ES256'), await newKey('ES256')];
  await provider.publishes(key);
  expect(await shows(provider, key)).toBe('known');
  await provider.answers({ status: 500 });
  later(FRESH_MS);
  expect(await shows(provider, key)).toBe('known');
  expect(await shows(provider, key)).toBe('known');
  expect(await provider.asked()).toBe(2);
  // Whether the provider would know this one, nobody can tell.
  expect(await shows(provider, unknown)).toBe('unavailable');
  later(COOLDOWN_MS);
  expect(await shows(provider, key)).toBe('known');
  expect(await provider.asked()).toBe(3);
  later(STALE_MS - FRESH_MS - COOLDOWN_MS - 1);
  expect(await shows(provider, key)).toBe('known');
  later(1);
  expect(await shows(provider, key)).toBe('unavailable');
  await provider.publishes(key);
  later(RETRY_MS);
  expect(await shows(provider, key)).toBe('known');
});

it('[D19] without any keys it is asked again after five seconds', async () => {
  const provider = new Provider();
  const key = await newKey('ES256');
  await provider.answers({ status: 503 });
  expect(await shows(provider, key)).toBe('unavailable');
  await provider.publishes(key);
  later(RETRY_MS - 1);
  expect(await shows(provider, key)).toBe('unavailable');
  expect(await provider.asked()).toBe(1);
  later(1);
  expect(await shows(provider, key)).toBe('known');
});

it('[D19] what a token is refused for by itself, no provider is asked about', async () => {
  const provider = new Provider();
  const key = await newKey('ES256');
  await provider.publishes(key);
  const [header, payload] = (await signedBy(key, 'alice')).split('.');
  for (const token of ['', 'a.b', `${header}.${payload}.`, `${header}.${payload}.A==`, 'x'.repeat(9_000)])
    expect((await verifyToken(token, settingsOf(provider))).outcome).toBe('refused');
});

const set = (key: ProviderKey): string => JSON.stringify({ keys: [key.jwk] });

it.each([
  ['an error', () => ({ status: 500 })],
  ['another success', (key: ProviderKey) => ({ status: 203, body: set(key) })],
  ['a redirect', () => ({ status: 302, headers: { Location: 'http://127.0.0.1:1/' } })],
  ['no JSON', () => ({ body: '<html>' })],
  ['JSON of another form', () => ({ body: '{"keys":{}}' })],
  ['a key that is no object', () => ({ body: '{"keys":[7]}' })],
  ['more than 256 KiB', (key: ProviderKey) => ({ body: set(key) + ' '.repeat(256 * 1024) })],
  ['half an answer', (key: ProviderKey) => ({ body: set(key), manner: 'cut' as const })],
])('[D19] a provider that answers with %s has not told its keys', async (_, answerOf) => {
  const provider = new Provider();
  const key = await newKey('ES256');
  await provider.answers(answerOf(key));
  expect(await shows(provider, key)).toBe('unavailable');
  expect(await provider.asked()).toBe(1);
});

it('[D19] a redirect is not followed, however good the keys at its end', async () => {
  const [provider, other] = [new Provider(), new Provider()];
  const key = await newKey('ES256');
  await other.publishes(key);
  await provider.answers({ status: 307, headers: { Location: other.url } });
  expect(await shows(provider, key)).toBe('unavailable');
  expect(await other.asked()).toBe(0);
});

it.each(['held', 'stalled'] as const)('[D19] an answer that is %s is not waited for', async (manner) => {
  const provider = new Provider();
  const key = await newKey('ES256');
  await provider.answers({ body: set(key), manner });
  expect(await new KeySet(provider.url, 50).current()).toBeNull();
});

it('[D19] a provider that nobody can reach has not told its keys', async () => {
  expect(await new KeySet('http://127.0.0.1:1/keys').current()).toBeNull();
});
