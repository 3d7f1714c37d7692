import { env } from 'cloudflare:workers';
import { expect, it } from 'vitest';
import worker from '../../src/worker/index.ts';
import { answerHeaders, docsPolicy } from '../../src/worker/security-policy.ts';
import { tokenFor } from '../support/tokens.ts';

const HERE = 'http://localhost';

async function ask(path: string, init: RequestInit = {}, bindings: object = {}): Promise<Response> {
  return worker.fetch(new Request(`${HERE}${path}`, init), { ...env, ...bindings });
}

const upgrade = { Upgrade: 'websocket' };

const answers: readonly [what: string, status: number, path: string, init: RequestInit, bindings: object][] =
  [
    ['an answer', 200, '/health', {}, {}],
    ['a sign-in', 200, '/api/session', { method: 'POST' }, {}],
    ['a refusal', 401, '/api/session', {}, {}],
    ['a refused upgrade', 401, '/ws/voice', { headers: upgrade }, {}],
    ['a plain request of a socket', 426, '/ws/voice', {}, {}],
    ['an unknown address', 404, '/api/nothing', {}, {}],
    ['a wrong method', 405, '/health', { method: 'PUT' }, {}],
    ['the methods', 204, '/health', { method: 'OPTIONS' }, {}],
    ['a body too large', 413, '/api/session', { method: 'POST', body: 'x'.repeat(70_000) }, {}],
    ['a Worker that is not configured', 503, '/api/session', {}, { AUTH_SECRET: '' }],
  ];

it.each(answers)(
  '[D11][O13] %s (%i) carries every security header, and nobody keeps it',
  async (_, status, path, init, bindings) => {
    const answer = await ask(path, init, bindings);
    expect(answer.status).toBe(status);
    expect(Object.fromEntries(answer.headers)).toMatchObject(
      Object.fromEntries(Object.entries(answerHeaders).map(([name, value]) => [name.toLowerCase(), value])),
    );
    expect(answer.headers.get('Cache-Control')).toBe('no-store');
  },
);

it('[D11] a 101 carries none, and keeps its socket', async () => {
  const headers = { ...upgrade, Authorization: `Bearer ${await tokenFor('alice')}` };
  const opened = await ask('/ws/voice', { headers });
  expect(opened.status).toBe(101);
  expect(opened.headers.get('Content-Security-Policy')).toBeNull();
  opened.webSocket?.accept();
  opened.webSocket?.close(1000);
});

it('[O12] the policy of an answer lets a browser do nothing with it, for a year over TLS alone', () => {
  const policy = answerHeaders['Content-Security-Policy'];
  for (const directive of ['default-src', 'object-src', 'base-uri', 'frame-ancestors', 'form-action']) {
    expect(policy).toContain(`${directive} 'none'`);
  }
  expect(answerHeaders['Strict-Transport-Security']).toBe('max-age=31536000; includeSubDomains');
});

it('[O12] the API’s page may have a style sheet and an icon of our own, and nothing else', async () => {
  const answer = await ask('/docs');
  expect(answer.headers.get('Content-Security-Policy')).toBe(docsPolicy);
  expect(docsPolicy).toContain("style-src 'self'; img-src 'self'");
  expect(docsPolicy).not.toMatch(/script|unsafe|connect/);
  expect(answer.headers.get('X-Content-Type-Options')).toBe('nosniff');
});
