import { reset } from 'cloudflare:test';
import { env, exports } from 'cloudflare:workers';
import { afterEach, expect, it, vi } from 'vitest';
import { objectName } from '../../src/identity/object-name.ts';
import { OWN_ISSUER } from '../../src/identity/tokens.ts';
import worker from '../../src/worker/index.ts';
import { objectNamed, reportOf, sessionOf } from '../workerd/reports.ts';
import { directoryShard } from '../../src/durable-objects/directory-shard.ts';
import { ScriptedUsers, type Script } from '../workerd/scripted-users.ts';
import { TEST_SECRET, tokenFor } from '../support/tokens.ts';

const HERE = 'http://localhost';
const ALICE = objectNamed('a1', 1);

/** Everything an admin may ask, with the method it takes. */
const QUESTIONS = [
  ['GET', '/api/admin/stats'],
  ['GET', '/api/admin/sessions'],
  ['DELETE', `/api/admin/sessions/${sessionOf(ALICE)}`],
  ['GET', '/api/admin/users'],
  ['GET', '/health?deep=1'],
] as const;

afterEach(async () => {
  vi.restoreAllMocks();
  await reset();
});

function call(method: string, path: string, headers: Record<string, string> = {}): Promise<Response> {
  return exports.default.fetch(`${HERE}${path}`, { method, headers });
}

async function bearer(
  subject: string,
  claims: Record<string, unknown> = {},
): Promise<Record<string, string>> {
  return { Authorization: `Bearer ${await tokenFor(subject, { claims })}` };
}

const asRoot = () => bearer('root', { role: 'admin' });

/** The Worker asked by an admin whose own object answers as the test says. */
async function askAs(script: Script, method: string, path: string): Promise<Response> {
  const root = await objectName(TEST_SECRET, { issuer: OWN_ISSUER, subject: 'root' });
  const request = new Request(`${HERE}${path}`, { method, headers: await asRoot() });
  const report = reportOf(ALICE);
  const users = new ScriptedUsers({ [ALICE]: { live: report.live }, [root]: script });
  return worker.fetch(request, { ...env, USERS: users.namespace });
}

async function codeOf(response: Response): Promise<string> {
  expect(response.headers.get('Content-Type')).toBe('application/problem+json');
  expect(response.headers.get('Cache-Control')).toBe('no-store');
  const { code, status } = await response.json<{ code: string; status: number }>();
  expect(status).toBe(response.status);
  return code;
}

it.each(QUESTIONS)('[M14] %s %s is for administrators alone', async (method, path) => {
  const nobody = await call(method, path);
  expect(nobody.status).toBe(401);
  expect(nobody.headers.get('WWW-Authenticate')).toBe('Bearer realm="voxgate"');
  expect(await codeOf(nobody)).toBe('unauthenticated');

  const stranger = await call(method, path, { Authorization: 'Bearer nonsense' });
  expect(await codeOf(stranger)).toBe('invalid_credential');

  for (const claims of [{}, { role: 'user' }, { role: ['admin'] }, { admin: true }]) {
    const person = await call(method, path, await bearer('alice', claims));
    expect(person.status).toBe(403);
    expect(await codeOf(person)).toBe('admin_only');
  }
});

it.each(QUESTIONS)('[M14] %s %s by an admin whose credential was taken back is 401', async (method, path) => {
  const response = await askAs({ admit: { outcome: 'revoked' } }, method, path);
  expect(response.status).toBe(401);
  expect(await codeOf(response)).toBe('invalid_credential');
});

it.each(QUESTIONS)('[M14] %s %s counts as a request of the admin', async (method, path) => {
  const admit = { outcome: 'too-many-requests', retryAfterSeconds: 17 } as const;
  const response = await askAs({ admit }, method, path);
  expect(response.status).toBe(429);
  expect(response.headers.get('Retry-After')).toBe('17');
  expect(await codeOf(response)).toBe('rate_limited');
});

it.each(QUESTIONS)(
  '[M14] %s %s is 503 while the admin’s own object is out of reach',
  async (method, path) => {
    vi.spyOn(console, 'log').mockImplementation(() => {});
    const response = await askAs({ admit: 'unreachable' }, method, path);
    expect(response.status).toBe(503);
    expect(await codeOf(response)).toBe('unavailable');
  },
);

