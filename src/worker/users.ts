import type { SessionManager } from '../durable-objects/session-manager.ts';
import { objectName } from '../identity/object-name.ts';
import type { IdentitySettings } from '../identity/settings.ts';
import type { User } from '../identity/user.ts';
import { log } from '../observe/log.ts';
import type { Env } from './env.ts';

/** A way to a user's object. One that has failed stays broken: each question takes a new one. */
export type UserObject = DurableObjectStub<SessionManager>;

/** The one object of a user. */
export async function userObject(
  env: Env,
  secret: string,
  user: Pick<User, 'issuer' | 'subject'>,
): Promise<UserObject> {
  return objectNamed(env, await objectName(secret, user));
}

/** The object of this name. */
export function objectNamed(env: Env, name: string): UserObject {
  return env.USERS.getByName(name);
}

/** What an object answered; `unavailable` when the platform could not reach it, or it has too much to do. */
export type Answer<T> =
  | { readonly outcome: 'answered'; readonly value: T }
  | { readonly outcome: 'unavailable' };

/** Asks for something that must not happen twice. Throws what the object itself threw. */
export async function askOnce<T>(getObject: () => UserObject, ask: Ask<T>): Promise<Answer<T>> {
  return told(await attempt(getObject(), ask));
}

/**
 * Asks for something that may happen twice: a second time, by a new stub, when the platform says that this can help (a
 * deploy replaces objects while they are asked). Throws what the object itself threw.
 */
export async function askObject<T>(getObject: () => UserObject, ask: Ask<T>): Promise<Answer<T>> {
  const first = await attempt(getObject(), ask);
  return told(first.outcome === 'failed' && first.mayRetry ? await attempt(getObject(), ask) : first);
}

/** Whose object is asked, and how it is found. */
export interface Asked {
  readonly env: Env;
  readonly settings: Pick<IdentitySettings, 'authSecret'>;
  readonly user: Pick<User, 'issuer' | 'subject'>;
}

/** Asks a user's object for something that may happen twice, as `askObject` does. */
export async function askUser<T>({ env, settings, user }: Asked, ask: Ask<T>): Promise<Answer<T>> {
  const name = await objectName(settings.authSecret, user);
  return askObject(() => objectNamed(env, name), ask);
}

/** Asks a user's object for something that must not happen twice, as `askOnce` does. */
export async function askUserOnce<T>({ env, settings, user }: Asked, ask: Ask<T>): Promise<Answer<T>> {
  const name = await objectName(settings.authSecret, user);
  return askOnce(() => objectNamed(env, name), ask);
}

type Ask<T> = (object: UserObject) => Promise<T>;

type Attempt<T> =
  | { readonly outcome: 'answered'; readonly value: T }
  | { readonly outcome: 'failed'; readonly mayRetry: boolean };

async function attempt<T>(object: UserObject, ask: Ask<T>): Promise<Attempt<T>> {
  try {
    return { outcome: 'answered', value: await ask(object) };
  } catch (error) {
    // Set on errors of the way to an object, not on those of its code.
    const isOverloaded = has(error, 'overloaded');
    const isRetryable = has(error, 'retryable');
    if (!isOverloaded && !isRetryable) throw error;
    return { outcome: 'failed', mayRetry: isRetryable && !isOverloaded };
  }
}

function has(error: unknown, mark: 'overloaded' | 'retryable'): boolean {
  return error instanceof Error && Reflect.get(error, mark) === true;
}

function told<T>(last: Attempt<T>): Answer<T> {
  if (last.outcome === 'answered') return last;
  log('door.failed', { code: 'object_unavailable' });
  return { outcome: 'unavailable' };
}
