import { verifySession } from '../identity/sessions.ts';
import { readTicket, type KnownTicket } from '../identity/tickets.ts';
import { verifyToken } from '../identity/tokens.ts';
import type { User } from '../identity/user.ts';
import { credentialOf } from './credentials.ts';
import { standingOf } from './origin.ts';
import type { ProblemCode } from './problem.ts';
import type { DoorSettings } from './settings.ts';
import { isUpgrade } from './upgrade.ts';

/** Who sends a request, as far as the door can tell without waking anybody. */
export type Identity =
  | { readonly kind: 'user'; readonly user: User }
  /** Somebody with a ticket of ours, made for the page that shows it; who that is, the object knows. */
  | { readonly kind: 'ticket'; readonly ticket: KnownTicket; readonly origin: string }
  | { readonly kind: 'nobody' }
  /** `isStale`: a session cookie that is no longer good, and no credential at all for whoever signs in anew. */
  | { readonly kind: 'refused'; readonly code: ProblemCode; readonly isStale: boolean };

/**
 * Identifies a request by the first credential it carries: one that is bad is refused, and never rescued by the next.
 *
 * What a browser adds by itself counts only for pages that may use it, wherever it could change something: a session
 * cookie and a ticket need an `Origin` of ours or on the list; with Cloudflare Access none is needed, since programs
 * pass there too, but one that is named must be such.
 */
export async function identify(request: Request, settings: DoorSettings): Promise<Identity> {
  const credential = credentialOf(request);
  const standing = standingOf(request, settings.allowedOrigins);
  switch (credential.kind) {
    case 'none':
      return { kind: 'nobody' };
    case 'in-url':
      return refused('credential_in_url');
    case 'token':
      return byToken(credential.token, settings);
    case 'ticket': {
      if (!isUpgrade(request)) return refused('invalid_credential');
      const origin = request.headers.get('Origin');
      if (origin === null || standing === 'foreign') return refused('origin_not_allowed');
      const ticket = await readTicket(settings.authSecret, { ticket: credential.ticket, origin });
      return ticket === null ? refused('invalid_credential') : { kind: 'ticket', ticket, origin };
    }
    case 'access-token': {
      if (canChange(request) && standing === 'foreign') return refused('origin_not_allowed');
      return byToken(credential.token, settings);
    }
    case 'cookie': {
      const mayChange = standing === 'own' || standing === 'listed';
      if (canChange(request) && !mayChange) return refused('origin_not_allowed');
      const user = await verifySession(credential.value, settings);
      return user === null
        ? { kind: 'refused', code: 'invalid_credential', isStale: true }
        : { kind: 'user', user };
    }
  }
}

async function byToken(token: string, settings: DoorSettings): Promise<Identity> {
  const verdict = await verifyToken(token, settings);
  if (verdict.outcome === 'known') return { kind: 'user', user: verdict.user };
  return refused(verdict.outcome === 'unavailable' ? 'unavailable' : 'invalid_credential');
}

function refused(code: ProblemCode): Identity {
  return { kind: 'refused', code, isStale: false };
}

function canChange(request: Request): boolean {
  return isUpgrade(request) || (request.method !== 'GET' && request.method !== 'HEAD');
}
