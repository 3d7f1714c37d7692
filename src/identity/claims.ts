import type { JWTPayload } from 'jose';
import * as v from 'valibot';
import type { LimitOverrides, User } from './user.ts';

/** What is known of a user beside the claims. */
export type KnownOfUser = Pick<User, 'issuer' | 'isGuest' | 'credential'>;

/** The user that verified claims name; null when they do not name one in every respect. */
export function userOf(payload: JWTPayload, known: KnownOfUser): User | null {
  const { sub: subject, exp: expiresAt } = payload;
  const limits = readLimitsClaim(payload['voxgate']);
  if (typeof subject !== 'string' || subject === '' || limits === null) return null;
  // JSON's 1e999 is a number, and infinite.
  if (typeof expiresAt !== 'number' || !Number.isFinite(expiresAt)) return null;
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
