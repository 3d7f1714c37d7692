import { Hono } from 'hono';
import { setCookie } from 'hono/cookie';
import type { Context } from 'hono';
import { limitsFor, toldLimits } from '../../durable-objects/configuration.ts';
import { cookieName, credentialOf, isPlainLoopback } from '../credentials.ts';
import type { Door } from '../door.ts';
import { identify, withUser } from '../middleware/identity.ts';
import { problem } from '../problem.ts';
import { OWN_ISSUER, signSession } from '../../identity/tokens.ts';
import type { User } from '../../identity/user.ts';
import { userObject } from '../users.ts';

/** A guest who comes back within this time is the same guest. */
const GUEST_SECONDS = 30 * 24 * 60 * 60;

/** `POST` signs in (token, or guest), `GET` tells who I am, `DELETE` signs out and ends my calls. */
export const session = new Hono<Door>()
  .post('/', async (c) => {
    const found = await identify(c);
    // A cookie that ran out is no credential any more; a token that is bad is refused as everywhere.
    const isStaleCookie =
      found instanceof Response && found.status === 401 && credentialOf(c.req.raw).kind === 'cookie';
    if (found instanceof Response && !isStaleCookie) return found;
    const user = found === null || found instanceof Response ? guest(c) : found;
    if (user === null) return problem('guests_not_allowed');
    keepCookie(c, await signSession(user, c.var.settings), user.expiresAt);
    return whoIs(c, user);
  })
  .get('/', withUser, (c) => whoIs(c, c.var.user))
  .delete('/', withUser, async (c) => {
    const object = await userObject(c.env, c.var.settings.authSecret, c.var.user);
    await object.signOut(c.var.user);
    keepCookie(c, '', 0);
    return c.body(null, 204);
  });

function guest(c: Context<Door>): User | null {
  if (!c.var.settings.isGuestAllowed) return null;
  const subject = `guest-${crypto.getRandomValues(new Uint8Array(16)).toHex()}`;
  const expiresAt = Math.floor(Date.now() / 1000) + GUEST_SECONDS;
  return {
    issuer: OWN_ISSUER,
    subject,
    expiresAt,
    isAdmin: false,
    isGuest: true,
    limits: {},
    credential: { kind: 'session', signedAt: Date.now() },
  };
}

function keepCookie(c: Context<Door>, value: string, expiresAt: number): void {
  const maxAge = Math.max(0, expiresAt - Math.floor(Date.now() / 1000));
  setCookie(c, cookieName(c.req.url), value, {
    path: '/',
    httpOnly: true,
    sameSite: 'Strict',
    secure: !isPlainLoopback(c.req.url),
    maxAge,
  });
}

function whoIs(c: Context<Door>, user: User): Response {
  const { subject, expiresAt, isGuest, isAdmin } = user;
  c.header('Cache-Control', 'no-store');
  return c.json({
    user: subject,
    role: isAdmin ? 'admin' : 'user',
    guest: isGuest,
    expires_at: expiresAt,
    limits: toldLimits(limitsFor(c.var.limits, user.limits)),
  });
}
