import { Hono } from 'hono';
import type { Context } from 'hono';
import { limitsFor, toldLimits } from '../../durable-objects/configuration.ts';
import { SESSION_SECONDS, signSession } from '../../identity/sessions.ts';
import { OWN_ISSUER } from '../../identity/tokens.ts';
import type { User } from '../../identity/user.ts';
import { admissionProblem, admit } from '../admission.ts';
import type { Door } from '../door.ts';
import { identify } from '../identify.ts';
import { clearBrowser, refuseToLeave } from '../leaving.ts';
import { withAdmittedUser, withKnownUser } from '../middleware/identity.ts';
import { standingOf } from '../origin.ts';
import { problem } from '../problem.ts';
import { keepCookie } from '../session-cookie.ts';
import { askUser } from '../users.ts';

/** `POST` signs in (token, or guest), `GET` tells who I am, `DELETE` signs out and ends my calls. */
export const session = new Hono<Door>()
  .post('/', async (c) => {
    const found = await whoSignsIn(c);
    if (found instanceof Response) return found;
    const user = { ...found, expiresAt: Math.min(found.expiresAt, nowSeconds() + SESSION_SECONDS) };
    keepCookie(c, await signSession(user, c.var.settings), user.expiresAt);
    return whoIs(c, user);
  })
  .get('/', withAdmittedUser, (c) => whoIs(c, c.var.user))
  .delete('/', withKnownUser, async (c) => {
    const { user, settings } = c.var;
    const refusal = await refuseToLeave(c, user);
    if (refusal !== null) return refusal;
    const { outcome } = await askUser({ env: c.env, settings, user }, async (object) => object.signOut(user));
    if (outcome === 'unavailable') return problem('unavailable');
    clearBrowser(c);
    c.header('Cache-Control', 'no-store');
    return c.body(null, 204);
  });

/** The user that the credential names, else a guest; or the refusal. */
async function whoSignsIn(c: Context<Door>): Promise<User | Response> {
  const identity = await identify(c.req.raw, c.var.settings);
  switch (identity.kind) {
    case 'user': {
      const { user } = identity;
      const admission = await admit(c, user);
      const isRevoked = admission.outcome === 'answered' && admission.value.outcome === 'revoked';
      if (isRevoked && user.credential.kind === 'session') return newGuest(c);
      return admissionProblem(admission) ?? user;
    }
    case 'nobody':
      return newGuest(c);
    case 'ticket':
      return problem('invalid_credential');
    case 'refused':
      // A cookie that ran out is no credential any more; a token that is bad is refused as everywhere.
      return identity.isStale ? newGuest(c) : problem(identity.code);
  }
}

function newGuest(c: Context<Door>): User | Response {
  const { settings } = c.var;
  // A form of another site's could otherwise put its visitor's browser into a session of its choice.
  if (standingOf(c.req.raw, settings.allowedOrigins) === 'foreign') return problem('origin_not_allowed');
  if (!settings.isGuestAllowed) return problem('guests_not_allowed');
  return {
    issuer: OWN_ISSUER,
    subject: `guest-${crypto.getRandomValues(new Uint8Array(16)).toHex()}`,
    // A guest who comes back within this time is the same guest.
    expiresAt: nowSeconds() + SESSION_SECONDS,
    isAdmin: false,
    isGuest: true,
    limits: {},
    credential: { kind: 'session', signedAt: Date.now() },
  };
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

function nowSeconds(): number {
  return Math.floor(Date.now() / 1000);
}
