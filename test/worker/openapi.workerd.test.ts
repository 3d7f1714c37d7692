import { env } from 'cloudflare:workers';
import { expect, it } from 'vitest';
import worker from '../../src/worker/index.ts';
import { operations } from '../../src/worker/openapi/operations.ts';
import { expectFits } from '../support/fits.ts';
import { tokenFor } from '../support/tokens.ts';

const HERE = 'http://localhost';

async function ask(path: string, init: RequestInit = {}, bindings: object = {}): Promise<Response> {
  return worker.fetch(new Request(`${HERE}${path}`, init), { ...env, ...bindings });
}

async function asAlice(): Promise<{ Authorization: string }> {
  return { Authorization: `Bearer ${await tokenFor('alice')}` };
}

const unconfigured = { AZURE_ENDPOINT: '', AZURE_API_KEY: '', AUTH_SECRET: '' };

it('[O8] every route is described, and everything that is described is a route', () => {
  const routes = worker.routes.filter(({ method }) => method !== 'ALL');
  const names = new Set(routes.map(({ method, path }) => `${method} ${path}`));
  expect([...names].toSorted()).toEqual(Object.keys(operations).toSorted());
});

it('[O9] signing in, who I am and signing out answer as described', async () => {
  const headers = { ...(await asAlice()), Origin: HERE };
  for (const [method, init, status] of [
    ['POST', { headers }, 200],
    ['POST', {}, 200],
    ['GET', { headers }, 200],
    ['GET', {}, 401],
    ['DELETE', { headers }, 204],
  ] as const) {
    const answer = await ask('/api/session', { method, ...init });
    expect(answer.status).toBe(status);
    await expectFits(answer, `${method} /api/session`);
  }
});

it('[O9] the sockets answer as described, upgraded or not', async () => {
  const headers = { ...(await asAlice()), Upgrade: 'websocket', 'Sec-WebSocket-Protocol': 'voxgate.v1' };
  for (const [path, name] of [
    ['/ws/voice', 'GET /ws/voice'],
    ['/ws?mode=voice', 'GET /ws'],
  ] as const) {
    const opened = await ask(path, { headers });
    expect(opened.status).toBe(101);
    await expectFits(opened, name);
    opened.webSocket?.accept();
    opened.webSocket?.close(1000);
    await expectFits(await ask(path), name);
    await expectFits(await ask(path, { headers: { Upgrade: 'websocket' } }), name);
  }
});

it('[O9] health answers as described, well or not', async () => {
  const well = await ask('/health');
  expect(well.status).toBe(200);
  await expectFits(well, 'GET /health');
  const ill = await ask('/health', {}, unconfigured);
  expect(ill.status).toBe(503);
  await expectFits(ill, 'GET /health');
});

it.each([
  ['/openapi.json', 'GET /openapi.json'],
  ['/docs', 'GET /docs'],
] as const)(
  '[O7][O10] anyone reads %s, configured or not, and may keep it for five minutes',
  async (path, name) => {
    const configured = await ask(path);
    const bare = await ask(path, {}, unconfigured);
    for (const answer of [configured, bare]) {
      expect(answer.status).toBe(200);
      expect(answer.headers.get('Cache-Control')).toBe('public, max-age=300');
      await expectFits(answer, name);
    }
    expect(await bare.text()).toBe(await configured.text());
    expect(configured.headers.get('Content-Type')).toMatch(/^application\/json$|; charset=UTF-8$/);
  },
);
