import { Hono } from 'hono';
import { objectName } from '../../identity/object-name.ts';
import { makeTicket } from '../../identity/tickets.ts';
import { admissionProblem } from '../admission.ts';
import type { Door } from '../door.ts';
import { withKnownUser } from '../middleware/identity.ts';
import { ownOrigin, standingOf } from '../origin.ts';
import { problem } from '../problem.ts';
import { askObject, objectNamed } from '../users.ts';

/** `POST` makes a ticket: for one socket, once, within 30 seconds, for a page of the origin that asked. */
export const tickets = new Hono<Door>().post('/', withKnownUser, async (c) => {
  const { user, settings } = c.var;
  if (standingOf(c.req.raw, settings.allowedOrigins) === 'foreign') return problem('origin_not_allowed');
  const origin = c.req.header('Origin') ?? ownOrigin(c.req.raw);
  const name = await objectName(settings.authSecret, user);
  const { ticket, hash, expiresAt } = await makeTicket(settings.authSecret, { objectName: name, origin });
  const record = { hash, origin, expiresAt: expiresAt * 1000 };
  const answer = await askObject(
    () => objectNamed(c.env, name),
    async (object) => object.keepTicket(user, record),
  );
  const refusal = admissionProblem(answer);
  if (refusal !== null) return refusal;
  c.header('Cache-Control', 'no-store');
  return c.json({ ticket, expires_at: expiresAt });
});
