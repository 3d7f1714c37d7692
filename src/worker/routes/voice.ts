import type { Context } from 'hono';
import { openingFor, openingRequest } from '../../durable-objects/opening.ts';
import { log } from '../../observe/log.ts';
import { offeredSubprotocols } from '../credentials.ts';
import type { Door } from '../door.ts';
import { problem } from '../problem.ts';
import { userObject } from '../users.ts';

/** Opens a call: hands the known user's upgrade to their object. */
export async function voice(c: Context<Door>): Promise<Response> {
  const object = await userObject(c.env, c.var.settings.authSecret, c.var.user);
  const proof = { kind: 'user', user: c.var.user } as const;
  const opening = openingFor(offeredSubprotocols(c.req.raw), proof);
  try {
    return await object.fetch(openingRequest(opening));
  } catch (error) {
    log('door.failed', { error_name: error instanceof Error ? error.name : 'unknown' });
    return problem('unavailable');
  }
}
