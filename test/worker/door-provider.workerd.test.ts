import { listDurableObjectIds } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { beforeAll, expect, it } from 'vitest';
import { readIdentitySettings } from '../../src/identity/settings.ts';
import { tokenFor } from '../support/tokens.ts';
import { claims, compose, hmacWith } from '../workerd/forgeries/parts.ts';
import { newKey, Provider, signedBy, type ProviderKey } from '../workerd/provider.ts';
import { codeOf, cookieFor, FRIEND, HERE, knock, told, visit, type Changes } from '../workerd/visitor.ts';

const provider = new Provider();
const byProvider: Changes = { AUTH_JWKS_URL: provider.url };
let key: ProviderKey;

beforeAll(async () => {
  key = await newKey('RS256');
  await provider.publishes(key);
});

function session(token: string, changes: Changes = byProvider): Promise<Response> {
  return visit('/api/session', { headers: { Authorization: `Bearer ${token}` } }, changes);
}

it.each(['RS256', 'RS384', 'RS512', 'ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'])(
  '[D14] a token of a provider whose key is for %s is taken, on every way a token goes',
  async (alg) => {
    const [own, ownKey] = [new Provider(), await newKey(alg)];
    await own.publishes(await newKey('ES256'), ownKey);
    const changes = { AUTH_JWKS_URL: own.url };
    const token = await signedBy(ownKey, 'alice');
    expect(await told(await session(token, changes))).toBe('let in as alice');
    expect(await told(await knock({ 'api-key': token }, changes))).toBe('let in');
    const offered = `realtime, openai-insecure-api-key.${token}`;
    expect(await told(await knock({ 'Sec-WebSocket-Protocol': offered }, changes))).toBe('let in');
  },
);

it('[D14] what a provider says of a user counts as what we say', async () => {
  const claimed = { role: 'admin', voxgate: { connections: 1 }, iss: 'https://issuer.example' };
  const response = await session(await signedBy(key, 'alice', { claims: claimed }));
  expect(await response.json()).toMatchObject({ user: 'alice', role: 'admin', limits: { connections: 1 } });
});

it('[D14] a token without a key’s name is tried with every key that fits, and no more than eight', async () => {
  const own = new Provider();
  const others = await Promise.all(Array.from({ length: 7 }, () => newKey('ES256')));
  const mine = await newKey('ES256');
  const token = await signedBy(mine, 'alice', { header: { kid: undefined } });
  await own.publishes(...others, mine);
  expect(await told(await session(token, { AUTH_JWKS_URL: own.url }))).toBe('let in as alice');
  const crowded = new Provider();
  await crowded.publishes(...others, await newKey('ES256'), mine);
  expect(await told(await session(token, { AUTH_JWKS_URL: crowded.url }))).toBe('invalid_credential');
});

const now = Math.floor(Date.now() / 1000);
const strict: Changes = { AUTH_ISSUER: 'https://issuer.example', AUTH_AUDIENCE: 'voxgate' };
const named = { iss: 'https://issuer.example', aud: 'voxgate' };

it.each<[string, Record<string, unknown>, string]>([
  ['of the right issuer and audience', {}, 'let in as alice'],
  ['for several audiences, us among them', { aud: ['other', 'voxgate'] }, 'let in as alice'],
  ['of another issuer', { iss: 'https://other.example' }, 'invalid_credential'],
  ['of no issuer', { iss: undefined }, 'invalid_credential'],
  ['of an issuer in a list', { iss: ['https://issuer.example'] }, 'invalid_credential'],
  ['for another audience', { aud: 'other' }, 'invalid_credential'],
  ['for no audience', { aud: undefined }, 'invalid_credential'],
  ['for an empty list of audiences', { aud: [] }, 'invalid_credential'],
  ['that was good from a while ago', { nbf: now - 60 }, 'let in as alice'],
  ['that is good within the tolerance of clocks', { nbf: now + 3, iat: now + 3 }, 'let in as alice'],
  ['that is not yet good', { nbf: now + 60 }, 'invalid_credential'],
  ['that is good from a text', { nbf: `${now}` }, 'invalid_credential'],
  ['of the future', { iat: now + 60 }, 'invalid_credential'],
  ['issued at a text', { iat: `${now}` }, 'invalid_credential'],
  ['issued at null', { iat: null }, 'invalid_credential'],
  ['without the time of issue', { iat: undefined }, 'let in as alice'],
  ['that ends at null', { exp: null }, 'invalid_credential'],
  ['with a malformed voxgate claim', { voxgate: { connections: 'many' } }, 'invalid_credential'],
])('[D15] a token %s is judged so under a secret and under a key', async (_, changed, verdict) => {
  const claimed = { ...named, ...changed };
  const bySecret = await tokenFor('alice', { claims: claimed });
  expect(await told(await session(bySecret, strict))).toBe(verdict);
  const byKey = await signedBy(key, 'alice', { claims: claimed });
  expect(await told(await session(byKey, { ...strict, ...byProvider }))).toBe(verdict);
});

