import type { SessionManager } from '../durable-objects/session-manager.ts';
import type { Env } from './env.ts';
import type { User } from './tokens.ts';

/**
 * The one object of a user. Its name is an HMAC of issuer and subject under the door's secret, so that neither a log
 * nor a listing of objects tells who uses Voxgate, and no two identity providers can name the same object.
 */
export async function userObject(
  env: Env,
  secret: string,
  user: User,
): Promise<DurableObjectStub<SessionManager>> {
  return env.USERS.getByName(await objectName(secret, user));
}

/** The name of a user's object: 64 hexadecimal digits. */
export async function objectName(
  secret: string,
  { issuer, subject }: Pick<User, 'issuer' | 'subject'>,
): Promise<string> {
  const utf8 = new TextEncoder();
  const hmac = { name: 'HMAC', hash: 'SHA-256' };
  const key = await crypto.subtle.importKey('raw', utf8.encode(secret), hmac, false, ['sign']);
  // JSON keeps the two apart: no subject can end where another issuer begins.
  const named = utf8.encode(`voxgate.user.v1 ${JSON.stringify([issuer, subject])}`);
  return new Uint8Array(await crypto.subtle.sign('HMAC', key, named)).toHex();
}