it.each([
  ['POST', '/api/admin/stats'],
  ['DELETE', '/api/admin/sessions'],
  ['GET', `/api/admin/sessions/${sessionOf(ALICE)}`],
  ['PUT', `/api/admin/sessions/${sessionOf(ALICE)}`],
  ['PATCH', '/api/admin/users'],
])('[M14] %s %s is 405', async (method, path) => {
  const response = await call(method, path, await asRoot());
  expect(response.status).toBe(405);
  expect(await codeOf(response)).toBe('method_not_allowed');
});

it('[M14] what no admin can ask is 404', async () => {
  const response = await call('GET', '/api/admin/everything', await asRoot());
  expect(response.status).toBe(404);
  expect(await codeOf(response)).toBe('not_found');
});

it('[M14] an admin’s cookie reads from anywhere, and ends a session only for a page that may', async () => {
  const headers = { ...(await asRoot()), Origin: HERE };
  const signedIn = await call('POST', '/api/session', headers);
  const Cookie = (signedIn.headers.get('Set-Cookie') ?? '').split(';')[0] ?? '';
  const report = reportOf(ALICE);
  await directoryShard(env.DIRECTORY, ALICE).report(report);
  const path = `/api/admin/sessions/${sessionOf(ALICE)}`;
  const users = new ScriptedUsers({ [ALICE]: { live: report.live } });
  const end = (origin: Record<string, string>) =>
    worker.fetch(new Request(`${HERE}${path}`, { method: 'DELETE', headers: { Cookie, ...origin } }), {
      ...env,
      USERS: users.namespace,
    });

  expect((await call('GET', '/api/admin/stats', { Cookie })).status).toBe(200);
  for (const origin of [{}, { Origin: 'https://evil.example' }]) {
    expect(await codeOf(await end(origin))).toBe('origin_not_allowed');
  }
  expect(users.ended).toEqual([]);
  expect((await end({ Origin: 'https://friend.example' })).status).toBe(204);
});

it('[M15] a deep look at health dials Azure for an admin, from the admin’s own object', async () => {
  const response = await askAs({ probe: { ok: true, ms: 41 } }, 'GET', '/health?deep=1');
  expect(response.status).toBe(200);
  expect(response.headers.get('Cache-Control')).toBe('no-store');
  expect(await response.json()).toEqual({
    status: 'healthy',
    version: '0.1.0',
    azure: { reachable: true, ms: 41 },
  });
});

it('[M15] Azure out of reach is 503 unhealthy, with the reason', async () => {
  const reason = 'Azure refused the call (401, Unauthorized).';
  const response = await askAs({ probe: { ok: false, reason } }, 'GET', '/health?deep=1');
  expect(response.status).toBe(503);
  expect(response.headers.get('Cache-Control')).toBe('no-store');
  expect(response.headers.get('Retry-After')).toBe('60');
  expect(await response.json()).toEqual({
    status: 'unhealthy',
    version: '0.1.0',
    azure: { reachable: false },
    reasons: [reason],
  });
});

it('[M15] a probe that breaks is 503 and no more', async () => {
  vi.spyOn(console, 'log').mockImplementation(() => {});
  const response = await askAs({ probe: 'unreachable' }, 'GET', '/health?deep=1');
  expect(response.status).toBe(503);
  expect(await codeOf(response)).toBe('unavailable');
});

it('[M15] health that is not asked to be deep stays open to anyone', async () => {
  for (const path of ['/health', '/health?deep=', '/health?deep=0']) {
    const response = await call('GET', path);
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ status: 'healthy', version: '0.1.0' });
  }
});

it('[M15] a Worker that is not configured says so before it asks who wants to know', async () => {
  const response = await worker.fetch(new Request(`${HERE}/health?deep=1`), { ...env, AZURE_ENDPOINT: '' });
  expect(response.status).toBe(503);
  const { status, reasons } = await response.json<{ status: string; reasons: string[] }>();
  expect(status).toBe('unhealthy');
  expect(reasons.join()).toContain('AZURE_ENDPOINT');
});