it('[D15] a token that never ends, or whose issuer is no text, is refused', async () => {
  const sign = hmacWith(env.AUTH_SECRET);
  const { exp: _exp, ...rest } = claims();
  const endless = JSON.stringify(rest).replace('}', ',"exp":1e999}');
  expect(await told(await session(await compose({ alg: 'HS256' }, endless, sign), {}))).toBe(
    'invalid_credential',
  );
  const nameless = { ...claims(), iss: 7 };
  expect(await told(await session(await compose({ alg: 'HS256' }, nameless, sign), {}))).toBe(
    'invalid_credential',
  );
});

it.each([
  'http://provider.example/keys',
  'provider.example/keys',
  'ftp://provider.example/keys',
  'https://user:pass@provider.example/keys',
  'data:application/json,{}',
  'http://127.0.0.1.provider.example/keys',
])('[D16] %s is not where keys come from, and the complaint does not repeat it', async (AUTH_JWKS_URL) => {
  const read = readIdentitySettings({ ...env, AUTH_JWKS_URL });
  if (read.ok) throw new Error('was taken');
  expect(read.problems).toHaveLength(1);
  expect(read.problems[0]).toMatch(/^AUTH_JWKS_URL: must be/);
  expect(read.problems[0]).not.toContain(AUTH_JWKS_URL);
  expect(await codeOf(await visit('/api/session', {}, { AUTH_JWKS_URL }))).toBe('not_configured');
});

it.each(['https://t.cloudflareaccess.com/cdn-cgi/access/certs', 'http://localhost:1/k', 'http://[::1]:1/k'])(
  '[D16] %s may be',
  (AUTH_JWKS_URL) => {
    expect(readIdentitySettings({ ...env, AUTH_JWKS_URL })).toMatchObject({
      value: { keySetUrl: AUTH_JWKS_URL },
    });
  },
);

it('[D17] a key set’s keys that are private, secret, short, broken or for something else sign nothing', async () => {
  const own = new Provider();
  const [good, leaked, forEncryption] = [await newKey('ES256'), await newKey('ES256'), await newKey('ES256')];
  const secret = crypto.getRandomValues(new Uint8Array(32));
  const short = await shortKey();
  await own.answers({
    body: JSON.stringify({
      keys: [
        { ...leaked.jwk, d: 'AAAA' },
        {
          kty: 'oct',
          kid: 'oct',
          alg: 'HS256',
          k: secret.toBase64({ alphabet: 'base64url', omitPadding: true }),
        },
        short.jwk,
        { ...good.jwk, kid: 'broken', x: 'AAAA' },
        { ...good.jwk, kid: 'other curve', crv: 'P-384' },
        { kty: 'EC', kid: 'half', crv: 'P-256', x: good.jwk.x },
        { kty: 'RSA', kid: 'no number', n: '', e: '' },
        { ...forEncryption.jwk, use: 'enc' },
        { kty: 'AKP', alg: 'ML-DSA-44', pub: 'AAAA' },
        {},
        { ...good.jwk, x5c: ['no certificate'], x5u: 'http://127.0.0.1:1/', n: 1 },
      ],
    }),
  });
  const changes = { AUTH_JWKS_URL: own.url };
  expect(await told(await session(await signedBy(good, 'alice'), changes))).toBe('let in as alice');
  const refused = [
    await signedBy(leaked, 'mallory'),
    await signedBy(forEncryption, 'mallory'),
    await compose({ alg: 'HS256', kid: 'oct' }, claims(), hmacWith(secret)),
    await compose({ alg: 'RS256', kid: 'short' }, claims(), short.sign),
    ...(await Promise.all(
      ['broken', 'other curve', 'half', 'no number'].map((kid) =>
        signedBy(good, 'mallory', { header: { kid } }),
      ),
    )),
  ];
  for (const token of refused) expect(await told(await session(token, changes))).toBe('invalid_credential');
});

async function shortKey() {
  const algorithm = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' };
  const exponent = Uint8Array.of(1, 0, 1);
  const made = await crypto.subtle.generateKey(
    { ...algorithm, modulusLength: 1024, publicExponent: exponent },
    true,
    ['sign', 'verify'],
  );
  const { publicKey, privateKey } = made as CryptoKeyPair;
  return {
    jwk: { ...((await crypto.subtle.exportKey('jwk', publicKey)) as JsonWebKey), kid: 'short' },
    sign: async (input: Uint8Array) => new Uint8Array(await crypto.subtle.sign(algorithm, privateKey, input)),
  };
}

