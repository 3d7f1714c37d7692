import * as v from 'valibot';
import { readIdentitySettings, type IdentitySettings } from '../identity/settings.ts';
import { flag, readSettings, text, type Settings } from '../observe/settings.ts';

/** How the door knows people, and whom it lets in. */
export interface DoorSettings extends IdentitySettings {
  readonly isGuestAllowed: boolean;
  /** Origins other than our own that may act with a cookie or a ticket. */
  readonly allowedOrigins: readonly string[];
}

const schema = v.pipe(
  v.object({
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
  v.transform((read) => ({ isGuestAllowed: read.GUEST_ACCESS, allowedOrigins: read.ALLOWED_ORIGINS })),
);

/** Reads the door's variables; every problem of them at once. */
export function readDoorSettings(env: object): Settings<DoorSettings> {
  const identity = readIdentitySettings(env);
  const door = readSettings(schema, env);
  if (identity.ok && door.ok) return { ok: true, value: { ...identity.value, ...door.value } };
  return { ok: false, problems: [identity, door].flatMap((read) => (read.ok ? [] : read.problems)) };
}

function isOrigin(given: string): boolean {
  return URL.canParse(given) && new URL(given).origin === given;
}
