import { listDurableObjectIds } from 'cloudflare:test';
import { env, exports } from 'cloudflare:workers';
import { base64url } from 'jose';
import { expect, it } from 'vitest';
import worker from '../../src/worker/index.ts';
import { objectName } from '../../src/identity/object-name.ts';
import { TEST_SECRET, tokenFor } from '../support/tokens.ts';

const HERE = 'http://localhost';

function call(path: string, init: RequestInit = {}): Promise<Response> {
  return exports.default.fetch(`${HERE}${path}`, init);
}

function knock(headers: Record<string, string>, path = '/ws/voice'): Promise<Response> {
  return call(path, { headers: { Upgrade: 'websocket', ...headers } });
}

async function codeOf(response: Response): Promise<string> {
  expect(response.headers.get('Content-Type')).toBe('application/problem+json');
  const body = await response.json<{ code: string; status: number }>();
  expect(body.status).toBe(response.status);
  return body.code;
}

async function guestCookie(): Promise<string> {
  const response = await call('/api/session', { method: 'POST' });
  return (response.headers.get('Set-Cookie') ?? '').split(';')[0] ?? '';
}

function hangUp(response: Response): void {
  response.webSocket?.accept();
  response.webSocket?.close(1000);
}

it('[D1] a guest is signed in by a cookie that no script can read and no other site can send', async () => {
  const response = await call('/api/session', { method: 'POST' });
  expect(response.status).toBe(200);
  const cookie = response.headers.get('Set-Cookie') ?? '';
  expect(cookie).toMatch(/^voxgate=.+; Path=\/; HttpOnly; SameSite=Strict$/);
  const body = await response.json<Record<string, unknown>>();
  expect(body).toMatchObject({ guest: true, role: 'user', limits: { connections: 3 } });
  expect(body['expires_at']).toBeGreaterThan(Date.now() / 1000);
});

it('[D1] over TLS the cookie is pinned to this host', async () => {
  const response = await exports.default.fetch('https://voxgate.example/api/session', { method: 'POST' });
  expect(response.headers.get('Set-Cookie')).toMatch(
    /^__Host-voxgate=.+Path=\/; HttpOnly; Secure; SameSite=Strict$/,
  );
});

it('[D1] the same guest is known again by the cookie', async () => {
  const Cookie = await guestCookie();
  const first = await call('/api/session', { headers: { Cookie } });
  const again = await call('/api/session', { method: 'POST', headers: { Cookie, Origin: HERE } });
  expect(first.status).toBe(200);
  const { user } = await first.json<{ user: string }>();
  expect(await again.json()).toMatchObject({ user });
});

it('[D1] a guest whose cookie has run out is let in as a new one', async () => {
  const headers = { Cookie: 'voxgate=a.b.c', Origin: HERE };
  const response = await call('/api/session', { method: 'POST', headers });
  expect(response.status).toBe(200);
});

it('[D2] a socket without a credential is answered 401 and wakes no object', async () => {
  const before = await listDurableObjectIds(env.USERS);
  const response = await knock({});
  expect(response.status).toBe(401);
  expect(response.headers.get('WWW-Authenticate')).toBe('Bearer realm="voxgate"');
  expect(await codeOf(response)).toBe('unauthenticated');
  expect(await listDurableObjectIds(env.USERS)).toHaveLength(before.length);
});

it('[D3] a bad token is refused although a good cookie stands beside it', async () => {
  const Cookie = await guestCookie();
  const response = await call('/api/session', { headers: { Cookie, Authorization: 'Bearer nonsense' } });
  expect(await codeOf(response)).toBe('invalid_credential');
});

it('[D3] a bearer header of another form is a bad credential, not a missing one', async () => {
  const Cookie = await guestCookie();
  const response = await call('/api/session', { headers: { Cookie, Authorization: 'Basic YTpi' } });
  expect(await codeOf(response)).toBe('invalid_credential');
});

it.each([
  ['an api-key', '', { 'api-key': 'bad' }, 'invalid_credential'],
  [
    'a key subprotocol',
    '',
    { 'Sec-WebSocket-Protocol': 'openai-insecure-api-key.bad' },
    'invalid_credential',
  ],
  ['a token in the address', '?token=bad', {}, 'credential_in_url'],
])(
  '[D3] signing in with %s that is bad is refused, and no guest is made of it',
  async (_, query, headers, code) => {
    const response = await call(`/api/session${query}`, { method: 'POST', headers: { ...headers } });
    expect(response.status).toBe(401);
    expect(response.headers.get('Set-Cookie')).toBeNull();
    expect(await codeOf(response)).toBe(code);
  },
);