it('[D19] a provider that is down and was never up is 503 with Retry-After, and no object wakes', async () => {
  const down = new Provider();
  const changes = { AUTH_JWKS_URL: down.url };
  const token = await signedBy(key, 'alice');
  const before = await listDurableObjectIds(env.USERS);
  for (const response of [await session(token, changes), await knock({ 'api-key': token }, changes)]) {
    expect(response.status).toBe(503);
    expect(Number(response.headers.get('Retry-After'))).toBeGreaterThan(0);
    expect(await codeOf(response)).toBe('unavailable');
  }
  expect(await down.asked()).toBe(1);
  expect(await listDurableObjectIds(env.USERS)).toHaveLength(before.length);
});

it('[D19] a provider that is down keeps nobody out who has our cookie, or needs none', async () => {
  const Cookie = await cookieFor(await signedBy(key, 'alice'), byProvider);
  const changes = { AUTH_JWKS_URL: new Provider().url };
  expect(await told(await knock({ Cookie, Origin: HERE }, changes))).toBe('let in');
  expect((await visit('/api/session', { method: 'POST' }, changes)).status).toBe(200);
});

it('[D22] what Access vouches for is a token like any other', async () => {
  const assertion = await signedBy(key, 'alice', { header: { typ: 'JWT' } });
  const headers = { 'Cf-Access-Jwt-Assertion': assertion };
  expect(await told(await visit('/api/session', { headers }, byProvider))).toBe('let in as alice');
  expect(await told(await knock(headers, byProvider))).toBe('let in');
  const forged = { 'Cf-Access-Jwt-Assertion': await tokenFor('mallory') };
  expect(await told(await visit('/api/session', { headers: forged }, byProvider))).toBe('invalid_credential');
  expect(await told(await knock(headers))).toBe('invalid_credential');
});

it.each([
  [undefined, 'let in'],
  [HERE, 'let in'],
  [FRIEND, 'let in'],
  ['https://evil.example', 'origin_not_allowed'],
  ['null', 'origin_not_allowed'],
])(
  '[D22] with Access a socket for a page of %s is %s: the browser adds it by itself',
  async (origin, verdict) => {
    const assertion = await signedBy(key, 'alice');
    const headers = {
      'Cf-Access-Jwt-Assertion': assertion,
      ...(origin === undefined ? {} : { Origin: origin }),
    };
    expect(await told(await knock(headers, byProvider))).toBe(verdict);
    const changing = await visit('/api/tickets', { method: 'POST', headers }, byProvider);
    expect(changing.status).toBe(verdict === 'let in' ? 200 : 403);
    expect((await visit('/api/session', { headers }, byProvider)).status).toBe(200);
  },
);

it('[D21] the first credential present counts, in one order', async () => {
  const Cookie = await cookieFor(await signedBy(key, 'cookie'), byProvider);
  const ways: [string, string, string][] = [
    ['Authorization', `Bearer ${await signedBy(key, 'bearer')}`, 'bearer'],
    ['api-key', await signedBy(key, 'api-key'), 'api-key'],
    [
      'Sec-WebSocket-Protocol',
      `openai-insecure-api-key.${await signedBy(key, 'subprotocol')}`,
      'subprotocol',
    ],
    ['Cf-Access-Jwt-Assertion', await signedBy(key, 'access'), 'access'],
    ['Cookie', Cookie, 'cookie'],
  ];
  for (let first = 0; first < ways.length; first += 1) {
    const carried = ways.slice(first).map(([header, value]) => [header, value]);
    const headers = Object.fromEntries(carried);
    const response = await visit('/api/session', { headers }, byProvider);
    expect(await told(response)).toBe(`let in as ${ways[first]?.[2]}`);
    const bad = {
      ...headers,
      [ways[first]?.[0] ?? '']: first === 4 ? 'voxgate=bad' : 'openai-insecure-api-key.bad',
    };
    const refused = await visit('/api/session', { headers: bad }, byProvider);
    expect(await told(refused)).toBe('invalid_credential');
  }
});

it('[D21] a ticket counts after a key and before Access and the cookie', async () => {
  const token = await signedBy(key, 'alice');
  const bad = 'realtime, voxgate.ticket.bad';
  const Cookie = await cookieFor(token, byProvider);
  const behind = { Cookie, 'Cf-Access-Jwt-Assertion': token, Origin: HERE, 'Sec-WebSocket-Protocol': bad };
  expect(await told(await knock(behind, byProvider))).toBe('invalid_credential');
  const before = { 'Sec-WebSocket-Protocol': `${bad}, openai-insecure-api-key.${token}` };
  expect(await told(await knock(before, byProvider))).toBe('let in');
});
