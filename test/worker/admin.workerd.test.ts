import { reset } from 'cloudflare:test';
import { env, exports } from 'cloudflare:workers';
import { afterEach, expect, it, vi } from 'vitest';
import type { UserReport } from '../../src/durable-objects/user-report.ts';
import { directoryShard } from '../../src/durable-objects/directory-shard.ts';
import { objectName } from '../../src/identity/object-name.ts';
import { OWN_ISSUER } from '../../src/identity/tokens.ts';
import worker from '../../src/worker/index.ts';
import { dayNow, objectNamed, reportOf, sessionNow, sessionOf } from '../workerd/reports.ts';
import { ScriptedUsers, type Script } from '../workerd/scripted-users.ts';
import { TEST_SECRET, tokenFor } from '../support/tokens.ts';

const HERE = 'http://localhost';

afterEach(async () => {
  vi.useRealTimers();
  vi.restoreAllMocks();
  await reset();
});

function adminToken(): Promise<string> {
  return tokenFor('root', { claims: { role: 'admin' } });
}

/** The Worker as it is, with objects of users that answer as the test says. */
async function ask(path: string, users = new ScriptedUsers(), method = 'GET'): Promise<Response> {
  const headers = { Authorization: `Bearer ${await adminToken()}` };
  const request = new Request(`${HERE}${path}`, { method, headers });
  return worker.fetch(request, { ...env, USERS: users.namespace });
}

async function tell(...reports: readonly UserReport[]): Promise<void> {
  for (const report of reports) await directoryShard(env.DIRECTORY, report.object).report(report);
}

async function codeOf(response: Response): Promise<string> {
  expect(response.headers.get('Content-Type')).toBe('application/problem+json');
  expect(response.headers.get('Cache-Control')).toBe('no-store');
  const { code } = await response.json<{ code: string }>();
  return code;
}

/** People all over the shards, each with one call, and their objects' answers. */
function people(count: number): { reports: UserReport[]; scripts: Record<string, Script> } {
  const reports = Array.from({ length: count }, (_, index) =>
    reportOf(objectNamed((index % 256).toString(16).padStart(2, '0'), index)),
  );
  const scripts = Object.fromEntries(reports.map(({ object, live }) => [object, { live }]));
  return { reports, scripts };
}

const PATHS = ['/api/admin/stats', '/api/admin/sessions', '/api/admin/users'] as const;

it('[M9] stats tell what is open now, what ever was, and what today cost, over all shards', async () => {
  const [alice, bob, carol] = [objectNamed('00', 1), objectNamed('7f', 2), objectNamed('ff', 3)];
  await tell(
    reportOf(alice, {
      live: [sessionNow(sessionOf(alice)), sessionNow(sessionOf(alice, 1), { mode: 'text' })],
      sessionsOpened: 5,
      today: dayNow({ tokens: 100, usd: 0.1, voiceSeconds: 90 }),
    }),
    reportOf(bob, { sessionsOpened: 2, today: dayNow({ tokens: 11, usd: 0.2 }) }),
    reportOf(carol, { live: [], sessionsOpened: 1 }),
  );
  const response = await ask('/api/admin/stats');
  expect(response.status).toBe(200);
  expect(response.headers.get('Cache-Control')).toBe('no-store');
  expect(await response.json()).toEqual({
    total_sessions: 3,
    unique_users: 2,
    sessions_by_mode: { voice: 2, text: 1 },
    all_time: { sessions: 8, users: 3 },
    today: { tokens: 111, usd: 0.3, voice_minutes: 1.5 },
  });
});

it('[M9] before anybody came, all is nothing', async () => {
  expect(await (await ask('/api/admin/stats')).json()).toEqual({
    total_sessions: 0,
    unique_users: 0,
    sessions_by_mode: { voice: 0, text: 0 },
    all_time: { sessions: 0, users: 0 },
    today: { tokens: 0, usd: 0, voice_minutes: 0 },
  });
  expect(await (await ask('/api/admin/sessions')).json()).toEqual({ sessions: [], next: null });
  expect(await (await ask('/api/admin/users')).json()).toEqual({ users: [], next: null });
});

it('[M10] sessions are told as their users’ objects have them now', async () => {
  vi.useFakeTimers({ toFake: ['Date'] });
  const alice = objectNamed('a1', 1);
  const reported = sessionNow(sessionOf(alice));
  await tell(reportOf(alice, { subject: 'alice', live: [reported] }));
  const now = Date.now();
  const fresh = {
    ...reported,
    createdAt: now - 61_500,
    lastActivityAt: now - 1_000,
    messageCount: 9,
    bytesUp: 7,
    bytesDown: 8,
    tokens: 60,
    usd: 0.1 + 0.2,
  };
  const users = new ScriptedUsers({ [alice]: { live: [fresh] } });
  const response = await ask('/api/admin/sessions', users);
  expect(response.headers.get('Cache-Control')).toBe('no-store');
  expect(await response.json()).toEqual({
    sessions: [
      {
        session_id: reported.sessionId,
        user: 'alice',
        mode: 'voice',
        created_at: Math.floor((now - 61_500) / 1000),
        last_activity: Math.floor((now - 1_000) / 1000),
        age_seconds: 61,
        message_count: 9,
        bytes_up: 7,
        bytes_down: 8,
        tokens: 60,
        usd: 0.3,
      },
    ],
    next: null,
  });
});