it('[D9] a method that an address does not take is 405', async () => {
  const response = await call('/api/session', { method: 'PUT' });
  expect(await codeOf(response)).toBe('method_not_allowed');
});

it.each(['token', 'access_token', 'api-key', 'ticket'])(
  '[D4] a credential in the address as %s is refused',
  async (name) => {
    const token = await tokenFor('alice');
    const response = await knock({ Authorization: `Bearer ${token}` }, `/ws/voice?${name}=${token}`);
    expect(response.status).toBe(401);
    expect(await codeOf(response)).toBe('credential_in_url');
  },
);

const now = Math.floor(Date.now() / 1000);
const unsigned = `${base64url.encode('{"alg":"none"}')}.${base64url.encode(`{"sub":"alice","exp":${now + 60}}`)}.`;

const badTokens: Record<string, () => Promise<string>> = {
  'signed with another secret': () =>
    tokenFor('alice', { secret: 'another secret, also long enough for it' }),
  'signed with HS512': () => tokenFor('alice', { header: { alg: 'HS512' } }),
  unsigned: async () => unsigned,
  'unsigned, with a signature all the same': async () => `${unsigned}AAAA`,
  'without exp': () => tokenFor('alice', { claims: { exp: undefined } }),
  'with exp as text': () => tokenFor('alice', { claims: { exp: `${now + 60}` } }),
  expired: () => tokenFor('alice', { claims: { exp: now - 60 } }),
  'not yet good': () => tokenFor('alice', { claims: { nbf: now + 600 } }),
  'without sub': () => tokenFor('alice', { claims: { sub: undefined } }),
  'with an empty sub': () => tokenFor(''),
  'with a number for sub': () => tokenFor('alice', { claims: { sub: 7 } }),
  'of a foreign type': () => tokenFor('alice', { header: { typ: 'logout+jwt' } }),
  'of the type of our cookies': () => tokenFor('alice', { header: { typ: 'voxgate-session+jwt' } }),
  'with crit': () => tokenFor('alice', { header: { crit: ['b64'], b64: true } }),
  'with padding behind it': async () => `${await tokenFor('alice')}=`,
  'longer than 8 KiB': () => tokenFor('alice', { claims: { note: 'x'.repeat(8_192) } }),
  'that is our cookie': async () => (await guestCookie()).slice('voxgate='.length),
};

it.each(Object.entries(badTokens))('[D5] a token %s is refused', async (_, make) => {
  const response = await call('/api/session', { headers: { Authorization: `Bearer ${await make()}` } });
  expect(response.status).toBe(401);
  expect(response.headers.get('WWW-Authenticate')).toContain('invalid_token');
  expect(await codeOf(response)).toBe('invalid_credential');
});

it.each([undefined, 'JWT', 'at+jwt'])('[D5] a good token of type %s is taken', async (typ) => {
  const token = await tokenFor('alice', { header: typ === undefined ? {} : { typ } });
  const response = await call('/api/session', { headers: { Authorization: `Bearer ${token}` } });
  expect(await response.json()).toMatchObject({ user: 'alice', guest: false });
});

it('[D5] a token is good as bearer, as api-key and as the SDKs’ key subprotocol', async () => {
  const token = await tokenFor('alice');
  const ways = [
    { Authorization: `Bearer ${token}` },
    { 'api-key': token },
    { 'Sec-WebSocket-Protocol': `realtime, openai-insecure-api-key.${token}` },
  ];
  for (const way of ways) {
    const response = await knock({ ...way });
    expect(response.status).toBe(101);
    expect(response.headers.get('Sec-WebSocket-Protocol') ?? '').not.toContain(token);
    hangUp(response);
  }
});

it.each([
  ['a foreign page', { Origin: 'https://evil.example' }],
  ['a page that hides', {}],
  ['our name on another port', { Origin: 'http://localhost:1234' }],
])('[D6] a cookie opens no socket for %s', async (_, headers: Record<string, string>) => {
  const Cookie = await guestCookie();
  const response = await knock({ Cookie, ...headers });
  expect(response.status).toBe(403);
  expect(await codeOf(response)).toBe('origin_not_allowed');
});

it.each([HERE, 'https://friend.example'])('[D6] a cookie opens a socket for a page of %s', async (Origin) => {
  const response = await knock({ Cookie: await guestCookie(), Origin });
  expect(response.status).toBe(101);
  hangUp(response);
});

