import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { jwtVerify } from 'jose';
import { expect, test } from 'vitest';

const REPO = resolve(import.meta.dirname, '../..');
const SECRET = 'a secret of the test of npm run token';

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function runToken(args: readonly string[], env: Readonly<Record<string, string>>): Promise<Ended> {
  return new Promise((settle) => {
    const options = { cwd: REPO, env: { ...process.env, AUTH_SECRET: SECRET, ...env } };
    const child = execFile(
      process.execPath,
      ['scripts/token.ts', ...args],
      options,
      (_error, stdout, stderr) => {
        settle({ code: child.exitCode ?? -1, stdout, stderr });
      },
    );
  });
}

test('[S6] a token names the issuer and the audience that the door asks for, and nothing else is printed', async () => {
  const env = { AUTH_JWKS_URL: '', AUTH_ISSUER: 'https://issuer.example', AUTH_AUDIENCE: 'voxgate' };
  const { code, stdout, stderr } = await runToken(['alice', '--admin'], env);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const { payload } = await jwtVerify(stdout.trim(), new TextEncoder().encode(SECRET), {
    issuer: env.AUTH_ISSUER,
    audience: env.AUTH_AUDIENCE,
  });
  expect(payload).toMatchObject({ sub: 'alice', role: 'admin' });
});

test('[S6] with an identity provider configured it says in one sentence who signs tokens, and prints none', async () => {
  const env = { AUTH_JWKS_URL: 'https://provider.example/keys' };
  const { code, stdout, stderr } = await runToken(['alice'], env);
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr).toMatch(/^AUTH_JWKS_URL [^\n]+\.\n$/);
});

test('[S6] a secret that is too short is a sentence, not a stack', async () => {
  const { code, stderr } = await runToken(['alice'], { AUTH_JWKS_URL: '', AUTH_SECRET: 'short' });
  expect(code).toBe(1);
  expect(stderr).toMatch(/^AUTH_SECRET[^\n]+\n$/);
});
