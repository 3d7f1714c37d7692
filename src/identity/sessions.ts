import { SignJWT } from 'jose';
import { userOf } from './claims.ts';
import { readJwt } from './jwt.ts';
import { secretKey } from './secret-key.ts';
import type { IdentitySettings } from './settings.ts';
import { OWN_ISSUER } from './tokens.ts';
import type { User } from './user.ts';

/** Longest life of a session cookie, however long the token was good that it was made from. */
export const SESSION_SECONDS = 30 * 24 * 60 * 60;

const SESSION_TYPE = 'voxgate-session+jwt';
const SESSION_AUDIENCE = 'voxgate-session';

/** Signs the session cookie's value: the user, carried by us alone, with a type that no access token has. */
export async function signSession(user: User, settings: IdentitySettings): Promise<string> {
  const claims = {
    user_issuer: user.issuer,
    signed_at: Date.now(),
    voxgate: user.limits,
    ...(user.isGuest ? { guest: true } : {}),
    ...(user.isAdmin ? { role: 'admin' } : {}),
  };
  return new SignJWT(claims)
    .setProtectedHeader({ alg: 'HS256', typ: SESSION_TYPE })
    .setIssuer(OWN_ISSUER)
    .setAudience(SESSION_AUDIENCE)
    .setSubject(user.subject)
    .setIssuedAt()
    .setExpirationTime(user.expiresAt)
    .sign(await secretKey(settings.authSecret));
}

/** Verifies a session cookie; null when it is not one that `signSession` wrote and that still runs. */
export async function verifySession(cookie: string, settings: IdentitySettings): Promise<User | null> {
  const reading = await readJwt(cookie, await secretKey(settings.authSecret), {
    algorithms: ['HS256'],
    issuer: OWN_ISSUER,
    audience: SESSION_AUDIENCE,
    isType: (type) => type === SESSION_TYPE,
  });
  if (reading.outcome !== 'good') return null;
  const { user_issuer: issuer, signed_at: signedAt } = reading.payload;
  if (typeof issuer !== 'string' || typeof signedAt !== 'number') return null;
  return userOf(reading.payload, {
    issuer,
    isGuest: reading.payload['guest'] === true,
    credential: { kind: 'session', signedAt },
  });
}
