import { env } from 'cloudflare:workers';
import { expect, it } from 'vitest';
import worker from '../../src/worker/index.ts';
import { operations } from '../../src/worker/openapi/operations.ts';
import { BODY_BYTES } from '../../src/worker/middleware/body.ts';
import { catchLog } from '../support/printed.ts';
import { tokenFor } from '../support/tokens.ts';

const HERE = 'http://localhost';

async function ask(path: string, init: RequestInit = {}, bindings: object = {}): Promise<Response> {
  return worker.fetch(new Request(`${HERE}${path}`, init), { ...env, ...bindings });
}

interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly code: string;
  readonly detail?: string;
}

async function problemOf(answer: Response): Promise<Problem> {
  expect(answer.headers.get('Content-Type')).toBe('application/problem+json');
  const problem = await answer.json<Problem>();
  expect(problem).toMatchObject({ type: 'about:blank', status: answer.status });
  return problem;
}

/** The addresses that there are, and what each takes; one may also be read as another's id. */
const routes = worker.routes.filter(
  ({ method, path }) => method !== 'ALL' && `${method} ${path}` in operations,
);
const taken = [...new Set(routes.map(({ path }) => path))].map((path) => {
  const address = path.replace(':id', 'some');
  const fitting = routes.filter(({ path: other }) =>
    new RegExp(`^${other.replace(':id', '[^/]+')}$`).test(address),
  );
  const methods = new Set(fitting.map(({ method }) => method));
  if (methods.has('GET')) methods.add('HEAD');
  return [address, [...methods, 'OPTIONS'].toSorted()] as const;
});

it.each(taken)('[O15] %s says which methods it takes, to OPTIONS and to any other', async (path, methods) => {
  const asked = await ask(path, { method: 'OPTIONS' });
  expect(asked.status).toBe(204);
  expect(asked.headers.get('Content-Type')).toBeNull();
  expect((asked.headers.get('Allow') ?? '').split(', ').toSorted()).toEqual(methods);

  for (const method of ['PUT', 'PATCH', 'POST', 'DELETE'].filter((each) => !methods.includes(each))) {
    const refused = await ask(path, { method });
    expect(refused.status).toBe(405);
    expect(refused.headers.get('Allow')).toBe(asked.headers.get('Allow'));
    expect(await problemOf(refused)).toMatchObject({ code: 'method_not_allowed' });
  }
});

it('[O15] HEAD is what GET would say, without the body', async () => {
  for (const path of ['/health', '/openapi.json', '/api/session', '/api/nothing', '/ws']) {
    const [got, head] = [await ask(path), await ask(path, { method: 'HEAD' })];
    expect(head.status).toBe(got.status);
    expect([...head.headers]).toEqual([...got.headers]);
    expect(await head.text()).toBe('');
  }
});

it.each(['GET', 'POST', 'OPTIONS', 'DELETE'])('[D9] %s of what does not exist is 404', async (method) => {
  for (const path of [
    '/nothing',
    '/api',
    '/api/session/',
    '/ws/voice/x',
    '/api/%E0%A4%A',
    '/health/..%2fdocs',
  ]) {
    const answer = await ask(path, { method });
    expect(answer.status).toBe(404);
    expect(await problemOf(answer)).toMatchObject({ code: 'not_found' });
  }
});

it('[O16] a body that is too large is refused by its length, unread, and nobody is signed in', async () => {
  const answer = await ask('/api/session', { method: 'POST', body: 'x'.repeat(BODY_BYTES + 1) });
  expect(answer.status).toBe(413);
  expect(await problemOf(answer)).toMatchObject({
    code: 'body_too_large',
    detail: 'A body has at most 65536 bytes.',
  });
  expect(answer.headers.get('Set-Cookie')).toBeNull();
});

it('[O16] a body that does not say its length is refused as soon as it grows over', async () => {
  let pulled = 0;
  const body = new ReadableStream({
    pull(controller) {
      pulled += 1;
      controller.enqueue(new Uint8Array(16 * 1024));
    },
  });
  const answer = await ask('/api/session', { method: 'POST', body });
  expect(await problemOf(answer)).toMatchObject({ code: 'body_too_large' });
  expect(pulled).toBeLessThan(10);
});

