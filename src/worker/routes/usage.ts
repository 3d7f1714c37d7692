import { Hono } from 'hono';
import type { Door } from '../door.ts';
import { withAdmittedUser } from '../middleware/identity.ts';
import type { UsageAnswer } from '../openapi/usage.ts';
import { problem } from '../problem.ts';
import { askUser } from '../users.ts';

/** What I spent, day by day, and what is left of today. */
export const usage = new Hono<Door>().get('/', withAdmittedUser, async (c) => {
  const { user, settings } = c.var;
  const answer = await askUser({ env: c.env, settings, user }, async (object) => object.usage(user));
  if (answer.outcome === 'unavailable') return problem('unavailable');
  const { today, days } = answer.value;
  c.header('Cache-Control', 'no-store');
  return c.json({ today, days: [...days] } satisfies UsageAnswer);
});
