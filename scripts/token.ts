/** `npm run token`: prints a token for the configuration that `npm start` runs with, and nothing else. */
import { SignJWT } from 'jose';
import { readLocalSettings } from './local.ts';
import type { Settings } from './settings.ts';
import { parseTokenRequest, TOKEN_USAGE, type TokenRequest } from './token-request.ts';

const parsed = parseTokenRequest(process.argv.slice(2));
if (parsed.ok) {
  const settings = await readLocalSettings();
  const problem = problemOf(settings);
  if (problem === null) process.stdout.write(`${await sign(parsed.request, settings)}\n`);
  else {
    process.stderr.write(`${problem}\n`);
    process.exitCode = 1;
  }
} else {
  process.stderr.write(`${parsed.problem}\n${TOKEN_USAGE}\n`);
  process.exitCode = 2;
}

/** Why no token can be signed, in one sentence; null when one can. */
function problemOf({ vars, problems }: Settings): string | null {
  if (vars['AUTH_JWKS_URL']) {
    return 'AUTH_JWKS_URL is set, so only the identity provider it names signs tokens: get one there, or unset it.';
  }
  return problems.find((line) => line.startsWith('AUTH_SECRET')) ?? null;
}

async function sign(
  { user, isAdmin, ttlSeconds, limits }: TokenRequest,
  { authSecret, vars }: Settings,
): Promise<string> {
  const claims = {
    ...(isAdmin ? { role: 'admin' } : {}),
    ...(limits === null ? {} : { voxgate: limits }),
    ...(vars['AUTH_ISSUER'] ? { iss: vars['AUTH_ISSUER'] } : {}),
    ...(vars['AUTH_AUDIENCE'] ? { aud: vars['AUTH_AUDIENCE'] } : {}),
  };
  return new SignJWT(claims)
    .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
    .setSubject(user)
    .setIssuedAt()
    .setExpirationTime(Math.floor(Date.now() / 1000) + ttlSeconds)
    .sign(new TextEncoder().encode(authSecret));
}
