import * as v from 'valibot';
import { flag, readSettings, text, type Settings } from '../observe/settings.ts';

/** How the door knows people. */
export interface DoorSettings {
  /** HS256 secret: signs session cookies, verifies tokens, names the users' objects. */
  readonly authSecret: string;
  readonly issuer: string | null;
  readonly audience: string | null;
  readonly isGuestAllowed: boolean;
  /** Origins other than our own that may act with a cookie. */
  readonly allowedOrigins: readonly string[];
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
    GUEST_ACCESS: flag(false),
    ALLOWED_ORIGINS: v.pipe(
      text(''),
      v.transform((list) => list.split(',').map((origin) => origin.trim())),
      v.transform((list) => list.filter((origin) => origin !== '')),
      v.check(
        (list) => list.every(isOrigin),
        'must be origins separated by commas, each as https://host[:port] with nothing behind it',
      ),
    ),
  }),
  v.transform((read): DoorSettings => ({
    authSecret: read.AUTH_SECRET,
    issuer: read.AUTH_ISSUER,
    audience: read.AUTH_AUDIENCE,
    isGuestAllowed: read.GUEST_ACCESS,
    allowedOrigins: read.ALLOWED_ORIGINS,
  })),
);

/** Reads the door's variables. */
export function readDoorSettings(env: object): Settings<DoorSettings> {
  return readSettings(schema, env);
}

function isOrigin(given: string): boolean {
  return URL.canParse(given) && new URL(given).origin === given;
}
