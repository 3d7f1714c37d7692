import type { SessionManager } from '../durable-objects/session-manager.ts';
import { objectName } from '../identity/object-name.ts';
import type { User } from '../identity/user.ts';
import type { Env } from './env.ts';

/** The one object of a user. */
export async function userObject(
  env: Env,
  secret: string,
  user: Pick<User, 'issuer' | 'subject'>,
): Promise<DurableObjectStub<SessionManager>> {
  return userObjectOf(env, await objectName(secret, user));
}

/** The object of this name, as the directory has it. */
export function userObjectOf(env: Env, name: string): DurableObjectStub<SessionManager> {
  return env.USERS.getByName(name);
}
