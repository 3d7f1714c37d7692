import * as v from 'valibot';
import { readSettings, text, type Settings } from '../observe/settings.ts';

/** How we know people: whose signatures count, and what a token must say. */
export interface IdentitySettings {
  /** Signs session cookies and tickets, names the users' objects, and verifies tokens when no key set does. */
  readonly authSecret: string;
  /** Where an identity provider tells its public keys; when set, tokens are verified by these and by nothing else. */
  readonly keySetUrl: string | null;
  readonly issuer: string | null;
  readonly audience: string | null;
}

/** A shorter secret can be guessed; HMAC-SHA-256 gains nothing from a longer one than its block. */
const SECRET_BYTES = 32;

const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]']);

const orNull = (given: string): string | null => (given === '' ? null : given);

const schema = v.pipe(
  v.object({
    AUTH_SECRET: v.pipe(
      text(''),
      v.check(
        (secret) => new TextEncoder().encode(secret).byteLength >= SECRET_BYTES,
        `set it to ${SECRET_BYTES} bytes or more, for example from: openssl rand -base64 48`,
      ),
    ),
    AUTH_JWKS_URL: v.pipe(
      text(''),
      v.check(
        (url) => url === '' || isSafeAddress(url),
        "must be the https address of the provider's key set (http only for loopback)",
      ),
      v.transform(orNull),
    ),
    AUTH_ISSUER: v.pipe(text(''), v.transform(orNull)),
    AUTH_AUDIENCE: v.pipe(text(''), v.transform(orNull)),
  }),
  v.transform((read): IdentitySettings => ({
    authSecret: read.AUTH_SECRET,
    keySetUrl: read.AUTH_JWKS_URL,
    issuer: read.AUTH_ISSUER,
    audience: read.AUTH_AUDIENCE,
  })),
);

/** Reads the `AUTH_*` variables. */
export function readIdentitySettings(env: object): Settings<IdentitySettings> {
  return readSettings(schema, env);
}

/** Whoever can answer for this address can sign for everybody: the way to it must not be open to others. */
function isSafeAddress(address: string): boolean {
  if (!URL.canParse(address)) return false;
  const { protocol, hostname, username, password } = new URL(address);
  const isSafe = protocol === 'https:' || (protocol === 'http:' && LOOPBACK.has(hostname));
  return isSafe && username === '' && password === '';
}
