import { runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, expect, it, vi } from 'vitest';
import * as v from 'valibot';
import type { SessionManager } from '../../src/durable-objects/session-manager.ts';
import { objectName } from '../../src/identity/object-name.ts';
import type { LimitOverrides } from '../../src/identity/user.ts';
import { OWN_ISSUER } from '../../src/identity/tokens.ts';
import { exportAnswer } from '../../src/worker/openapi/me.ts';
import { expectFits } from '../support/fits.ts';
import { tokenFor } from '../support/tokens.ts';
import { calls, newPerson, tokenWith, typed } from '../workerd/calls.ts';
import { everythingIn, NOON, openMemory, said } from '../workerd/memories.ts';
import { codeOf, cookieOf, HERE, visit } from '../workerd/visitor.ts';

const DAY_MS = 24 * 60 * 60 * 1000;

afterEach(() => {
  vi.useRealTimers();
});

async function objectOf(subject: string): Promise<DurableObjectStub<SessionManager>> {
  return env.USERS.getByName(await objectName(env.AUTH_SECRET, { issuer: OWN_ISSUER, subject }));
}

async function inObjectOf<T>(
  person: string,
  work: (storage: DurableObjectStorage) => T | Promise<T>,
): Promise<T> {
  return runInDurableObject(await objectOf(person), (_, { storage }) => work(storage));
}

function talk(person: string, messages: number): Promise<string> {
  return inObjectOf(person, (storage) => {
    const memory = openMemory(storage);
    const id = memory.begin(NOON);
    for (let n = 0; n < messages; n += 1)
      memory.keep(id, said(`quince ${n}`, { id: `m${n}`, saidAt: NOON + n }));
    return id;
  });
}

async function forget(token: string): Promise<Response> {
  const answer = await visit('/api/me', { method: 'DELETE', headers: { Authorization: `Bearer ${token}` } });
  await expectFits(answer, 'DELETE /api/me');
  return answer;
}

async function exported(token: string): Promise<v.InferOutput<typeof exportAnswer>> {
  const answer = await visit('/api/me/export', { headers: { Authorization: `Bearer ${token}` } });
  await expectFits(answer, 'GET /api/me/export');
  expect(answer.headers.get('Content-Disposition')).toBe('attachment; filename="voxgate-export.json"');
  return v.parse(exportAnswer, await answer.json());
}

async function isKnownToTheDirectory(person: string): Promise<boolean> {
  const name = await objectName(env.AUTH_SECRET, { issuer: OWN_ISSUER, subject: person });
  const users = await env.DIRECTORY.getByName(name.charAt(0)).users(null, 1000);
  return users.some(({ subject }) => subject === person);
}

/** A call that paid for an answer, and the person behind it. */
async function whoHasSpent(limits: LimitOverrides) {
  const person = newPerson();
  const token = await tokenWith(person, limits);
  const call = await calls('voxgate.v1', token);
  await call.hears('session.created');
  call.says(typed('hello'));
  call.says({ type: 'response.create' });
  await call.hears('gateway.usage');
  return { person, token, call };
}

it('[H16] the export is everything that is held of me, in one file', async () => {
  const person = newPerson();
  const token = await tokenFor(person);
  const id = await talk(person, 2);
  await inObjectOf(person, (storage) => {
    const memory = openMemory(storage);
    const call = {
      call_id: 'c',
      name: 'weather',
      arguments: { city: 'Bern' },
      output: 'sun',
      is_error: false,
    };
    const answer = { role: 'assistant', mode: 'voice', status: 'interrupted', toolCalls: [call] } as const;
    memory.keep(id, said('sunny', { ...answer, id: 'a', saidAt: NOON + 5, tokens: 7, nanoUsd: 1_500_000 }));
    memory.summarize(id, { text: 'Of quinces.', until: 'm0' });
    memory.begin(NOON);
    memory.note(id, said('noted', { id: 'n', saidAt: NOON + 9000, clientId: 'mine' }));
    memory.fold();
  });
  const file = await exported(token);
  expect(file.user).toEqual({ issuer: OWN_ISSUER, subject: person, guest: false });
  expect(file.conversations).toHaveLength(2);
  const [first] = file.conversations;
  expect(first).toMatchObject({ id, title: 'quince 0', summary: 'Of quinces.' });
  expect(first?.messages.map((message) => message.id)).toEqual(['m0', 'm1', 'a', 'n']);
  expect(first?.messages[2]).toMatchObject({
    mode: 'voice',
    status: 'interrupted',
    tokens: 7,
    usd: 0.0015,
    tool_calls: [{ name: 'weather', output: 'sun' }],
  });
  expect(first?.messages[3]).toMatchObject({ content: 'noted', client_id: 'mine' });
});

it('[H16] a long export comes in many pieces, and what is said meanwhile does not disturb it', async () => {
  const person = newPerson();
  const id = await talk(person, 1500);
  const answer = await visit('/api/me/export', {
    headers: { Authorization: `Bearer ${await tokenFor(person)}` },
  });
  let text = '';
  let pieces = 0;
  for await (const piece of answer.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    text += piece;
    pieces += 1;
    if (pieces === 1) {
      await inObjectOf(person, (storage) =>
        openMemory(storage).keep(id, said('more', { saidAt: NOON + 10_000 })),
      );
    }
  }
  expect(pieces).toBeGreaterThan(2);
  const [only] = v.parse(exportAnswer, JSON.parse(text)).conversations;
  expect(only?.messages.slice(0, 1500).map((message) => message.id)).toEqual(
    Array.from({ length: 1500 }, (_, n) => `m${n}`),
  );
});

