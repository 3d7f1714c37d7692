import { abortAllDurableObjects } from 'cloudflare:test';
import { exports } from 'cloudflare:workers';
import { expect, it } from 'vitest';
import { expectFits } from '../support/fits.ts';
import { tokenFor } from '../support/tokens.ts';
import { calls, newPerson, typed } from '../workerd/calls.ts';

interface Listed {
  readonly session_id: string;
  readonly user: string;
  readonly message_count: number;
}

async function ask(path: string, token: string, method = 'GET'): Promise<Response> {
  const headers = { Authorization: `Bearer ${token}` };
  return exports.default.fetch(`http://localhost${path}`, { method, headers });
}

async function asAdmin(): Promise<string> {
  return tokenFor('root', { claims: { role: 'admin' } });
}

/** The sessions of this person, as an admin finds them listed. */
async function listed(person: string, admin: string): Promise<readonly Listed[]> {
  const answer = await ask('/api/admin/sessions?limit=100', admin);
  await expectFits(answer, 'GET /api/admin/sessions');
  const { sessions } = await answer.json<{ sessions: Listed[] }>();
  return sessions.filter(({ user }) => user === person);
}

it('[K15][K14] an admin finds an open call, with what was said a moment ago, and ends it', async () => {
  const [person, admin] = [newPerson(), await asAdmin()];
  const alice = await calls('voxgate.v1', await tokenFor(person));
  const { session_id: id } = await alice.hears('gateway.session');
  await alice.hears('session.created');
  alice.says(typed('hello'));
  await alice.hears('conversation.item.done');
  await expect.poll(() => listed(person, admin)).toMatchObject([{ session_id: id, message_count: 2 }]);
  expect((await ask(`/api/admin/sessions/${String(id)}`, admin, 'DELETE')).status).toBe(204);
  expect(await alice.hears('error')).toMatchObject({ error: { code: 'ended_by_admin' } });
  expect((await alice.ends()).code).toBe(1000);
  expect(await listed(person, admin)).toEqual([]);
});

it('[K15] what a call cost is told to the admin, by user', async () => {
  const [person, admin] = [newPerson(), await asAdmin()];
  const token = await tokenFor(person);
  const alice = await calls('voxgate.v1', token);
  await alice.hears('session.created');
  alice.says(typed('hello'));
  alice.says({ type: 'response.create' });
  const { today } = (await alice.hears('gateway.usage')) as { today: { tokens: number } };
  const mine = await ask('/api/usage', token);
  await expectFits(mine, 'GET /api/usage');
  expect(await mine.json()).toMatchObject({ today: { tokens: today.tokens } });
  await expect.poll(async () => spentBy(person, admin)).toBe(today.tokens);
  alice.hangsUp();
});

async function spentBy(person: string, admin: string): Promise<number | undefined> {
  let cursor: string | null = null;
  do {
    const query = cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`;
    const page: { users: { user: string; today: { tokens: number } }[]; next: string | null } = await (
      await ask(`/api/admin/users?limit=100${query}`, admin)
    ).json();
    const found = page.users.find(({ user }) => user === person);
    if (found) return found.today.tokens;
    cursor = page.next;
  } while (cursor !== null);
  return undefined;
}

it('[K15] a call that was lost with its object is over once the object is asked again', async () => {
  const [person, admin] = [newPerson(), await asAdmin()];
  const token = await tokenFor(person);
  const alice = await calls('realtime', token);
  await alice.hears('session.created');
  await expect.poll(() => listed(person, admin)).toHaveLength(1);
  await abortAllDurableObjects();
  expect((await ask('/api/usage', token)).status).toBe(200);
  await expect.poll(() => listed(person, admin)).toEqual([]);
});

it('[G11] usage is for who is signed in, and is admitted like every question', async () => {
  const anonymous = await exports.default.fetch('http://localhost/api/usage');
  expect(anonymous.status).toBe(401);
  await expectFits(anonymous, 'GET /api/usage');
  const tired = await ask(
    '/api/usage',
    await tokenFor(newPerson(), { claims: { voxgate: { requestsPerMinute: 0 } } }),
  );
  expect(tired.status).toBe(429);
  expect(Number(tired.headers.get('Retry-After'))).toBe(60);
  await expectFits(tired, 'GET /api/usage');
});
