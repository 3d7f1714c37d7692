import * as v from 'valibot';
import { readSettings, text, type Settings } from '../observe/settings.ts';

/** How we know people: whose signatures count, and what a token must say. */
export interface IdentitySettings {
  /** HS256 secret: signs session cookies and tickets, verifies tokens, names the users' objects. */
  readonly authSecret: string;
  readonly issuer: string | null;
  readonly audience: string | null;
}

/** A shorter secret can be guessed; HMAC-SHA-256 gains nothing from a longer one than its block. */
const SECRET_BYTES = 32;

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
    AUTH_ISSUER: v.pipe(text(''), v.transform(orNull)),
    AUTH_AUDIENCE: v.pipe(text(''), v.transform(orNull)),
  }),
  v.transform((read): IdentitySettings => ({
    authSecret: read.AUTH_SECRET,
    issuer: read.AUTH_ISSUER,
    audience: read.AUTH_AUDIENCE,
  })),
);

/** Reads the `AUTH_*` variables. */
export function readIdentitySettings(env: object): Settings<IdentitySettings> {
  return readSettings(schema, env);
}
