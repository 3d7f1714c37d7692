import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { type Command, descendants, isRunning, runNpm, running } from '../support/product.ts';

/** Nothing of the person's own configuration, and a port of the test's own. */
async function bareEnvironment() {
  const port = await freePort();
  return {
    url: `http://127.0.0.1:${port}`,
    env: {
      PORT: String(port),
      AZURE_ENDPOINT: '',
      AZURE_OPENAI_ENDPOINT: '',
      AUTH_SECRET: 'a secret of the test of npm start, long enough',
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return address !== null && typeof address === 'object' ? address.port : 0;
}

async function stateDir(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'voxgate-start-'));
  onTestFinished(() => rm(path, { recursive: true, force: true }));
  return path;
}

async function startProduct(env: Record<string, string>, state: string): Promise<Command> {
  const command = runNpm(['start', '--', '--state', state], env);
  onTestFinished(async () => {
    command.process.kill('SIGTERM');
    await command.ended;
  });
  await command.printed('Stop it with');
  return command;
}

async function signIn(url: string): Promise<Response> {
  return fetch(`${url}/api/session`, { method: 'POST', headers: { Origin: url } });
}

async function allGone(pids: readonly number[]): Promise<void> {
  await vi.waitFor(async () => expect((await Promise.all(pids.map(isRunning))).filter(Boolean)).toEqual([]), {
    timeout: 10_000,
    interval: 50,
  });
}

test('[S9] npm start serves page, health and guests, says where, and keeps its secret to itself', async () => {
  const { url, env } = await bareEnvironment();
  const product = await startProduct(env, await stateDir());

  expect((await fetch(`${url}/health`)).status).toBe(200);
  expect(await (await fetch(url)).text()).toContain('<html');
  expect((await signIn(url)).status).toBe(200);
  expect(product.output()).toContain(`http://localhost:${env.PORT}`);
  expect(product.output()).toContain('emulator');
  expect(product.output()).not.toContain(env.AUTH_SECRET);
});

test.for(['SIGINT', 'SIGTERM'] as const)(
  '[S10] %s ends everything within 3 s, with code 0',
  async (signal) => {
    const { env } = await bareEnvironment();
    const product = await startProduct(env, await stateDir());
    const started = await descendants(product.process.pid ?? 0);
    expect(started.length).toBeGreaterThan(2);

    const asked = performance.now();
    product.process.kill(signal);
    const { code } = await product.ended;

    expect(code).toBe(0);
    expect(performance.now() - asked).toBeLessThan(3_000);
    await allGone(started);
  },
);

test.for([
  { killed: 'the program itself', find: 'scripts/start.ts' },
  { killed: 'every Node process', find: 'node' },
])(
  '[S11] $killed killed, nothing is left, and it starts again on the same port and state',
  async ({ find }) => {
    const { url, env } = await bareEnvironment();
    const state = await stateDir();
    const first = await startProduct(env, state);
    const started = await descendants(first.process.pid ?? 0);
    const victims = await running(started, find);
    expect(victims).not.toEqual([]);
    for (const pid of victims) process.kill(pid, 'SIGKILL');
    await allGone(started);

    await startProduct(env, state);
    expect((await fetch(`${url}/health`)).status).toBe(200);
  },
);

test('[S11] the npm that started it killed, it stops by itself', async () => {
  const { env } = await bareEnvironment();
  const product = await startProduct(env, await stateDir());
  const started = await descendants(product.process.pid ?? 0);
  product.process.kill('SIGKILL');
  await allGone(started);
  expect((await product.ended).code).toBeNull();
});

test('[S12] a port in use is one clear sentence and code 1', async () => {
  const { env } = await bareEnvironment();
  const server = createServer().listen(Number(env.PORT), '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());

  const { code, stderr } = await runNpm(['start', '--silent'], env).ended;

  expect(code).toBe(1);
  expect(
    stderr
      .trim()
      .split('\n')
      .filter((line) => !line.startsWith('npm warn')),
  ).toEqual([`Port ${env.PORT} is in use. Stop what listens there, or choose another: PORT=9000 npm start`]);
});

test('[S5] an endpoint without a key is told, and nothing is started', async () => {
  const { env } = await bareEnvironment();
  const { code, stdout, stderr } = await runNpm(['start', '--silent'], {
    ...env,
    AZURE_ENDPOINT: 'https://somewhere.openai.azure.com',
    AZURE_API_KEY: '',
    AZURE_OPENAI_API_KEY: '',
    AZURE_TENANT_ID: '',
    AZURE_CLIENT_ID: '',
    AZURE_CLIENT_SECRET: '',
  }).ended;
  expect(code).toBe(1);
  expect(stderr).toContain('AZURE_API_KEY: set it');
  expect(stdout).toBe('');
});

test('[S6] npm run token prints a token that the product takes, and nothing else', async () => {
  const { url, env } = await bareEnvironment();
  await startProduct(env, await stateDir());

  const { code, stdout } = await runNpm(['run', '--silent', 'token', '--', 'alice'], env).ended;

  expect(code).toBe(0);
  expect(stdout).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+\n$/);
  const response = await fetch(`${url}/api/session`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${stdout.trim()}`, Origin: url },
  });
  expect(await response.json()).toMatchObject({ user: 'alice', guest: false });
});

test('[S6] a token that was asked for wrongly is usage on the error stream and code 2', async () => {
  const { env } = await bareEnvironment();
  const { code, stdout, stderr } = await runNpm(['run', '--silent', 'token'], env).ended;
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toContain('usage:');
});
