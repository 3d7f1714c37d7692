import { errors, jwtVerify, SignJWT, type JWTPayload } from 'jose';
import * as v from 'valibot';
import type { IdentitySettings } from './settings.ts';
import type { CredentialName, LimitOverrides, User } from './user.ts';

/** Issuer of the users that no identity provider vouches for, and of our own cookies. */
export const OWN_ISSUER = 'voxgate';

const SESSION_TYPE = 'voxgate-session+jwt';
const SESSION_AUDIENCE = 'voxgate-session';
const TOKEN_TYPES = new Set(['', 'jwt', 'at+jwt', 'application/at+jwt']);
const CLOCK_TOLERANCE_SECONDS = 5;
const TOKEN_LENGTH = 8_192;

// jose takes base64url leniently (spaces, padding, a newline at the end); one token must have one spelling.
const COMPACT_FORM = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/;

/** Verifies an access token; null when it is not one of ours in every respect. */
export async function verifyToken(token: string, settings: IdentitySettings): Promise<User | null> {
  const payload = await verify(token, settings.authSecret, {
    ...(settings.issuer === null ? {} : { issuer: settings.issuer }),
    ...(settings.audience === null ? {} : { audience: settings.audience }),
    isType: (type) => TOKEN_TYPES.has(type),
  });
  if (payload === null) return null;
  const hash = await hashOf(token.slice(0, token.lastIndexOf('.')));
  const credential: CredentialName = { kind: 'token', hash };
  return userOf(payload, { issuer: payload.iss ?? OWN_ISSUER, isGuest: false, credential });
}

/** Verifies a session cookie; null when it is not one that `signSession` wrote and that still runs. */
export async function verifySession(cookie: string, settings: IdentitySettings): Promise<User | null> {
  const payload = await verify(cookie, settings.authSecret, {
    issuer: OWN_ISSUER,
    audience: SESSION_AUDIENCE,
    isType: (type) => type === SESSION_TYPE,
  });
  if (payload === null) return null;
  const { user_issuer: issuer, signed_at: signedAt } = payload;
  return userOf(payload, {
    issuer: typeof issuer === 'string' ? issuer : OWN_ISSUER,
    isGuest: payload['guest'] === true,
    credential: { kind: 'session', signedAt: typeof signedAt === 'number' ? signedAt : 0 },
  });
}

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
    .sign(keyOf(settings.authSecret));
}

interface Rules {
  readonly issuer?: string;
  readonly audience?: string;
  readonly isType: (type: string) => boolean;
}

async function verify(
  token: string,
  secret: string,
  { isType, ...rules }: Rules,
): Promise<JWTPayload | null> {
  if (token.length > TOKEN_LENGTH || !COMPACT_FORM.test(token)) return null;
  try {
    const { payload, protectedHeader } = await jwtVerify(token, keyOf(secret), {
      ...rules,
      algorithms: ['HS256'],
      requiredClaims: ['exp', 'sub'],
      clockTolerance: CLOCK_TOLERANCE_SECONDS,
    });
    const isPlain = protectedHeader.crit === undefined;
    return isPlain && isType((protectedHeader.typ ?? '').toLowerCase()) ? payload : null;
  } catch (error) {
    if (error instanceof errors.JOSEError) return null;
    throw error;
  }
}

function userOf(payload: JWTPayload, known: Pick<User, 'issuer' | 'isGuest' | 'credential'>): User | null {
  const { sub: subject, exp: expiresAt } = payload;
  const limits = readLimitsClaim(payload['voxgate']);
  if (typeof subject !== 'string' || subject === '' || typeof expiresAt !== 'number') return null;
  if (limits === null) return null;
  return { ...known, subject, expiresAt, limits, isAdmin: payload['role'] === 'admin' };
}

const amount = v.exactOptional(v.pipe(v.number(), v.minValue(0)));

const limitsClaim = v.object({
  connections: v.exactOptional(v.pipe(v.number(), v.integer(), v.minValue(0))),
  requestsPerMinute: v.exactOptional(v.pipe(v.number(), v.integer(), v.minValue(0))),
  dailyTokens: amount,
  dailyUsd: amount,
  dailyVoiceMinutes: amount,
  unlocked: v.exactOptional(v.boolean()),
});

/** The claim `voxgate`; null when it is there and not of its form: a limit that cannot be read must not be none. */
function readLimitsClaim(claim: unknown): LimitOverrides | null {
  const read = v.safeParse(v.optional(limitsClaim, {}), claim);
  return read.success ? read.output : null;
}

async function hashOf(signed: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(signed));
  return new Uint8Array(digest).toHex();
}

function keyOf(secret: string): Uint8Array {
  return new TextEncoder().encode(secret);
}
