/** JSON Web Tokens, read strictly: RFC 8725's rules, and only what this door needs of RFC 7515 and 7519. */
import { errors, jwtVerify, type JWTPayload, type JWTVerifyGetKey, type JWTVerifyResult } from 'jose';

/** What a token must be, beside well signed. */
export interface JwtRules {
  readonly algorithms: readonly string[];
  readonly issuer?: string;
  readonly audience?: string;
  /** Judges the header's `typ` in lower case, '' when there is none. */
  readonly isType: (type: string) => boolean;
}

/** A secret, or what chooses a public key by the token's header. */
export type JwtKey = CryptoKey | JWTVerifyGetKey;

/** What a token turned out to be. `no-key`: none of the keys is the one its header names. */
export type JwtReading =
  | { readonly outcome: 'good'; readonly payload: JWTPayload }
  | { readonly outcome: 'bad' }
  | { readonly outcome: 'no-key' };

const CLOCK_TOLERANCE_SECONDS = 5;
const TOKEN_LENGTH = 8_192;

/** How many keys a token that names none, or one of several with the same name, is tried with. */
const KEYS_TRIED = 8;

// jose takes base64url leniently (spaces, padding, a newline at the end, bits that say nothing); one token must have one
// spelling. Each part is whole groups of four, and a rest whose last character carries no stray bit (RFC 4648, 3.5).
const PART =
  '(?=[A-Za-z0-9_-])(?:[A-Za-z0-9_-]{4})*(?:[A-Za-z0-9_-][AQgw]|[A-Za-z0-9_-]{2}[AEIMQUYcgkosw048])?';
const COMPACT_FORM = new RegExp(`^${PART}\\.${PART}\\.${PART}$`);

/** Reads a token: its form, its signature, and its claims `exp`, `sub`, `nbf`, `iat` and what the rules name. */
export async function readJwt(token: string, key: JwtKey, rules: JwtRules): Promise<JwtReading> {
  if (token.length > TOKEN_LENGTH || !COMPACT_FORM.test(token)) return { outcome: 'bad' };
  try {
    const { payload, protectedHeader } = await verify(token, key, rules);
    const { crit, typ = '' } = protectedHeader;
    const isOurKind = crit === undefined && typeof typ === 'string' && rules.isType(typ.toLowerCase());
    return isOurKind && isOfThePast(payload.iat) ? { outcome: 'good', payload } : { outcome: 'bad' };
  } catch (error) {
    if (error instanceof errors.JWKSNoMatchingKey) return { outcome: 'no-key' };
    if (error instanceof errors.JOSEError) return { outcome: 'bad' };
    throw error;
  }
}

async function verify(token: string, key: JwtKey, rules: JwtRules): Promise<JWTVerifyResult> {
  const options = {
    algorithms: [...rules.algorithms],
    ...(rules.issuer === undefined ? {} : { issuer: rules.issuer }),
    ...(rules.audience === undefined ? {} : { audience: rules.audience }),
    requiredClaims: ['exp', 'sub'],
    clockTolerance: CLOCK_TOLERANCE_SECONDS,
  };
  if (typeof key !== 'function') return jwtVerify(token, key, options);
  try {
    return await jwtVerify(token, key, options);
  } catch (error) {
    if (!(error instanceof errors.JWKSMultipleMatchingKeys)) throw error;
    let tried = 0;
    for await (const candidate of error) {
      const verified = await jwtVerify(token, candidate, options).catch(nullWhenUnsigned);
      if (verified !== null) return verified;
      tried += 1;
      if (tried === KEYS_TRIED) break;
    }
    throw new errors.JWSSignatureVerificationFailed();
  }
}

function nullWhenUnsigned(error: unknown): null {
  if (error instanceof errors.JWSSignatureVerificationFailed) return null;
  throw error;
}

/** A token from the future was made by a clock, or by somebody, not to be trusted. jose has seen that it is a number. */
function isOfThePast(issuedAt: number | undefined): boolean {
  return issuedAt === undefined || issuedAt <= Date.now() / 1000 + CLOCK_TOLERANCE_SECONDS;
}
