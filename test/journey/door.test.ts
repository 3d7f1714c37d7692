/** The door on real ports: an identity provider, tickets and floods as they come over a network. */
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey } from 'jose';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Gateway, GATEWAY_SECRET, startGateway } from '../support/gateway.ts';
import { type KeyServer, startKeyServer } from '../support/key-server.ts';
import { connect, refusal } from '../support/realtime-client.ts';
import { tokenFor } from '../support/tokens.ts';

const FRIEND = 'https://friend.example';

let provider: KeyServer;
let gateway: Gateway;
let key: CryptoKey;

beforeAll(async () => {
  provider = await startKeyServer();
  key = await publishes('first');
  gateway = await startGateway({
    vars: { AUTH_JWKS_URL: `${provider.url}/set`, ALLOWED_ORIGINS: FRIEND },
  });
});

afterAll(async () => {
  await gateway.close();
  await provider.close();
});

/** From now on the provider's set holds one new key of this name. */
async function publishes(kid: string): Promise<CryptoKey> {
  const { publicKey, privateKey } = await generateKeyPair('RS256');
  const jwk = { ...(await exportJWK(publicKey)), kid, alg: 'RS256', use: 'sig' };
  await fetch(`${provider.url}/set`, {
    method: 'PUT',
    body: JSON.stringify({ body: JSON.stringify({ keys: [jwk] }) }),
  });
  return privateKey;
}

async function token(user: string, kid = 'first'): Promise<string> {
  return new SignJWT({ sub: user })
    .setProtectedHeader({ alg: 'RS256', kid })
    .setExpirationTime('1h')
    .sign(key);
}

async function session(bearer: string, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(`${gateway.url}/api/session`, { headers: { Authorization: `Bearer ${bearer}`, ...headers } });
}

async function asked(): Promise<number> {
  return Number(await (await fetch(`${provider.url}/set/asked`)).text());
}

test('[D14] a provider’s token holds a call, and one under our secret does not', async () => {
  const headers = { Authorization: `Bearer ${await token('alice')}` };
  const alice = await connect(`${gateway.url}/ws/voice`, { headers, subprotocols: ['realtime'] });
  await alice.until('session.created');
  await alice.close();
  const ours = { Authorization: `Bearer ${await tokenFor('mallory', { secret: GATEWAY_SECRET })}` };
  expect(await refusal(`${gateway.url}/ws/voice`, { headers: ours })).toMatchObject({
    status: 401,
    body: { code: 'invalid_credential' },
  });
});

test('[D18] hundreds of tokens of unknown keys at once do not become hundreds of questions', async () => {
  expect((await session(await token('alice'))).status).toBe(200);
  const before = await asked();
  const strangers = await Promise.all(
    Array.from(
      { length: 300 },
      async (_, at) => (await session(await token('alice', `stranger-${at}`))).status,
    ),
  );
  expect(new Set(strangers)).toEqual(new Set([401]));
  expect((await asked()) - before).toBeLessThanOrEqual(1);
  expect((await session(await token('alice'))).status).toBe(200);
});

test('[D23][D25] a page of a friend takes a token for a ticket, and the ticket for a socket', async () => {
  const headers = { Authorization: `Bearer ${await token('alice')}`, Origin: FRIEND };
  const answer = await fetch(`${gateway.url}/api/tickets`, { method: 'POST', headers });
  expect(answer.headers.get('Access-Control-Allow-Origin')).toBe(FRIEND);
  const { ticket } = (await answer.json()) as { ticket: string };
  const subprotocols = ['voxgate.v1', `voxgate.ticket.${ticket}`];
  const elsewhere = { headers: { Origin: 'https://evil.example' }, subprotocols };
  expect(await refusal(`${gateway.url}/ws/voice`, elsewhere)).toMatchObject({ status: 403 });
  const page = await connect(`${gateway.url}/ws/voice`, { headers: { Origin: FRIEND }, subprotocols });
  expect(page.socket.protocol).toBe('voxgate.v1');
  await page.until('gateway.session');
  await page.close();
  expect(gateway.log.join('\n')).not.toContain(ticket);
});

/** Knocks fifty times at once, again and again, until somebody is turned away or it has been so many times. */
async function knocks(most: number, headers: Record<string, string>): Promise<ReadonlySet<number>> {
  const statuses = new Set<number>();
  for (let times = 0; times < most && !statuses.has(429); times += 50) {
    const batch = Array.from({ length: 50 }, async () => {
      const answer = await fetch(`${gateway.url}/api/nothing`, { headers });
      await answer.body?.cancel();
      statuses.add(answer.status);
    });
    await Promise.all(batch);
  }
  return statuses;
}

test('[D32] this machine may knock as often as it likes, an address of the network may not', async () => {
  expect(await knocks(1_050, {})).toEqual(new Set([404]));
  // Twice the limit: the counter's window may end on the way.
  expect(await knocks(2_050, { 'CF-Connecting-IP': '203.0.113.7' })).toEqual(new Set([404, 429]));
  expect((await session(await token('alice'))).status).toBe(200);
});
