import { macOf } from './mac.ts';
import type { User } from './user.ts';

/**
 * The name of a user's object: 64 hexadecimal digits, an HMAC of issuer and subject under the door's secret, so that
 * neither a log nor a listing of objects tells who uses Voxgate, and no two identity providers can name the same object.
 */
export async function objectName(
  secret: string,
  { issuer, subject }: Pick<User, 'issuer' | 'subject'>,
): Promise<string> {
  return (await macOf(secret, { use: 'voxgate.user.v1', fields: [issuer, subject] })).toHex();
}