it('[D6] a cookie changes nothing for a foreign page, and still tells who I am', async () => {
  const headers = { Cookie: await guestCookie(), Origin: 'https://evil.example' };
  expect((await call('/api/session', { method: 'DELETE', headers })).status).toBe(403);
  expect((await call('/api/session', { headers })).status).toBe(200);
});

it.each(['/ws/voice', '/ws', '/ws?mode=voice'])('[D7] a plain GET of %s is told to upgrade', async (path) => {
  const response = await call(path);
  expect(response.status).toBe(426);
  expect(response.headers.get('Upgrade')).toBe('websocket');
  expect(await codeOf(response)).toBe('upgrade_required');
});

it('[D8] an object is named by an HMAC that keeps issuers and subjects apart', async () => {
  const name = await objectName(TEST_SECRET, { issuer: 'a', subject: 'alice' });
  expect(name).toMatch(/^[0-9a-f]{64}$/);
  expect(await objectName(TEST_SECRET, { issuer: 'a', subject: 'alice' })).toBe(name);
  expect(await objectName(TEST_SECRET, { issuer: 'a","alice', subject: '' })).not.toBe(name);
  expect(await objectName(TEST_SECRET, { issuer: 'b', subject: 'alice' })).not.toBe(name);
  expect(
    await objectName('another secret, also long enough for it', { issuer: 'a', subject: 'alice' }),
  ).not.toBe(name);
});

it('[D9] what does not exist is a problem document like every other refusal', async () => {
  const response = await call('/api/nothing');
  expect(response.status).toBe(404);
  expect(await codeOf(response)).toBe('not_found');
});

it('[D10] an unconfigured Worker tells the visitor so and the operator which variables, never a value', async () => {
  const secret = 'too short';
  const bare = {
    USERS: env.USERS,
    DIRECTORY: env.DIRECTORY,
    AUTH_SECRET: secret,
    AZURE_ENDPOINT: 'http://far.example',
    GUEST_ACCESS: 'maybe',
  };
  const visitor = await worker.fetch(new Request(`${HERE}/api/session`, { method: 'POST' }), bare);
  expect(visitor.status).toBe(503);
  expect(visitor.headers.get('Retry-After')).not.toBeNull();
  expect(await codeOf(visitor)).toBe('not_configured');

  const health = await worker.fetch(new Request(`${HERE}/health`), bare);
  expect(health.status).toBe(503);
  const text = await health.text();
  expect(text).toContain('"status":"unhealthy"');
  for (const variable of ['AUTH_SECRET', 'AZURE_ENDPOINT', 'AZURE_API_KEY', 'GUEST_ACCESS'])
    expect(text).toContain(variable);
  for (const value of [secret, 'far.example', 'maybe']) expect(text).not.toContain(value);
});

it('[D10] a configured Worker is healthy', async () => {
  const response = await call('/health');
  expect(response.status).toBe(200);
  expect(await response.json()).toMatchObject({ status: 'healthy', version: '0.1.0' });
});

it('[D11] every answer carries the security headers', async () => {
  for (const path of ['/health', '/api/session', '/api/nothing', '/ws/voice']) {
    const { headers } = await call(path);
    expect(headers.get('Content-Security-Policy')).toContain("default-src 'none'");
    expect(headers.get('X-Content-Type-Options')).toBe('nosniff');
    expect(headers.get('Strict-Transport-Security')).toContain('max-age=31536000');
    expect(headers.get('Referrer-Policy')).toBe('no-referrer');
  }
});

it('[D12] where guests are not let in, a visitor without a token is told so', async () => {
  const response = await worker.fetch(new Request(`${HERE}/api/session`, { method: 'POST' }), {
    ...env,
    GUEST_ACCESS: 'false',
  });
  expect(response.status).toBe(401);
  expect(await codeOf(response)).toBe('guests_not_allowed');
});

it('[D13] signing out ends my calls with 4401 and takes the cookie back', async () => {
  const Cookie = await guestCookie();
  const { webSocket } = await knock({ Cookie, Origin: HERE, 'Sec-WebSocket-Protocol': 'voxgate.v1' });
  if (!webSocket) throw new Error('no socket');
  const closed = new Promise<number>((resolve) =>
    webSocket.addEventListener('close', ({ code }) => resolve(code)),
  );
  webSocket.accept();
  const response = await call('/api/session', { method: 'DELETE', headers: { Cookie, Origin: HERE } });
  expect(response.status).toBe(204);
  expect(response.headers.get('Set-Cookie')).toContain('Max-Age=0');
  expect(await closed).toBe(4401);
});
