/** How sessions end by their owner and by an admin, what outlives Voxgate itself, and what is logged: on real ports. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { AZURE_KEY, type Gateway, GATEWAY_SECRET, startGateway } from '../support/gateway.ts';
import { complaintOn, person, written } from '../support/person.ts';
import { runNpm } from '../support/product.ts';
import { connect, pick, pickNumber, pickString, refusal } from '../support/realtime-client.ts';
import { tokenFor } from '../support/tokens.ts';

const FRIEND = 'https://friend.example';

let gateway: Gateway;
beforeAll(async () => {
  gateway = await startGateway({ vars: { ALLOWED_ORIGINS: FRIEND } });
});
afterAll(() => gateway.close());

/** A token that runs out in so many seconds. */
function inSeconds(seconds: number): Record<string, unknown> {
  return { exp: Math.floor(Date.now() / 1000) + seconds };
}

test('[K8] a token that runs out ends its call with 4401; renewed in time, the call goes on', async () => {
  const alice = await person(gateway, { claims: inSeconds(2) });
  const [left, renewed] = [await alice.talks('binary'), await alice.talks('binary')];
  renewed.send({ type: 'gateway.auth', token: await tokenFor('somebody else', { secret: GATEWAY_SECRET }) });
  expect(await complaintOn(renewed)).toBe('invalid_credential');
  renewed.send({ type: 'gateway.auth', token: await tokenFor(alice.name, { secret: GATEWAY_SECRET }) });
  const session = await renewed.until('gateway.session');
  expect(pickNumber(session, 'expires_at')).toBeGreaterThan(Date.now() / 1000 + 3_000);

  expect(await left.until('gateway.warning')).toMatchObject({ code: 'session_ending', reason: 'credential' });
  expect(await complaintOn(left)).toBe('credential_expired');
  expect((await left.closed()).code).toBe(4401);

  renewed.send({ type: 'gateway.ping' });
  await renewed.until('gateway.pong');
  expect((await renewed.close()).code).toBe(1000);
  expect((await alice.asks('/api/session')).status).toBe(401);
});

test('[K11][D13][D26] signing out ends the sockets, and a copy of the cookie is worth nothing', async () => {
  const alice = await person(gateway);
  const signedIn = await alice.asks('/api/session', 'POST');
  const cookie = signedIn.headers.getSetCookie()[0]?.split(';')[0] ?? '';
  const headers = { Cookie: cookie, Origin: gateway.url };
  const withCookie = await connect(`${gateway.url}/ws/voice`, { headers, subprotocols: ['realtime'] });
  await withCookie.until('session.created');
  const withToken = await alice.talks();

  const out = await fetch(`${gateway.url}/api/session`, { method: 'DELETE', headers });
  expect(out.status).toBe(204);
  expect(out.headers.get('Clear-Site-Data')).toBe('"storage"');
  for (const call of [withCookie, withToken]) {
    expect(await complaintOn(call)).toBe('signed_out');
    expect((await call.closed()).code).toBe(4401);
  }
  expect((await fetch(`${gateway.url}/api/session`, { headers })).status).toBe(401);
  expect(await refusal(`${gateway.url}/ws/voice`, { headers })).toMatchObject({
    status: 401,
    body: { code: 'invalid_credential' },
  });
  // It was the cookie that signed out: the token is its issuer's to take back.
  expect((await alice.asks('/api/session')).status).toBe(200);
});

test('[K12] a ticket opens one socket, and only from its origin', async () => {
  const alice = await person(gateway);
  const headers = { Authorization: `Bearer ${alice.token}`, Origin: FRIEND };
  const answer: unknown = await (
    await fetch(`${gateway.url}/api/tickets`, { method: 'POST', headers })
  ).json();
  const subprotocols = ['voxgate.v1', `voxgate.ticket.${pickString(answer, 'ticket')}`];
  const from = (origin: string) => ({ headers: { Origin: origin }, subprotocols });
  // Our own page is another origin than the friend's.
  expect(await refusal(`${gateway.url}/ws/voice`, from(gateway.url))).toMatchObject({ status: 401 });
  const call = await connect(`${gateway.url}/ws/voice`, from(FRIEND));
  await call.until('session.created');
  expect(await refusal(`${gateway.url}/ws/voice`, from(FRIEND))).toMatchObject({
    status: 401,
    body: { code: 'invalid_credential' },
  });
  expect((await call.close()).code).toBe(1000);
});

test('[M9][M10][M12][M13][M14] an admin sees who is there, ends a call, and reads what it cost', async () => {
  const root = await person(gateway, { claims: { role: 'admin' } });
  const alice = await person(gateway);
  const bob = await person(gateway);
  const [call, other] = [await alice.talks('binary'), await bob.talks()];
  call.send(written('hello'));
  call.send({ type: 'response.create' });
  await call.until('gateway.usage');
  for (const path of ['stats', 'sessions', 'users']) {
    expect((await alice.asks(`/api/admin/${path}`)).status).toBe(403);
    expect((await fetch(`${gateway.url}/api/admin/${path}`)).status).toBe(401);
  }
  const read = async (path: string): Promise<unknown> => (await root.asks(`/api/admin/${path}`)).json();
  await expect
    .poll(() => read('stats'))
    .toMatchObject({
      total_sessions: 2,
      unique_users: 2,
      sessions_by_mode: { voice: 2, text: 0 },
    });
  const listed = pick(await read('sessions'), 'sessions');
  const hers = (listed as object[]).find((session) => pick(session, 'user') === alice.name);
  // Opening it, the message, and the question.
  expect(hers).toMatchObject({ mode: 'voice', message_count: 3 });
  expect(pickNumber(hers, 'tokens')).toBeGreaterThan(0);
  const id = pickString(hers, 'session_id');
  expect((await alice.asks(`/api/admin/sessions/${id}`, 'DELETE')).status).toBe(403);
  expect((await root.asks(`/api/admin/sessions/${id}`, 'DELETE')).status).toBe(204);
  expect(await complaintOn(call)).toBe('ended_by_admin');
  expect((await call.closed()).code).toBe(1000);
  expect((await root.asks(`/api/admin/sessions/${id}`, 'DELETE')).status).toBe(404);
  const spent = pickNumber(await (await alice.asks('/api/usage')).json(), 'today.tokens');
  await expect
    .poll(async () => pick(await read('users'), 'users'))
    .toEqual(
      expect.arrayContaining([
        expect.objectContaining({
          user: alice.name,
          live_sessions: 0,
          today: expect.objectContaining({ tokens: spent }),
        }),
        expect.objectContaining({ user: bob.name, live_sessions: 1 }),
      ]),
    );
  expect((await other.close()).code).toBe(1000);
});

