import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { type IncomingMessage, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startVoxgate, type Voxgate } from '../../scripts/voxgate.ts';
import { answerHeaders, pageHeaders } from '../../src/worker/security-policy.ts';

let voxgate: Voxgate;
let stateDir = '';

beforeAll(async () => {
  stateDir = await mkdtemp(join(tmpdir(), 'voxgate-headers-'));
  const vars = {
    // Nobody listens there, and nobody is called.
    AZURE_ENDPOINT: 'http://127.0.0.1:9',
    AZURE_API_KEY: 'a key of the header tests',
    AUTH_SECRET: 'a secret of the header tests, long enough',
  };
  voxgate = await startVoxgate({ stateDir, vars });
});

afterAll(async () => {
  await voxgate.close();
  await rm(stateDir, { recursive: true, force: true });
});

interface Answer {
  readonly status: number | undefined;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** Asks for a path as it is written: `fetch` would tidy it first. */
async function ask(path: string, method = 'GET'): Promise<Answer> {
  const { hostname, port } = new URL(voxgate.url);
  const asked = request({ hostname, port, path, method }).end();
  const [answer] = (await once(asked, 'response')) as [IncomingMessage];
  return { status: answer.statusCode, headers: answer.headers, body: await text(answer) };
}

function lowered(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}

test.for([
  ['/', 'GET', 200],
  ['/styles.css', 'GET', 200],
  ['/docs.css', 'GET', 200],
  ['/app/main.js', 'GET', 200],
  ['/icon.svg', 'HEAD', 200],
  ['/index.html', 'GET', 307],
  ['/', 'POST', 405],
] as const)(
  '[O12] the asset %s, asked with %s, is %i and carries the headers of the page',
  async ([path, method, status]) => {
    const answer = await ask(path, method);
    expect(answer.status).toBe(status);
    expect(answer.headers).toMatchObject(lowered(pageHeaders));
  },
);

test.for([
  ['/health', 200],
  ['/api/session', 401],
  ['/nothing', 404],
] as const)('[O12] the Worker’s %s is %i and carries the headers of an answer', async ([path, status]) => {
  const answer = await ask(path);
  expect(answer.status).toBe(status);
  expect(answer.headers).toMatchObject(lowered(answerHeaders));
});

test.for([
  '/nothing',
  '/nothing.css',
  '/styles',
  '/STYLES.CSS',
  '/styles.css/',
  '/styles.css/nothing.js',
  '/styles.css%00',
  '/index.html/',
  '/app',
  '/app/',
  '/app/main.js.map',
  '/api/../nothing',
  '/docs/',
  '/docs/..%2fstyles.css',
  '/%2e%2e/wrangler.toml',
  '/%2e%2e%2fwrangler.toml',
  '/.dev.vars',
  '/.env',
  '/.git/config',
  '/_headers',
  '/wrangler.toml',
  '/package.json',
  '/src/worker/index.ts',
  '/%E0%A4%A',
  '//nothing',
  '//evil.example/index.html',
  '/%2F%2Fevil.example/',
  String.raw`/\evil.example/`,
])('[O14] %s is nothing, and no other file is given for it', async (path) => {
  const answer = await ask(path);
  expect(answer.status).toBe(404);
  expect(answer.headers['content-type']).toBe('application/problem+json');
  expect(JSON.parse(answer.body)).toMatchObject({ code: 'not_found' });
});

test.for([
  ['/%2e%2e/', '/'],
  ['/api/../styles.css', '/styles.css'],
] as const)('[O14] %s is another way to write %s, and the same file', async ([path, plain]) => {
  expect((await ask(path)).body).toBe((await ask(plain)).body);
});

test.for([
  ['//styles.css', '/styles.css'],
  ['//index.html', '/'],
  ['/index', '/'],
] as const)('[O14] %s leads to %s, which is our own', async ([path, location]) => {
  const answer = await ask(path);
  expect(answer.status).toBe(307);
  expect(answer.headers.location).toBe(location);
});

test('[O15] TRACE gives nothing of a request back', async () => {
  for (const path of ['/', '/health', '/api/session']) {
    const answer = await ask(path, 'TRACE');
    expect(answer.status).toBe(405);
    expect(answer.body).not.toContain('Host');
  }
});
