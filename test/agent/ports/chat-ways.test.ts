/** Chats by the operator's ways: which is asked, and who is told what. */
import { once } from 'node:events';
import { createServer, request as httpRequest, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { startEmulator, type Emulator } from '../../../emulator/server.ts';
import type { Agent } from '../../../src/agent/agent.ts';
import type { Credential, Route } from '../../../src/azure/routes.ts';
import { askByWays } from '../../../src/durable-objects/chat-ways.ts';
import { Dialer } from '../../../src/durable-objects/dialer.ts';
import { agentAt, fresh, KEY, OpenPurse } from '../talk.ts';

/** A port that nobody listens on. */
const NOWHERE = 'http://127.0.0.1:9';

let emulator: Emulator;
/** Another resource. */
let elsewhere: Emulator;
beforeAll(async () => {
  [emulator, elsewhere] = await Promise.all([
    startEmulator({ port: 0, pace: 0, thinkMs: 0 }),
    startEmulator({ port: 0, pace: 0, thinkMs: 0, apiKey: 'the-key-of-elsewhere' }),
  ]);
});
afterAll(() => Promise.all([emulator.close(), elsewhere.close()]));

const mine: Credential = { kind: 'key', key: KEY };
const theirs: Credential = { kind: 'key', key: 'the-key-of-elsewhere' };

function way(name: string, endpoint: string, more: Partial<Route> = {}): Route {
  return { name, endpoint, credential: mine, realtimeDeployment: '', chatDeployment: null, ...more };
}

/** A good one at another resource, under another name. */
function fallback(more: Partial<Route> = {}): Route {
  return way('fallback-1', elsewhere.url, { credential: theirs, chatDeployment: 'gpt-4o-mini', ...more });
}

/** An agent that takes these ways, the first of them at `chatDeployment`. */
function agentBy(
  routes: readonly Route[],
  { chatDeployment = 'gpt-4o', dialer = new Dialer(), stallMs = 2_000 } = {},
): Agent {
  const target = { endpoint: emulator.url, apiKey: KEY, realtimeDeployment: '', transcriptionDeployment: '' };
  const ask = askByWays(dialer, { routes, target: { ...target, chatDeployment } });
  return agentAt(emulator.url, { chatDeployment, stallMs, ask });
}

function targetAt(endpoint: string): Parameters<typeof askByWays>[1]['target'] {
  const deployments = { realtimeDeployment: '', transcriptionDeployment: '', chatDeployment: 'gpt-4o' };
  return { endpoint, apiKey: KEY, ...deployments };
}

/** Where a server is that goes with the test. */
async function listening(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return `http://127.0.0.1:${port}`;
}

/** Somebody that is silent, unless told what to say, and how often somebody asked. */
async function silent(
  says: (response: ServerResponse) => void = () => {},
): Promise<{ readonly url: string; readonly asked: () => number }> {
  let count = 0;
  const server: Server = createServer((_, response) => {
    count += 1;
    says(response);
  });
  return { url: await listening(server), asked: () => count };
}

/** Somebody that is late with its answers. */
async function slow(ms: number): Promise<{ readonly url: string }> {
  const server = createServer((request, response) => {
    setTimeout(() => {
      const { method, headers, url } = request;
      const there = httpRequest(`${emulator.url}${url}`, { method, headers }, (answer) => {
        response.writeHead(answer.statusCode ?? 500, answer.headers);
        answer.pipe(response);
      });
      request.pipe(there);
    }, ms);
  });
  return { url: await listening(server) };
}

/** Knows that this way was refused. */
async function shunning(refused: Route): Promise<Dialer> {
  const dialer = new Dialer();
  await agentBy([refused], { dialer }).run('Hello', fresh());
  return dialer;
}

it.each(['refuses-401', 'refuses-403', 'refuses-404', 'rate-limited', 'refuses-500', 'no-such-deployment'])(
  '[F10][F1] a chat goes on over the next way when the first is %s, at its price',
  async (chatDeployment) => {
    const purse = new OpenPurse();
    const agent = agentBy([way('primary', emulator.url), fallback()], { chatDeployment });
    const { turn, error } = await agent.run('Count to three', fresh({ purse }));
    expect([turn.answer, error]).toEqual(['One, two, three.', null]);
    expect(purse.answeredBy).toEqual(['gpt-4o-mini']);
  },
);

it('[F10][F2] a key that was refused is not tried again by the next message', async () => {
  const before = elsewhere.stats().chat_requests;
  const routes = [way('primary', elsewhere.url, { credential: { kind: 'key', key: 'wrong' } }), fallback()];
  const agent = agentBy(routes);
  for (const words of ['Hello', 'Hello again']) expect((await agent.run(words, fresh())).error).toBeNull();
  expect(elsewhere.stats().chat_requests).toBe(before + 3);
});

it('[F10] nobody there, and somebody who says nothing, give way, the latter in half the time of a stall', async () => {
  const mute = await silent();
  const agent = agentBy([way('primary', NOWHERE), way('primary-2', mute.url), fallback()], { stallMs: 600 });
  const startedAt = performance.now();
  const { turn, error } = await agent.run('Count to three', fresh());
  expect([turn.answer, error]).toEqual(['One, two, three.', null]);
  expect(mute.asked()).toBe(1);
  expect(performance.now() - startedAt).toBeGreaterThanOrEqual(290);
});

it('[F10] the last way has the whole time, and so has one beside which none is known to be good', async () => {
  const late = await slow(500);
  const refusing = way('primary', elsewhere.url, { credential: { kind: 'key', key: 'wrong' } });
  const last = agentBy([refusing, way('fallback-1', late.url)], { stallMs: 800 });
  expect((await last.run('Count to three', fresh())).turn.answer).toBe('One, two, three.');
  const only = agentBy([way('fallback-1', late.url), refusing], {
    stallMs: 800,
    dialer: await shunning(refusing),
  });
  expect((await only.run('Count to three', fresh())).turn.answer).toBe('One, two, three.');
});

it.each([
  [
    'by the operator’s ways',
    (url: string) => askByWays(new Dialer(), { routes: [way('primary', url)], target: targetAt(url) }),
  ],
  ['by itself', () => undefined],
])('[O20] a chat %s follows no redirect, which would carry the key elsewhere', async (_, askOf) => {
  const before = elsewhere.stats().chat_requests;
  const away = createServer((_request, response) => {
    response.writeHead(307, { location: `${elsewhere.url}/openai/v1/chat/completions` }).end();
  });
  away.listen(0, '127.0.0.1');
  await once(away, 'listening');
  onTestFinished(() => void away.close());
  const { port } = away.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}`;
  const ask = askOf(url);
  const agent = agentAt(url, ask === undefined ? {} : { ask });
  expect((await agent.run('Hello', fresh())).error?.code).toBe('upstream_refused');
  expect(elsewhere.stats().chat_requests).toBe(before);
});

it('[F10] a message that the filter stops goes to no other way', async () => {
  const before = elsewhere.stats().chat_requests;
  const agent = agentBy([way('primary', emulator.url), fallback()], { chatDeployment: 'chat-filter-prompt' });
  expect((await agent.run('Hello', fresh())).error?.code).toBe('content_filter');
  expect(elsewhere.stats().chat_requests).toBe(before);
});

it('[F10][F3] when no way is left the last refusal is told, with its wait; and nobody is asked before that is over', async () => {
  const dialer = new Dialer();
  const agent = agentBy([way('primary', emulator.url)], { chatDeployment: 'rate-limited', dialer });
  const before = emulator.stats().chat_requests;
  const { error } = await agent.run('Hello', fresh());
  expect(error).toMatchObject({ code: 'upstream_throttled', retryAfterMs: 2_000 });
  // A short wait is waited for, and then somebody is asked again.
  const startedAt = performance.now();
  const again = await agent.run('Hello', fresh());
  expect(again.error).toMatchObject({ code: 'upstream_throttled' });
  expect(performance.now() - startedAt).toBeGreaterThan(1_500);
  expect(emulator.stats().chat_requests).toBe(before + 2);
  const gone = await agentBy([way('primary', NOWHERE)]).run('Hello', fresh());
  expect(gone.error?.code).toBe('upstream_unreachable');
});

it('[F10][F3] a long wait is told, and nobody is asked before it is over', async () => {
  const busy = await silent((response) => response.writeHead(429, { 'retry-after': '60' }).end());
  const agent = agentBy([way('primary', busy.url)]);
  for (let time = 0; time < 2; time += 1) {
    const { error } = await agent.run('Hello', fresh());
    expect(error?.code).toBe('upstream_throttled');
    expect(error?.retryAfterMs).toBeGreaterThan(50_000);
  }
  expect(busy.asked()).toBe(1);
});

it('[F10][F6] with Entra ID a chat needs no key', async () => {
  const authority = createServer((_, response) => {
    const token = JSON.stringify({
      token_type: 'Bearer',
      access_token: 'the-key-of-elsewhere',
      expires_in: 3600,
    });
    response.writeHead(200, { 'content-type': 'application/json' }).end(token);
  });
  const app = {
    authority: await listening(authority),
    tenantId: 'contoso',
    clientId: 'app',
    clientSecret: 'hush',
  };
  const routes = [way('entra', elsewhere.url, { credential: { kind: 'entra', app } })];
  const target = { endpoint: elsewhere.url, apiKey: '', realtimeDeployment: '', transcriptionDeployment: '' };
  const chatDeployment = 'gpt-4o';
  const ask = askByWays(new Dialer(), { routes, target: { ...target, chatDeployment } });
  const agent = agentAt(elsewhere.url, { model: { ...target, chatDeployment }, ask });
  const { turn, error } = await agent.run('Count to three', fresh());
  expect([turn.answer, error]).toEqual(['One, two, three.', null]);
});