test('[S6][K10] a token of npm run token carries its user’s own limits', async () => {
  const limits = {
    connections: 1,
    requestsPerMinute: 4,
    dailyTokens: 9000,
    dailyUsd: 0.5,
    dailyVoiceMinutes: 2.5,
  };
  const args = ['run', '--silent', 'token', '--', 'carol', '--ttl', '5m', '--limits', JSON.stringify(limits)];
  const { code, stdout } = await runNpm(args, { AUTH_SECRET: GATEWAY_SECRET, AUTH_JWKS_URL: '' }).ended;
  expect(code).toBe(0);
  const carol = await person(gateway, { token: stdout.trim() });
  const call = await carol.calls('binary');
  expect(pick(await call.next(), 'limits')).toMatchObject({
    connections: 1,
    requests_per_minute: 4,
    daily_tokens: 9000,
    daily_usd: 0.5,
    daily_voice_minutes: 2.5,
  });
  await call.until('session.created');
  expect(await complaintOn(await carol.calls())).toBe('too_many_connections');
  for (let count = 0; count < 4; count += 1) call.send({ type: 'gateway.ping' });
  expect((await call.closed()).code).toBe(4429);
});

test('[K3][K15][G11] Voxgate ends and starts again: usage and requests are still counted, lost sessions are over', async () => {
  const alice = await person(gateway, { claims: { voxgate: { requestsPerMinute: 6 } } });
  const call = await alice.talks('binary');
  call.send(written('hello'));
  call.send({ type: 'response.create' });
  await call.until('gateway.usage');
  const usage = async (): Promise<unknown> =>
    pick(await (await alice.asks('/api/usage')).json(), 'today.tokens');
  const before = await usage();
  expect(before).toBeGreaterThan(0);

  await gateway.restart();

  expect(await usage()).toBe(before);
  expect((await alice.asks('/api/session')).status).toBe(200);
  expect((await alice.asks('/api/session')).status).toBe(429);
  const root = await person(gateway, { claims: { role: 'admin' } });
  await expect
    .poll(async () => pick(await (await root.asks('/api/admin/stats')).json(), 'total_sessions'))
    .toBe(0);
});

test('[O2][O3][O4] the log has two lines for each session, and a line for limits and for who was not let in', () => {
  const lines = gateway.log.flatMap((line) => (line.startsWith('{') ? [JSON.parse(line) as object] : []));
  const named = (event: string): readonly object[] => lines.filter((line) => pick(line, 'event') === event);
  const sessionsOf = (event: string) => named(event).map((line) => pickString(line, 'session'));
  expect(sessionsOf('call.opened').length).toBeGreaterThan(8);
  // All but the one that Voxgate took with it when it ended.
  expect(new Set(sessionsOf('call.opened')).difference(new Set(sessionsOf('call.ended'))).size).toBe(1);
  for (const line of named('call.ended')) {
    expect(line).toMatchObject({
      user: expect.stringMatching(/^[0-9a-f]{12}$/),
      mode: 'voice',
      lane: expect.stringMatching(/^(?:binary|json)$/),
      end: expect.any(String),
      close_code: expect.any(Number),
    });
    for (const count of [
      'duration_ms',
      'frames_up',
      'frames_down',
      'bytes_up',
      'bytes_down',
      'tokens',
      'usd',
    ]) {
      expect(pickNumber(line, count)).toBeGreaterThanOrEqual(0);
    }
  }
  const ends = new Set(named('call.ended').map((line) => pick(line, 'close_code')));
  expect(ends).toEqual(new Set([1000, 4401, 4429]));
  expect(Math.max(...named('call.ended').map((line) => pickNumber(line, 'usd')))).toBeGreaterThan(0);
  const codes = (event: string) => new Set(named(event).map((line) => pick(line, 'code')));
  expect(codes('limit.hit')).toEqual(new Set(['too_many_connections', 'rate_limited']));
  expect(codes('door.refused')).toEqual(
    new Set(['invalid_credential', 'unauthenticated', 'admin_only', 'rate_limited']),
  );
  expect(named('admin.ended')).toHaveLength(1);
});

test('[S13] and holds no key, no token, no name and nothing that was said', () => {
  const log = gateway.log.join('\n');
  for (const secret of [
    AZURE_KEY,
    GATEWAY_SECRET,
    'eyJ',
    'voxgate.ticket',
    'hello',
    'Hello',
    'person-',
    'carol',
  ]) {
    expect(log).not.toContain(secret);
  }
});
