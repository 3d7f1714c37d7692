/** Sessions as they are at this moment: the directory says whose they are, their users' objects how they go. */
import type { LiveSession } from '../durable-objects/admission.ts';
import type { ListedSession } from '../durable-objects/directory-answers.ts';
import { log } from '../observe/log.ts';
import type { Env } from './env.ts';
import { objectNamed } from './users.ts';

/** An object that is busier than this does not keep the admin from the sessions of the others. */
const PATIENCE_MS = 2_000;

/**
 * Asks the objects of all these sessions at the same time. A session that its object no longer has is left out; one
 * whose object does not answer is as it was last reported, since that is one an admin wants to see.
 */
export async function freshen(env: Env, listed: readonly ListedSession[]): Promise<readonly ListedSession[]> {
  const owners = [...new Set(listed.map(({ object }) => object))];
  const asked = owners.map(async (owner) => [owner, await askOwner(env, owner)] as const);
  const answers = new Map(await Promise.all(asked));
  return listed.flatMap((known) => {
    const fresh = answers.get(known.object);
    if (!fresh) return [known];
    const found = fresh.find(({ sessionId }) => sessionId === known.sessionId);
    return found ? [{ ...known, ...found }] : [];
  });
}

async function askOwner(env: Env, owner: string): Promise<readonly LiveSession[] | null> {
  const object = objectNamed(env, owner);
  const { promise: late, resolve } = Promise.withResolvers<null>();
  const timer = setTimeout(() => resolve(null), PATIENCE_MS);
  try {
    return await Promise.race([object.liveSessions(), late]);
  } catch (error) {
    const errorName = error instanceof Error ? error.name : 'unknown';
    log('door.failed', { user: object.id.toString().slice(0, 12), error_name: errorName });
    return null;
  } finally {
    clearTimeout(timer);
  }
}

/** Tells the calls of these objects to leave and to come back within so many milliseconds; how many objects were told. */
export async function drain(env: Env, owners: Iterable<string>, withinMs: number): Promise<number> {
  const told = await Promise.allSettled([...owners].map((owner) => objectNamed(env, owner).drain(withinMs)));
  return told.filter(({ status }) => status === 'fulfilled').length;
}