it('[M10] an object is asked once for all its sessions, and what it has no more is left out', async () => {
  const alice = objectNamed('a1', 1);
  const live = [0, 1, 2].map((index) => sessionNow(sessionOf(alice, index)));
  await tell(reportOf(alice, { live }));
  const users = new ScriptedUsers({ [alice]: { live: live.slice(1) } });
  const { sessions } = await (await ask('/api/admin/sessions', users)).json<{ sessions: object[] }>();
  expect(sessions).toEqual([
    expect.objectContaining({ session_id: live[1]?.sessionId }),
    expect.objectContaining({ session_id: live[2]?.sessionId }),
  ]);
  expect(users.asked).toEqual([alice]);
});

it('[M10] a session whose object is broken or silent is told as it was last reported', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  vi.spyOn(console, 'log').mockImplementation(() => {});
  const [broken, silent] = [objectNamed('a1', 1), objectNamed('b1', 2)];
  await tell(reportOf(broken), reportOf(silent));
  const users = new ScriptedUsers({ [broken]: { live: 'unreachable' }, [silent]: { live: 'silent' } });
  const answer = ask('/api/admin/sessions', users);
  await users.silence;
  await vi.advanceTimersByTimeAsync(2_000);
  const { sessions } = await (await answer).json<{ sessions: object[] }>();
  expect(sessions).toEqual([
    expect.objectContaining({ session_id: sessionOf(broken), message_count: 1 }),
    expect.objectContaining({ session_id: sessionOf(silent), message_count: 1 }),
  ]);
});

it('[M11] paging over all shards gives each session once, while others come and go', async () => {
  const { reports, scripts } = people(120);
  await tell(...reports);
  const users = new ScriptedUsers(scripts);
  const seen: string[] = [];
  let pages = 0;
  for (let next: string | null = ''; next !== null; pages += 1) {
    const query: string = next === '' ? '' : `&cursor=${next}`;
    const page = await (
      await ask(`/api/admin/sessions?limit=7${query}`, users)
    ).json<{ sessions: { session_id: string }[]; next: string | null }>();
    seen.push(...page.sessions.map(({ session_id: id }) => id));
    next = page.next;
    const late = objectNamed((pages % 16).toString(16), 1_000 + pages);
    await tell(reportOf(late));
  }
  const expected = reports.map(({ object }) => sessionOf(object)).toSorted();
  expect(seen.filter((id) => expected.includes(id)).toSorted()).toEqual(expected);
  expect(new Set(seen).size).toBe(seen.length);
  expect(pages).toBeGreaterThanOrEqual(Math.ceil(120 / 7));
});

it('[M11] paging over all shards gives each user once, while others come', async () => {
  const { reports } = people(120);
  await tell(...reports);
  const seen: string[] = [];
  let cursor = '';
  for (let pages = 0; ; pages += 1) {
    const page = await (
      await ask(`/api/admin/users?limit=50${cursor}`)
    ).json<{ users: { user: string }[]; next: string | null }>();
    seen.push(...page.users.map(({ user }) => user));
    if (page.next === null) break;
    cursor = `&cursor=${page.next}`;
    await tell(reportOf(objectNamed((pages % 16).toString(16), 2_000 + pages)));
  }
  for (const { subject } of reports) expect(seen.filter((user) => user === subject)).toHaveLength(1);
  expect(new Set(seen).size).toBe(seen.length);
});

it('[M11] a page has 50 unless told, and no page comes after one that is exactly full', async () => {
  const { reports, scripts } = people(50);
  await tell(...reports);
  const users = new ScriptedUsers(scripts);
  for (const list of ['sessions', 'users']) {
    const page = await (await ask(`/api/admin/${list}`, users)).json<Record<string, unknown>>();
    expect(page[list]).toHaveLength(50);
    expect(page['next']).toBeNull();
  }
  await tell(reportOf(objectNamed('ff', 9_999)));
  const page = await (await ask('/api/admin/users', users)).json<Record<string, unknown>>();
  expect(page['next']).toMatch(/^[\w-]+$/);
});

it.each([
  'limit=0',
  'limit=101',
  'limit=',
  'limit=ten',
  'limit=-1',
  'limit=1.5',
  'limit=1e1',
  'cursor=',
  'cursor=nonsense',
  `cursor=${'A'.repeat(42)}`,
  `cursor=${'A'.repeat(65)}`,
  `cursor=${'!'.repeat(64)}`,
  `cursor=${'!'.repeat(43)}`,
])('[M11] a page asked for with %s is refused, and the parameter named', async (query) => {
  for (const list of ['sessions', 'users']) {
    const response = await ask(`/api/admin/${list}?${query}`);
    expect(response.status).toBe(400);
    const { code, detail } = await response.json<{ code: string; detail: string }>();
    expect(code).toBe('invalid_request');
    expect(detail).toContain(query.split('=')[0]);
  }
});

