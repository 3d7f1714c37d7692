import { runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { beforeEach, expect, it } from 'vitest';
import type {
  ConversationPage,
  ConversationWithMessages,
  SearchPage,
} from '../../src/protocol/conversations.ts';
import { objectName } from '../../src/identity/object-name.ts';
import { OWN_ISSUER } from '../../src/identity/tokens.ts';
import type { KeptMessage } from '../../src/durable-objects/store/memory.ts';
import type { OperationName } from '../../src/worker/openapi/operations.ts';
import { expectFits } from '../support/fits.ts';
import { tokenFor } from '../support/tokens.ts';
import { NOON, openMemory, said } from '../workerd/memories.ts';
import { codeOf, cookieFor, FRIEND, HERE, visit } from '../workerd/visitor.ts';

let people = 0;
let alice = '';
let headers: Record<string, string> = {};

beforeEach(async () => {
  people += 1;
  alice = `alice ${people}`;
  headers = { Authorization: `Bearer ${await tokenFor(alice)}` };
});

/** Keeps a conversation of this user's, as their sessions would. */
async function talk(user: string, messages: readonly KeptMessage[]): Promise<string> {
  const name = await objectName(env.AUTH_SECRET, { issuer: OWN_ISSUER, subject: user });
  return runInDurableObject(env.USERS.getByName(name), (_, { storage }) => {
    const memory = openMemory(storage);
    const id = memory.begin(NOON);
    for (const message of messages) memory.keep(id, message);
    return id;
  });
}

async function ask(path: string, init: RequestInit = {}): Promise<Response> {
  const answer = await visit(`/api/conversations${path}`, { headers, ...init });
  await expectFits(answer, operationOf(path, init.method ?? 'GET'));
  return answer;
}

function operationOf(path: string, method: string): OperationName {
  if (path.startsWith('/search')) return 'GET /api/conversations/search';
  if (!path.startsWith('/')) return 'GET /api/conversations';
  return `${method} /api/conversations/:id` as OperationName;
}

it('[H20] my conversations are listed and opened in pages, the latest first', async () => {
  const talks = Array.from({ length: 3 }, (_, index) =>
    talk(alice, [said(`hello ${index}`, { saidAt: NOON + index * 1000 })]),
  );
  const ids: string[] = [];
  for (const id of talks) ids.push(await id);
  const first = await (await ask('?limit=2')).json<ConversationPage>();
  expect(first.conversations.map(({ title }) => title)).toEqual(['hello 2', 'hello 1']);
  expect(first.conversations[1]).toEqual({
    id: ids[1],
    title: 'hello 1',
    created_at: NOON / 1000,
    updated_at: NOON / 1000 + 1,
    message_count: 1,
  });
  const second = await (await ask(`?limit=2&cursor=${first.next}`)).json<ConversationPage>();
  expect(second.conversations.map(({ title }) => title)).toEqual(['hello 0']);
  expect(second.next).toBeNull();
});

it('[H20] a conversation is opened at its end, and page by page back to its beginning', async () => {
  const call = {
    call_id: 'c',
    name: 'weather',
    arguments: { city: 'Bern' },
    output: [1, null],
    is_error: false,
  };
  const id = await talk(
    alice,
    Array.from({ length: 5 }, (_, n) =>
      said(`${n}`, { saidAt: NOON + n, ...(n % 2 === 1 ? { role: 'assistant', toolCalls: [call] } : {}) }),
    ),
  );
  const seen: string[] = [];
  let cursor = '';
  do {
    const page = await (await ask(`/${id}?limit=2${cursor}`)).json<ConversationWithMessages>();
    expect(page).toMatchObject({ id, title: '0', message_count: 5 });
    seen.unshift(...page.messages.map(({ content }) => content));
    expect(page.messages.at(-1)?.tool_calls).toEqual(
      page.messages.at(-1)?.role === 'assistant' ? [call] : [],
    );
    cursor = page.next === null ? '' : `&cursor=${page.next}`;
  } while (cursor !== '');
  expect(seen).toEqual(['0', '1', '2', '3', '4']);
});

it('[H20] a page of long messages is shorter, and misses nothing', async () => {
  const long = '漢'.repeat(100_000);
  const id = await talk(
    alice,
    [1, 2, 3, 4, 5].map((n) => said(`${n}${long.slice(1)}`, { saidAt: NOON + n })),
  );
  const newest = await (await ask(`/${id}`)).json<ConversationWithMessages>();
  expect(newest.messages.map(({ content }) => content.charAt(0))).toEqual(['3', '4', '5']);
  const older = await (await ask(`/${id}?cursor=${newest.next}`)).json<ConversationWithMessages>();
  expect(older.messages.map(({ content }) => content.charAt(0))).toEqual(['1', '2']);
  expect(older.next).toBeNull();
});

it('[H21] what I said is found, with the words around it and where they are', async () => {
  const id = await talk(alice, [
    said('My name is Ada', { id: 'm1' }),
    said('Hello Ada', { id: 'm2', role: 'assistant', saidAt: NOON + 1000 }),
  ]);
  const found = await (await ask('/search?q=ad&limit=1')).json<SearchPage>();
  expect(found.results).toEqual([
    {
      conversation_id: id,
      title: 'My name is Ada',
      message_id: 'm2',
      role: 'assistant',
      snippet: 'Hello Ada',
      matches: [[6, 9]],
      created_at: NOON / 1000 + 1,
    },
  ]);
  const more = await (await ask(`/search?q=ad&limit=1&cursor=${found.next}`)).json<SearchPage>();
  expect(more.results.map(({ message_id }) => message_id)).toEqual(['m1']);
  expect(more.next).toBeNull();
  const none = await ask(`/search?q=${encodeURIComponent('" OR * NEAR(')}`);
  expect(await none.json()).toEqual({ results: [], next: null });
});

it.for([
  ['', 'limit=0', 'limit must be a whole number from 1 to 100.'],
  ['', 'cursor=x', 'cursor must be the `next` of an earlier page.'],
  ['', 'cursor=1-2-3', 'cursor must be the `next` of an earlier page.'],
  ['/search', '', 'q must have 1 to 200 characters.'],
  ['/search', 'q=', 'q must have 1 to 200 characters.'],
  ['/search', `q=${'a'.repeat(201)}`, 'q must have 1 to 200 characters.'],
  ['/search', 'q=a&q=b', 'q: may be there only once'],
  ['/search', 'q=a&cursor=-1', 'cursor must be the `next` of an earlier page.'],
] as const)('[H20][H21] %s?%s is refused in words: %s', async ([path, query, detail]) => {
  const answer = await ask(`${path}?${query}`);
  expect(answer.status).toBe(400);
  expect(await answer.json()).toMatchObject({ code: 'invalid_request', detail });
});

it('[H22] a title is given by PATCH and stays; what is none is refused in words', async () => {
  const id = await talk(alice, [said('hello')]);
  const rename = (body: BodyInit): Promise<Response> => ask(`/${id}`, { method: 'PATCH', body });
  const answer = await rename(JSON.stringify({ title: '  My\n trip ' }));
  expect(answer.status).toBe(200);
  expect(await answer.json()).toMatchObject({ id, title: 'My trip' });
  for (const body of ['', '{', '[]', '{}', '{"title":7}', '{"title":"  "}', '{"title":"a","id":"b"}']) {
    const refused = await rename(body);
    expect(refused.status).toBe(400);
    expect(await refused.json()).toMatchObject({ detail: expect.stringContaining('1 to 200 characters') });
  }
  expect((await rename(JSON.stringify({ title: 'x'.repeat(201) }))).status).toBe(400);
  expect((await rename(JSON.stringify({ title: 'x'.repeat(200) }))).status).toBe(200);
});

it('[H22] a conversation is deleted once, and then is not there', async () => {
  const id = await talk(alice, [said('quince')]);
  expect((await ask(`/${id}`, { method: 'DELETE' })).status).toBe(204);
  expect(await codeOf(await ask(`/${id}`, { method: 'DELETE' }))).toBe('not_found');
  expect(await codeOf(await ask(`/${id}`))).toBe('not_found');
  expect(await (await ask('/search?q=quince')).json()).toEqual({ results: [], next: null });
  expect(await (await ask('')).json()).toEqual({ conversations: [], next: null });
});

it('[H23] what is another’s is not there: the same answer as for what never was', async () => {
  const hers = await talk(alice, [said('quince')]);
  headers = { Authorization: `Bearer ${await tokenFor(`mallory ${people}`)}` };
  const nowhere = 'conv_00000000000000000000000000000000';
  for (const init of [{}, { method: 'PATCH', body: '{"title":"mine"}' }, { method: 'DELETE' }]) {
    const [answer, never] = [await ask(`/${hers}`, init), await ask(`/${nowhere}`, init)];
    expect(answer.status).toBe(404);
    expect(await answer.text()).toBe(await never.text());
  }
  expect(await (await ask('/search?q=quince')).json()).toEqual({ results: [], next: null });
  expect(await (await ask('')).json()).toEqual({ conversations: [], next: null });
  headers = { Authorization: `Bearer ${await tokenFor(alice)}` };
  expect(await (await ask(`/${hers}`)).json()).toMatchObject({ title: 'quince' });
});

it('[H23] nobody gets in without a credential, and a cookie changes nothing from elsewhere', async () => {
  const id = await talk(alice, [said('quince')]);
  const cookie = await cookieFor(await tokenFor(alice));
  for (const [path, init] of [
    ['', {}],
    ['/search?q=a', {}],
    [`/${id}`, {}],
    [`/${id}`, { method: 'PATCH', body: '{"title":"x"}' }],
    [`/${id}`, { method: 'DELETE' }],
  ] as const) {
    const stranger = await ask(path, { ...init, headers: {} });
    expect(stranger.status).toBe(401);
    const isChange = 'method' in init;
    const elsewhere = await ask(path, {
      ...init,
      headers: { Cookie: cookie, Origin: 'https://evil.example' },
    });
    expect(elsewhere.status).toBe(isChange ? 403 : 200);
  }
  const friend = await ask('', { headers: { ...headers, Origin: FRIEND } });
  expect(friend.headers.get('Access-Control-Allow-Origin')).toBe(FRIEND);
  expect(friend.headers.get('Cache-Control')).toBe('no-store');
  const home = await ask(`/${id}`, { method: 'DELETE', headers: { Cookie: cookie, Origin: HERE } });
  expect(home.status).toBe(204);
});

it('[H23] each is a request', async () => {
  headers = {
    Authorization: `Bearer ${await tokenFor(alice, { claims: { voxgate: { requestsPerMinute: 2 } } })}`,
  };
  expect((await ask('')).status).toBe(200);
  expect((await ask('/search?q=a')).status).toBe(200);
  expect(await codeOf(await ask('/some'))).toBe('rate_limited');
});
