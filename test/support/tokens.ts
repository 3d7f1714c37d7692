import { SignJWT, type JWTHeaderParameters } from 'jose';

/** The secret that the tests inside the runtime configure the door with. */
export const TEST_SECRET = 'a secret of the workerd tests, long enough';

/** How a test token differs from a good one. */
export interface TokenChanges {
  readonly secret?: string;
  readonly header?: Partial<JWTHeaderParameters>;
  readonly claims?: Record<string, unknown>;
}

/** Signs a token for `subject`, good for an hour unless changed. A claim set to undefined is left out. */
export async function tokenFor(subject: string, changes: TokenChanges = {}): Promise<string> {
  const now = Math.floor(Date.now() / 1000);
  // Each is a token of its own: signing out with one takes back that one.
  const jti = crypto.randomUUID();
  const claims = { sub: subject, iat: now, exp: now + 3600, jti, ...changes.claims };
  return new SignJWT(claims)
    .setProtectedHeader({ alg: 'HS256', ...changes.header })
    .sign(new TextEncoder().encode(changes.secret ?? TEST_SECRET));
}
