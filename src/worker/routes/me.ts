import { Hono } from 'hono';
import type { Door } from '../door.ts';
import { clearBrowser, refuseToLeave } from '../leaving.ts';
import { withAdmittedUser, withKnownUser } from '../middleware/identity.ts';
import { problem } from '../problem.ts';
import { unreachable } from '../unreachable.ts';
import { askUser } from '../users.ts';

/** Everything that is held of me: to take along, or to be forgotten. */
export const me = new Hono<Door>()
  .get('/export', withAdmittedUser, async (c) => {
    const { user, settings } = c.var;
    const answer = await askUser({ env: c.env, settings, user }, async (object) => object.everything(user));
    if (answer.outcome === 'unavailable') return problem('unavailable');
    c.header('Content-Type', 'application/json');
    c.header('Content-Disposition', 'attachment; filename="voxgate-export.json"');
    c.header('Cache-Control', 'no-store');
    return c.body(answer.value);
  })
  .delete('/', withKnownUser, async (c) => {
    const { user, settings } = c.var;
    const refusal = await refuseToLeave(c, user);
    if (refusal !== null) return refusal;
    const { outcome } = await askUser({ env: c.env, settings, user }, async (object) => object.forget(user));
    if (outcome === 'unavailable') return problem('unavailable');
    if (user.credential.kind === 'session') clearBrowser(c);
    c.header('Cache-Control', 'no-store');
    return c.body(null, 204);
  });

me.onError(unreachable);