it.each(['{"limits": ', '{}{}', "{'a': 1}", '\u0000'])(
  '[O16] %j said to be JSON is refused',
  async (body) => {
    const headers = { 'Content-Type': 'application/json; charset=utf-8' };
    const answer = await ask('/api/session', { method: 'POST', headers, body });
    expect(answer.status).toBe(400);
    expect(await problemOf(answer)).toMatchObject({
      code: 'invalid_request',
      detail: 'The body is not JSON.',
    });
    expect(answer.headers.get('Set-Cookie')).toBeNull();
  },
);

it.each(['', '{}', '[1, 2]'])('[O16] %j said to be JSON disturbs no route that reads none', async (body) => {
  const headers = { 'Content-Type': 'application/json' };
  expect((await ask('/api/session', { method: 'POST', headers, body })).status).toBe(200);
});

it.each([
  ['mode=video', 'mode: must be (voice | text)'],
  ['mode=', 'mode: must be (voice | text)'],
  ['mode=voice&mode=voice', 'mode: may be there only once'],
])('[O17] /ws?%s is refused by the name of the parameter', async (query, detail) => {
  const headers = { Upgrade: 'websocket', Authorization: `Bearer ${await tokenFor('alice')}` };
  const answer = await ask(`/ws?${query}`, { headers });
  expect(answer.status).toBe(400);
  expect(await problemOf(answer)).toMatchObject({ code: 'invalid_request', detail });
});

it('[O18] what breaks inside is 500 and says nothing of what broke; the log has its name', async () => {
  const lines = catchLog();
  const broken = {
    USERS: env.USERS,
    get AZURE_ENDPOINT(): string {
      throw new RangeError('canary-5b8e2f60 at /srv/voxgate/secret.ts');
    },
  };
  for (const path of ['/health', '/api/session', '/ws/voice']) {
    const answer = await worker.fetch(new Request(`${HERE}${path}`), broken);
    expect(answer.status).toBe(500);
    const problem = await problemOf(answer);
    expect(problem).toEqual({
      type: 'about:blank',
      title: 'Something broke on our side',
      status: 500,
      code: 'internal',
    });
  }
  expect(lines()).toEqual(
    Array.from({ length: 3 }, () => ({ event: 'door.failed', error_name: 'RangeError' })),
  );
});

it('[O4] whoever is not let in is counted once, by code, whoever refused', async () => {
  const lines = catchLog();
  const points: { blobs: string[] }[] = [];
  const ANALYTICS = { writeDataPoint: (point: { blobs: string[] }) => void points.push(point) };
  const bad = {
    Authorization: `Bearer ${await tokenFor('alice', { secret: 'another secret, long enough for it' })}`,
  };
  await ask('/ws/voice', { headers: { Upgrade: 'websocket', ...bad } }, { ANALYTICS });
  await ask('/api/session?token=x', {}, { ANALYTICS });
  await ask('/api/session', { method: 'POST' }, { ANALYTICS, GUEST_ACCESS: 'false' });
  await ask('/api/session', { method: 'POST' }, { ANALYTICS });
  // This one goes out as a copy, with the headers that let a page of a listed origin read it.
  await ask('/api/session?token=x', { headers: { Origin: 'https://friend.example' } }, { ANALYTICS });
  await ask('/api/nothing', {}, { ANALYTICS });
  expect(points.map(({ blobs }) => [blobs[0], blobs[4]])).toEqual([
    ['door.refused', 'invalid_credential'],
    ['door.refused', 'credential_in_url'],
    ['door.refused', 'guests_not_allowed'],
    ['door.refused', 'credential_in_url'],
  ]);
  expect(lines()).toMatchObject([
    { event: 'door.refused', code: 'invalid_credential', status: 401 },
    { event: 'door.refused', code: 'credential_in_url', status: 401 },
    { event: 'door.refused', code: 'guests_not_allowed', status: 401 },
    { event: 'door.refused', code: 'credential_in_url', status: 401, count: 2 },
  ]);
});

it('[O3] a flood at the door is a few lines in the log, and none of them holds what was shown', async () => {
  const lines = catchLog();
  for (let count = 0; count < 100; count += 1) {
    await ask('/api/session', { headers: { Authorization: `Bearer canary-${count}` } });
  }
  // The minute may turn once under way.
  expect(lines().length).toBeLessThanOrEqual(14);
  expect(lines().length).toBeGreaterThan(3);
  expect(JSON.stringify(lines())).not.toContain('canary');
});
