/** The door's outer wall: pages of other origins, and addresses that knock too often. */
import { env, exports } from 'cloudflare:workers';
import { expect, it } from 'vitest';
import { tokenFor } from '../support/tokens.ts';
import { codeOf, FRIEND, HERE, knock, visit } from '../workerd/visitor.ts';

function preflight(origin: string, path = '/api/session'): Promise<Response> {
  const headers = {
    Origin: origin,
    'Access-Control-Request-Method': 'DELETE',
    'Access-Control-Request-Headers': 'authorization',
  };
  return visit(path, { method: 'OPTIONS', headers });
}

function corsHeaders({ headers }: Response): Record<string, string> {
  return Object.fromEntries([...headers].filter(([name]) => name.startsWith('access-control-')));
}

it.each(['/api/session', '/api/tickets', '/api/conversations/1'])(
  '[D31] a preflight from an allowed origin to %s is answered',
  async (path) => {
    const response = await preflight(FRIEND, path);
    expect(response.status).toBe(204);
    expect(corsHeaders(response)).toEqual({
      'access-control-allow-origin': FRIEND,
      'access-control-allow-methods': 'GET,POST,PATCH,DELETE',
      'access-control-allow-headers': 'Authorization,api-key,Content-Type',
      'access-control-expose-headers': 'Retry-After,Location,Voxgate-Conversation',
      'access-control-max-age': '600',
    });
    expect(response.headers.get('Vary')).toContain('Origin');
  },
);

it('[D31] answers and refusals can be read by a page of an allowed origin, and no cookie goes with them', async () => {
  const headers = { Origin: FRIEND, Authorization: `Bearer ${await tokenFor('alice')}` };
  const answers = [
    await visit('/api/session', { headers }),
    await visit('/api/session', { headers: { Origin: FRIEND } }),
    await visit('/api/tickets', { method: 'POST', headers }),
    await visit('/api/nothing', { headers }),
  ];
  expect(answers.map(({ status }) => status)).toEqual([200, 401, 200, 404]);
  for (const answer of answers) {
    expect(answer.headers.get('Access-Control-Allow-Origin')).toBe(FRIEND);
    expect(answer.headers.get('Access-Control-Allow-Credentials')).toBeNull();
    expect(answer.headers.get('Access-Control-Expose-Headers')).toContain('Retry-After');
  }
});

it.each(['https://evil.example', 'null', HERE, `${FRIEND}.evil.example`, 'https://FRIEND.example'])(
  '[D31] a page of %s gets no such header, preflight or not',
  async (origin) => {
    const headers = { Origin: origin, Authorization: `Bearer ${await tokenFor('alice')}` };
    for (const answer of [await preflight(origin), await visit('/api/session', { headers })])
      expect(corsHeaders(answer)).toEqual({});
  },
);

it('[D31] outside of the API there is nothing to share', async () => {
  expect(corsHeaders(await preflight(FRIEND, '/ws/voice'))).toEqual({});
  expect(corsHeaders(await visit('/health', { headers: { Origin: FRIEND } }))).toEqual({});
});

/** A counter of knocks that lets so many of each key in, and remembers the keys. */
class Knocks {
  readonly keys: string[] = [];
  readonly #limit: number;

  constructor(limit: number) {
    this.#limit = limit;
  }

  async limit({ key }: { key: string }): Promise<{ success: boolean }> {
    this.keys.push(key);
    return { success: this.keys.filter((kept) => kept === key).length <= this.#limit };
  }
}

it('[D32] over the limit of its address a request is 429 before anything of it is looked at', async () => {
  const KNOCKS = new Knocks(0);
  const headers = { 'CF-Connecting-IP': '203.0.113.7', Authorization: 'Bearer bad' };
  const refused = [
    await visit('/api/session', { headers }, { KNOCKS }),
    await visit('/api/nothing', { headers }, { KNOCKS }),
    await visit('/api/session?token=x', { method: 'OPTIONS', headers }, { KNOCKS }),
    await knock(headers, { KNOCKS }),
    await visit('/api/session', { headers }, { KNOCKS, AUTH_SECRET: '' }),
  ];
  for (const response of refused) {
    expect(response.status).toBe(429);
    expect(response.headers.get('Retry-After')).toBe('10');
    expect(await codeOf(response)).toBe('rate_limited');
  }
});

it('[D32] health and preflights are not counted', async () => {
  const KNOCKS = new Knocks(0);
  const headers = { 'CF-Connecting-IP': '203.0.113.7', Origin: FRIEND };
  expect((await visit('/health', { headers }, { KNOCKS })).status).toBe(200);
  const asking = { ...headers, 'Access-Control-Request-Method': 'GET' };
  const preflighted = await visit('/api/session', { method: 'OPTIONS', headers: asking }, { KNOCKS });
  expect(preflighted.status).toBe(204);
  expect(KNOCKS.keys).toEqual([]);
});

it('[D32] only the edge’s own header says where a request comes from', async () => {
  const KNOCKS = new Knocks(1_000);
  const claimed = {
    'X-Forwarded-For': '198.51.100.1',
    'X-Real-IP': '198.51.100.2',
    Forwarded: 'for=198.51.100.3',
  };
  await visit('/api/session', { headers: { ...claimed, 'CF-Connecting-IP': '203.0.113.7' } }, { KNOCKS });
  await visit('/api/session', { headers: claimed }, { KNOCKS });
  expect(KNOCKS.keys).toEqual(['203.0.113.7']);
});

it('[D32] a runtime without the counter counts nothing', async () => {
  const headers = { 'CF-Connecting-IP': '203.0.113.7' };
  expect((await visit('/api/nothing', { headers }, { KNOCKS: undefined })).status).toBe(404);
});

function knockFrom(address: string): Promise<Response> {
  return exports.default.fetch(`${HERE}/api/nothing`, { headers: { 'CF-Connecting-IP': address } });
}

async function fill(): Promise<void> {
  await Promise.all(Array.from({ length: 1_000 }, () => env.KNOCKS.limit({ key: '2001:db8:1:2::/64' })));
}

it('[D32] the platform’s own counter, a thousand times asked for an address block, refuses the next', async () => {
  expect((await knockFrom('2001:db8:1:2::1')).status).toBe(404);
  await fill();
  // Its window is aligned to the clock: it may have ended on the way, and then the next one is filled.
  const first = await knockFrom('2001:db8:1:2::2');
  if (first.status !== 429) await fill();
  expect((await knockFrom('2001:db8:1:2::3')).status).toBe(429);
  expect((await knockFrom('2001:db8:1:3::1')).status).toBe(404);
});
