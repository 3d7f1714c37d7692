import { createMiddleware } from 'hono/factory';
import type { Door } from '../door.ts';
import { problem } from '../problem.ts';
import { userObject } from '../users.ts';

/**
 * Lets only administrators pass, and goes behind `withUser`. What they ask counts as a request of theirs, and a
 * credential that was taken back opens nothing. Rejects when their object cannot be reached.
 */
export const withAdmin = createMiddleware<Door>(async (c, next) => {
  const { user, settings } = c.var;
  const object = await userObject(c.env, settings.authSecret, user);
  const admission = await object.admit(user);
  switch (admission.outcome) {
    case 'revoked':
      return problem('invalid_credential');
    case 'too-many-requests':
      return problem('rate_limited', { retryAfterSeconds: admission.retryAfterSeconds });
    case 'admitted':
      return user.isAdmin ? next() : problem('admin_only');
  }
});