it('[H16] who has said nothing gets a file too', async () => {
  const file = await exported(await tokenFor(newPerson()));
  expect(file).toMatchObject({ conversations: [], usage: [], sessions_opened: 0 });
});

it('[H17] who is forgotten is not there any more: sessions, storage, alarm and directory', async () => {
  const { person, token, call } = await whoHasSpent({});
  const id = await talk(person, 3);
  await expect.poll(() => isKnownToTheDirectory(person)).toBe(true);
  expect((await forget(token)).status).toBe(204);
  expect(await call.hears('error')).toMatchObject({ error: { code: 'signed_out' } });
  expect((await call.ends()).code).toBe(4401);
  await inObjectOf(person, async (storage) => {
    expect([...storage.kv.list()]).toEqual([]);
    expect(
      storage.sql
        .exec("SELECT name FROM sqlite_master WHERE name NOT LIKE '\\_cf\\_%' ESCAPE '\\'")
        .toArray(),
    ).toEqual([]);
    expect(await storage.getAlarm()).toBeNull();
  });
  expect(await isKnownToTheDirectory(person)).toBe(false);
  // The token is good still, and finds nothing.
  const headers = { Authorization: `Bearer ${token}` };
  expect(await codeOf(await visit(`/api/conversations/${id}`, { headers }))).toBe('not_found');
  expect(await exported(token)).toMatchObject({ conversations: [], usage: [], sessions_opened: 0 });
  expect((await forget(token)).status).toBe(204);
});

it('[H17] where a budget applies, today’s figures stay until midnight, and nothing of what was said', async () => {
  const { person, token, call } = await whoHasSpent({ dailyTokens: 100_000 });
  await talk(person, 3);
  const usage = async (): Promise<unknown> =>
    (await visit('/api/usage', { headers: { Authorization: `Bearer ${token}` } })).json();
  const before = await usage();
  await forget(token);
  await call.ends();
  const left = await inObjectOf(person, (storage) => everythingIn(storage));
  expect(left).not.toContain('quince');
  expect(await usage()).toMatchObject({
    today: { tokens: (before as { today: { tokens: number } }).today.tokens },
  });
  // The question just now was a request, and is counted for a minute: as if nobody had asked.
  await inObjectOf(person, (storage) => void storage.kv.delete('requests'));
  const midnight = (Math.floor(Date.now() / DAY_MS) + 1) * DAY_MS;
  expect(await inObjectOf(person, (storage) => storage.getAlarm())).toBe(midnight);
  vi.setSystemTime(midnight);
  expect(await runDurableObjectAlarm(await objectOf(person))).toBe(true);
  await inObjectOf(person, async (storage) => {
    expect([...storage.kv.list()]).toEqual([]);
    expect(await storage.getAlarm()).toBeNull();
  });
});

it('[H17] a credential that was taken back stays so when its user is forgotten', async () => {
  const person = newPerson();
  const [lost, kept] = [await tokenFor(person), await tokenFor(person)];
  const headers = { Authorization: `Bearer ${lost}` };
  expect((await visit('/api/session', { method: 'DELETE', headers })).status).toBe(204);
  expect((await forget(kept)).status).toBe(204);
  expect(await codeOf(await visit('/api/session', { headers }))).toBe('invalid_credential');
});

it('[H17] a guest is forgotten with the cookie, and only from our own page', async () => {
  const cookie = cookieOf(await visit('/api/session', { method: 'POST', headers: { Origin: HERE } }));
  const ask = (origin: string): Promise<Response> =>
    visit('/api/me', { method: 'DELETE', headers: { Cookie: cookie, Origin: origin } });
  expect(await codeOf(await ask('https://evil.example'))).toBe('origin_not_allowed');
  const answer = await ask(HERE);
  await expectFits(answer, 'DELETE /api/me');
  expect(answer.status).toBe(204);
  expect(answer.headers.get('Clear-Site-Data')).toBe('"storage"');
  expect(answer.headers.get('Set-Cookie')).toMatch(/=; Max-Age=0;/);
  const byToken = await forget(await tokenFor(newPerson()));
  expect(byToken.headers.get('Clear-Site-Data')).toBeNull();
  expect(byToken.headers.get('Set-Cookie')).toBeNull();
  expect((await visit('/api/me', { method: 'DELETE' })).status).toBe(401);
  expect((await visit('/api/me/export')).status).toBe(401);
});

it('[H17] what a call goes on noting after its user was forgotten goes nowhere', async () => {
  const person = newPerson();
  await inObjectOf(person, async (storage) => {
    const memory = openMemory(storage);
    const id = memory.begin(NOON);
    for (let n = 0; n < 9; n += 1) memory.keep(id, said('quince', { saidAt: NOON + n }));
    // Both stop reading in the middle.
    memory.recall(id, 40);
    memory.open(id, { after: null, limit: 3 });
    await memory.forgetAll();
    memory.note(id, said('more of quinces'));
    expect(everythingIn(storage)).not.toContain('quince');
    const other = memory.begin(NOON);
    memory.note(other, said('anew'));
    expect(memory.list({ after: null, limit: 10 }).items).toHaveLength(1);
  });
});

it('[H17] who has asked too often may still be forgotten', async () => {
  const token = await tokenWith(newPerson(), { requestsPerMinute: 1 });
  expect((await visit('/api/session', { headers: { Authorization: `Bearer ${token}` } })).status).toBe(200);
  expect((await forget(token)).status).toBe(204);
});
