/** `npm run token`: prints a token for the configuration that `npm start` runs with, and nothing else. */
import { SignJWT } from 'jose';
import { readLocalSettings } from './local.ts';
import { parseTokenRequest, TOKEN_USAGE, type TokenRequest } from './token-request.ts';

const parsed = parseTokenRequest(process.argv.slice(2));
if (parsed.ok) {
  process.stdout.write(`${await sign(parsed.request)}\n`);
} else {
  process.stderr.write(`${parsed.problem}\n${TOKEN_USAGE}\n`);
  process.exitCode = 2;
}

async function sign({ user, isAdmin, ttlSeconds, limits }: TokenRequest): Promise<string> {
  const { authSecret, vars, problems } = await readLocalSettings();
  const problem = problems.find((line) => line.startsWith('AUTH_SECRET'));
  if (problem) throw new Error(problem);
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