it('[M11] the cursor of one list is none of the other', async () => {
  const { reports } = people(3);
  await tell(...reports);
  const { next } = await (await ask('/api/admin/users?limit=1')).json<{ next: string }>();
  expect((await ask(`/api/admin/users?limit=1&cursor=${next}`)).status).toBe(200);
  expect((await ask(`/api/admin/sessions?cursor=${next}`)).status).toBe(400);
});

it('[M12] an admin ends a session, and the log says who did and to which, by no name', async () => {
  const line = vi.spyOn(console, 'log').mockImplementation(() => {});
  const alice = objectNamed('a1', 1);
  const report = reportOf(alice, { subject: 'alice-the-person' });
  await tell(report);
  const users = new ScriptedUsers({ [alice]: { live: report.live } });
  const id = sessionOf(alice);
  const response = await ask(`/api/admin/sessions/${id}`, users, 'DELETE');
  expect(response.status).toBe(204);
  expect(await response.text()).toBe('');
  expect(users.ended).toEqual([id]);
  const root = await objectName(TEST_SECRET, { issuer: OWN_ISSUER, subject: 'root' });
  const logged = { event: 'admin.ended', session: id, user: root.slice(0, 12) };
  expect(line.mock.calls).toEqual([[JSON.stringify(logged)]]);
});

it.each([
  ['that nobody told of', sessionOf(objectNamed('a1', 9))],
  ['that its object has no more', sessionOf(objectNamed('a1', 1))],
  ['of another form', 'sess_001'],
  ['that is no id at all', '%00'],
])('[M12] ending a session %s is 404', async (_, id) => {
  await tell(reportOf(objectNamed('a1', 1)));
  const response = await ask(`/api/admin/sessions/${id}`, new ScriptedUsers(), 'DELETE');
  expect(response.status).toBe(404);
  expect(await codeOf(response)).toBe('not_found');
});

it('[M13] users are told with what they spent, today and ever, and when they were last seen', async () => {
  vi.useFakeTimers({ toFake: ['Date'] });
  const alice = objectNamed('a1', 1);
  await tell(
    reportOf(alice, { subject: 'alice', today: dayNow({ tokens: 10, usd: 0.1, voiceSeconds: 30 }) }),
  );
  vi.setSystemTime(Date.now() + 24 * 60 * 60 * 1000);
  const today = dayNow({ tokens: 5, usd: 0.2, voiceSeconds: 60 });
  await tell(reportOf(alice, { subject: 'alice', revision: 2, isGuest: true, sessionsOpened: 4, today }));
  const response = await ask('/api/admin/users');
  expect(response.headers.get('Cache-Control')).toBe('no-store');
  expect(await response.json()).toEqual({
    users: [
      {
        user: 'alice',
        guest: true,
        live_sessions: 1,
        sessions: 4,
        today: { tokens: 5, usd: 0.2, voice_minutes: 1 },
        total: { tokens: 15, usd: 0.3, voice_minutes: 1.5 },
        last_seen: Math.floor(Date.now() / 1000),
      },
    ],
    next: null,
  });
});

it('[M16] a shard that cannot be reached makes the answer 503, not half the truth', async () => {
  vi.spyOn(console, 'log').mockImplementation(() => {});
  const gone = new Proxy(env.DIRECTORY, {
    get: (real, property) =>
      property === 'getByName'
        ? (name: string) =>
            name === '3'
              ? new Proxy(
                  {},
                  { get: () => async () => Promise.reject(new Error('Network connection lost.')) },
                )
              : real.getByName(name)
        : Reflect.get(real, property),
  });
  const headers = { Authorization: `Bearer ${await adminToken()}` };
  for (const path of PATHS) {
    const response = await worker.fetch(new Request(`${HERE}${path}`, { headers }), {
      ...env,
      DIRECTORY: gone,
    });
    expect(response.status).toBe(503);
    expect(response.headers.get('Retry-After')).not.toBeNull();
    expect(await codeOf(response)).toBe('unavailable');
  }
});

it('[M10][M12] the real objects of users are asked', async () => {
  const alice = objectNamed('a1', 1);
  await tell(reportOf(alice));
  const headers = { Authorization: `Bearer ${await adminToken()}` };
  const listed = await exports.default.fetch(`${HERE}/api/admin/sessions`, { headers });
  // An object that was never opened knows of no session, whatever was reported of it.
  expect(await listed.json()).toEqual({ sessions: [], next: null });
  const path = `${HERE}/api/admin/sessions/${sessionOf(alice)}`;
  expect((await exports.default.fetch(path, { method: 'DELETE', headers })).status).toBe(404);
});
