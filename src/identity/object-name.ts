import type { User } from './user.ts';

/**
 * The name of a user's object: 64 hexadecimal digits, an HMAC of issuer and subject under the door's secret, so that
 * neither a log nor a listing of objects tells who uses Voxgate, and no two identity providers can name the same object.
 */
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
