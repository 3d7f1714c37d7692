import { userOf } from './claims.ts';
import { hashOf } from './hash.ts';
import { readJwt, type JwtReading, type JwtRules } from './jwt.ts';
import { keySetAt } from './key-set.ts';
import { PROVIDER_ALGORITHMS } from './public-keys.ts';
import { secretKey } from './secret-key.ts';
import type { IdentitySettings } from './settings.ts';
import type { User } from './user.ts';

/** Issuer of the users that no identity provider vouches for, and of our own cookies. */
export const OWN_ISSUER = 'voxgate';

/** Who an access token names. */
export type TokenVerdict =
  | { readonly outcome: 'known'; readonly user: User }
  /** Not a token for us, in some respect. */
  | { readonly outcome: 'refused' }
  /** Nobody can tell now: the identity provider does not give its keys. Worth another try in a few seconds. */
  | { readonly outcome: 'unavailable' };

const TOKEN_TYPES = new Set(['', 'jwt', 'at+jwt', 'application/at+jwt']);

/**
 * Verifies an access token: by the provider's key set when there is one, else by our secret, never by both (RFC 8725,
 * 3.1: whoever may choose between them signs with the public key as if it were the secret).
 */
export async function verifyToken(token: string, settings: IdentitySettings): Promise<TokenVerdict> {
  const { keySetUrl, authSecret } = settings;
  const reading =
    keySetUrl === null
      ? await readJwt(token, await secretKey(authSecret), rulesOf(settings, ['HS256']))
      : await readByProvider(token, keySetUrl, rulesOf(settings, PROVIDER_ALGORITHMS));
  if (reading.outcome === 'unavailable') return { outcome: 'unavailable' };
  if (reading.outcome !== 'good') return { outcome: 'refused' };
  const { payload } = reading;
  const { iss: issuer = OWN_ISSUER } = payload;
  if (typeof issuer !== 'string') return { outcome: 'refused' };
  // The signed part has one spelling; a signature has several (an ECDSA one can be negated by anybody).
  const hash = await hashOf(token.slice(0, token.lastIndexOf('.')));
  const user = userOf(payload, { issuer, isGuest: false, credential: { kind: 'token', hash } });
  return user === null ? { outcome: 'refused' } : { outcome: 'known', user };
}

async function readByProvider(
  token: string,
  url: string,
  rules: JwtRules,
): Promise<JwtReading | { readonly outcome: 'unavailable' }> {
  const provider = keySetAt(url);
  const keys = await provider.current();
  if (keys === null) return { outcome: 'unavailable' };
  const reading = await readJwt(token, keys.choose, rules);
  if (reading.outcome !== 'no-key') return reading;
  const newer = await provider.newerThan(keys);
  if (newer === 'unavailable') return { outcome: 'unavailable' };
  return newer === 'none' ? reading : readJwt(token, newer.choose, rules);
}

function rulesOf({ issuer, audience }: IdentitySettings, algorithms: readonly string[]): JwtRules {
  return {
    algorithms,
    ...(issuer === null ? {} : { issuer }),
    ...(audience === null ? {} : { audience }),
    isType: (type) => TOKEN_TYPES.has(type),
  };
}
