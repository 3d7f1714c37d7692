import type { Context } from 'hono';
import { createMiddleware } from 'hono/factory';
import { credentialOf } from '../credentials.ts';
import type { Door } from '../door.ts';
import { isOriginAllowed } from '../origin.ts';
import { problem } from '../problem.ts';
import { isUpgrade } from '../upgrade.ts';
import { verifySession, verifyToken } from '../../identity/tokens.ts';
import type { User } from '../../identity/user.ts';

/** Lets known users pass; everybody else is answered here, before any object wakes. */
export const withUser = createMiddleware<Door>(async (c, next) => {
  const found = await identify(c);
  if (found instanceof Response) return found;
  if (found === null) return problem('unauthenticated');
  c.set('user', found);
  return next();
});

/**
 * Who sends this request: a user, nobody (null), or the refusal. A credential that is present and bad is refused and
 * never rescued by another; a cookie counts only from an allowed origin wherever it could change something.
 */
export async function identify(c: Context<Door>): Promise<User | Response | null> {
  const { settings } = c.var;
  const credential = credentialOf(c.req.raw);
  switch (credential.kind) {
    case 'none':
      return null;
    case 'in-url':
      return problem('credential_in_url');
    case 'token':
      return (await verifyToken(credential.token, settings)) ?? problem('invalid_credential');
    case 'cookie': {
      if (canChange(c.req.raw) && !isOriginAllowed(c.req.raw, settings.allowedOrigins)) {
        return problem('origin_not_allowed');
      }
      return (await verifySession(credential.value, settings)) ?? problem('invalid_credential');
    }
  }
}

function canChange(request: Request): boolean {
  return isUpgrade(request) || (request.method !== 'GET' && request.method !== 'HEAD');
}
