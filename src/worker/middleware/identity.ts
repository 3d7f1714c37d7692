import type { Context } from 'hono';
import { createMiddleware } from 'hono/factory';
import { objectName } from '../../identity/object-name.ts';
import type { User } from '../../identity/user.ts';
import { admissionProblem, admit } from '../admission.ts';
import type { Door } from '../door.ts';
import { identify } from '../identify.ts';
import { problem } from '../problem.ts';

/** For sockets: lets known users and tickets of ours pass; everybody else is answered here, and no object wakes. */
export const withUser = createMiddleware<Door>(async (c, next) => {
  const { settings } = c.var;
  const identity = await identify(c.req.raw, settings);
  switch (identity.kind) {
    case 'nobody':
      return problem('unauthenticated');
    case 'refused':
      return problem(identity.code);
    case 'user': {
      const { user } = identity;
      const proof = { kind: 'user', user } as const;
      c.set('entrance', { objectName: await objectName(settings.authSecret, user), proof });
      return next();
    }
    case 'ticket': {
      const { ticket, origin } = identity;
      const proof = { kind: 'ticket', hash: ticket.hash, origin } as const;
      c.set('entrance', { objectName: ticket.objectName, proof });
      return next();
    }
  }
});

/** For routes that ask the user's object themselves: lets known users pass, and wakes nobody. */
export const withKnownUser = createMiddleware<Door>(async (c, next) => {
  const found = await knownUser(c);
  if (found instanceof Response) return found;
  c.set('user', found);
  return next();
});

/**
 * For routes of the API: lets known users pass whose object has not taken their credential back and who have not asked
 * too often. It counts as a request.
 */
export const withAdmittedUser = createMiddleware<Door>(async (c, next) => {
  const found = await knownUser(c);
  if (found instanceof Response) return found;
  const refusal = admissionProblem(await admit(c, found));
  if (refusal !== null) return refusal;
  c.set('user', found);
  return next();
});

/** For routes of the operator, behind `withAdmittedUser`: lets only administrators pass. */
export const withAdmin = createMiddleware<Door>(async (c, next) =>
  c.var.user.isAdmin ? next() : problem('admin_only'),
);

async function knownUser(c: Context<Door>): Promise<User | Response> {
  const identity = await identify(c.req.raw, c.var.settings);
  switch (identity.kind) {
    case 'nobody':
      return problem('unauthenticated');
    case 'refused':
      return problem(identity.code);
    case 'ticket':
      // It opens a socket and nothing else.
      return problem('invalid_credential');
    case 'user':
      return identity.user;
  }
}
