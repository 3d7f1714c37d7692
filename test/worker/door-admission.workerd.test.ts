import { env } from 'cloudflare:workers';
import { Hono } from 'hono';
import { afterEach, expect, it, vi } from 'vitest';
import { SessionManager } from '../../src/durable-objects/session-manager.ts';
import type { Door } from '../../src/worker/door.ts';
import { withAdmin, withAdmittedUser } from '../../src/worker/middleware/identity.ts';
import { withSettings } from '../../src/worker/middleware/settings.ts';
import { tokenFor } from '../support/tokens.ts';
import { codeOf, cookieFor, cookieOf, FRIEND, HERE, knock, told, visit } from '../workerd/visitor.ts';

afterEach(() => {
  vi.restoreAllMocks();
});

async function bearer(
  subject = 'alice',
  claims: Record<string, unknown> = {},
): Promise<Record<string, string>> {
  return { Authorization: `Bearer ${await tokenFor(subject, { claims })}` };
}

it.each(['GET', 'POST', 'DELETE'])(
  '[D26] %s /api/session counts as a request of the user',
  async (method) => {
    const admit = vi.spyOn(SessionManager.prototype, 'admit');
    const headers = await bearer();
    expect((await visit('/api/session', { method, headers })).ok).toBe(true);
    expect(admit).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ subject: 'alice' }));
  },
);

it('[D26] a visitor who is nobody yet wakes no object by signing in', async () => {
  const admit = vi.spyOn(SessionManager.prototype, 'admit');
  expect((await visit('/api/session', { method: 'POST' })).status).toBe(200);
  expect(admit).not.toHaveBeenCalled();
});

it.each(['GET', 'POST'])('[D26] %s /api/session is 429 for who has asked too often', async (method) => {
  const admit = vi.spyOn(SessionManager.prototype, 'admit');
  admit.mockReturnValue({ outcome: 'too-many-requests', retryAfterSeconds: 42 });
  const response = await visit('/api/session', { method, headers: await bearer() });
  expect(response.status).toBe(429);
  expect(response.headers.get('Retry-After')).toBe('42');
  expect(await codeOf(response)).toBe('rate_limited');
});

it.each(['GET', 'POST', 'DELETE'])('[D26] %s /api/session is 401 for a token taken back', async (method) => {
  vi.spyOn(SessionManager.prototype, 'admit').mockReturnValue({ outcome: 'revoked' });
  const signOut = vi.spyOn(SessionManager.prototype, 'signOut');
  const response = await visit('/api/session', { method, headers: await bearer() });
  expect(response.status).toBe(401);
  expect(response.headers.get('WWW-Authenticate')).toContain('invalid_token');
  expect(await codeOf(response)).toBe('invalid_credential');
  expect(signOut).not.toHaveBeenCalled();
});

it('[D26] a cookie taken back tells nobody who I am, and signing in with it makes a guest', async () => {
  const Cookie = await cookieFor(await tokenFor('alice'));
  vi.spyOn(SessionManager.prototype, 'admit').mockReturnValue({ outcome: 'revoked' });
  expect(await told(await visit('/api/session', { headers: { Cookie } }))).toBe('invalid_credential');
  const init = { method: 'POST', headers: { Cookie, Origin: HERE } };
  expect(await (await visit('/api/session', init)).json()).toMatchObject({ guest: true });
  expect(await told(await visit('/api/session', init, { GUEST_ACCESS: 'false' }))).toBe('guests_not_allowed');
});

it.each([
  [401, 'invalid_credential'],
  [503, 'unavailable'],
  [500, 'unavailable'],
])('[D26] an object’s %i to a socket is told as %s', async (status, code) => {
  vi.spyOn(SessionManager.prototype, 'fetch').mockImplementation(
    () => new Response('an inner word', { status }),
  );
  const response = await knock(await bearer());
  expect(response.status).toBe(status === 401 ? 401 : 503);
  expect(response.headers.get('Content-Security-Policy')).toContain("default-src 'none'");
  expect(await codeOf(response)).toBe(code);
});

/** Objects that fail so many times with this error before they answer; `stubs` counts how often one was taken. */
function failing(times: number, marks: object) {
  const asked = { stubs: 0, questions: 0 };
  const answer = async (): Promise<unknown> => {
    asked.questions += 1;
    if (asked.questions <= times) throw Object.assign(new Error('the object was reset'), marks);
    return { outcome: 'admitted' };
  };
  const getByName = () => {
    asked.stubs += 1;
    return { admit: answer, keepTicket: answer, signOut: answer, fetch: answer };
  };
  return { asked, changes: { USERS: { getByName } } };
}

it('[D27] an object that the platform has just replaced is asked once more, by a new stub', async () => {
  const { asked, changes } = failing(1, { retryable: true });
  expect(await told(await visit('/api/session', { headers: await bearer() }, changes))).toBe(
    'let in as alice',
  );
  expect(asked).toEqual({ stubs: 2, questions: 2 });
});

it.each([
  ['that fails twice', { retryable: true }, 2],
  ['that has too much to do', { overloaded: true }, 1],
  ['that has too much to do although it may be asked again', { overloaded: true, retryable: true }, 1],
])('[D27] an object %s is 503 with Retry-After', async (_, marks, questions) => {
  const { asked, changes } = failing(Infinity, marks);
  const response = await visit('/api/session', { headers: await bearer() }, changes);
  expect(response.status).toBe(503);
  expect(Number(response.headers.get('Retry-After'))).toBeGreaterThan(0);
  expect(await codeOf(response)).toBe('unavailable');
  expect(asked.questions).toBe(questions);
});

it('[D27] a call is asked for twice by a user, and once by a ticket, which may be used up', async () => {
  const byUser = failing(Infinity, { retryable: true });
  expect(await told(await knock(await bearer(), byUser.changes))).toBe('unavailable');
  expect(byUser.asked.questions).toBe(2);
  const init = { method: 'POST', headers: await bearer() };
  const { ticket } = await (await visit('/api/tickets', init)).json<{ ticket: string }>();
  const byTicket = failing(Infinity, { retryable: true });
  const headers = { Origin: HERE, 'Sec-WebSocket-Protocol': `voxgate.ticket.${ticket}` };
  expect(await told(await knock(headers, byTicket.changes))).toBe('unavailable');
  expect(byTicket.asked.questions).toBe(1);
});

it('[D27] what an object itself throws is no passing trouble, and its words stay inside', async () => {
  vi.spyOn(SessionManager.prototype, 'admit').mockImplementation(() => {
    throw new Error('secret words');
  });
  const response = await visit('/api/session', { headers: await bearer() });
  expect(response.status).toBe(500);
  const text = await response.text();
  expect(text).toContain('"internal"');
  expect(text).not.toContain('secret words');
});

it('[D28] the operator’s routes are for administrators', async () => {
  const app = new Hono<Door>()
    .use(withSettings)
    .get('/admin', withAdmittedUser, withAdmin, (c) => c.json({ user: c.var.user.subject }));
  const visitAs = async (headers: Record<string, string>): Promise<string> =>
    told(await app.fetch(new Request(`${HERE}/admin`, { headers }), env));
  expect(await visitAs(await bearer('root', { role: 'admin' }))).toBe('let in as root');
  expect(await visitAs(await bearer('alice'))).toBe('admin_only');
  expect(await visitAs(await bearer('alice', { role: ['admin'] }))).toBe('admin_only');
  expect(await visitAs({})).toBe('unauthenticated');
  const Cookie = await cookieFor(await tokenFor('root', { claims: { role: 'admin' } }));
  expect(await visitAs({ Cookie })).toBe('let in as root');
});

it('[D29] signing out takes the cookie and what the page keeps, and the object is told which credential', async () => {
  const signOut = vi.spyOn(SessionManager.prototype, 'signOut');
  const Cookie = await cookieFor(await tokenFor('alice'));
  const response = await visit('/api/session', { method: 'DELETE', headers: { Cookie, Origin: HERE } });
  expect(response.status).toBe(204);
  expect(response.headers.get('Set-Cookie')).toMatch(
    /^voxgate=; Max-Age=0; Path=\/; HttpOnly; SameSite=Strict$/,
  );
  expect(response.headers.get('Clear-Site-Data')).toBe('"storage"');
  const credential = { kind: 'session', signedAt: expect.any(Number) };
  expect(signOut).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ subject: 'alice', credential }));
});

it('[D29] who has asked too often can still sign out', async () => {
  const admit = vi.spyOn(SessionManager.prototype, 'admit');
  admit.mockReturnValue({ outcome: 'too-many-requests', retryAfterSeconds: 42 });
  const signOut = vi.spyOn(SessionManager.prototype, 'signOut');
  const response = await visit('/api/session', { method: 'DELETE', headers: await bearer() });
  expect(response.status).toBe(204);
  expect(signOut).toHaveBeenCalledOnce();
});

it('[D29] a sign-out that did not reach the object is not told as one', async () => {
  const { changes } = failing(Infinity, { overloaded: true });
  const response = await visit('/api/session', { method: 'DELETE', headers: await bearer() }, changes);
  expect(response.headers.get('Set-Cookie')).toBeNull();
  expect(await told(response)).toBe('unavailable');
});

async function signInUntil(exp: number): Promise<Response> {
  return visit('/api/session', { method: 'POST', headers: await bearer('alice', { exp }) });
}

it('[D30] a session lasts as long as the token it was made from, and never longer than 30 days', async () => {
  const now = Math.floor(Date.now() / 1000);
  expect(await (await signInUntil(now + 600)).json()).toMatchObject({ expires_at: now + 600 });
  expect(await (await signInUntil(now + 600.5)).json()).toMatchObject({ expires_at: now + 600.5 });
  const long = await signInUntil(now + 10 * 365 * 24 * 3_600);
  const { expires_at } = await long.clone().json<{ expires_at: number }>();
  expect(Math.abs(expires_at - now - 30 * 24 * 3_600)).toBeLessThan(5);
  // Renewed by itself, it ends when it would have.
  const headers = { Cookie: cookieOf(long), Origin: HERE };
  const renewed = await visit('/api/session', { method: 'POST', headers });
  expect(await renewed.json()).toMatchObject({ user: 'alice', expires_at });
});

it.each([
  ['a foreign page', { Origin: 'https://evil.example' }, 'origin_not_allowed'],
  ['a page that hides', { Origin: 'null' }, 'origin_not_allowed'],
  ['a page of ours', { Origin: HERE }, 'a guest'],
  ['a page of a friend', { Origin: FRIEND }, 'a guest'],
  ['no page', {}, 'a guest'],
])('[D34] %s signs its visitor in as: %s', async (_, headers: Record<string, string>, verdict) => {
  const response = await visit('/api/session', { method: 'POST', headers });
  expect(response.headers.has('Set-Cookie')).toBe(verdict === 'a guest');
  expect(response.status === 200 ? 'a guest' : await codeOf(response)).toBe(verdict);
});
