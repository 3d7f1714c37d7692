/** MACs under the door's secret: one secret, and for each use a label of its own that no other use can stand in for. */

/** What a MAC is for. A JWT's signing input has no space in it, so none of these is ever the beginning of one. */
export type MacUse = 'voxgate.user.v1' | 'voxgate.ticket.v1';

/** What is vouched for: the use, and the fields in order, kept apart by JSON whatever letters they have. */
export interface Vouched {
  readonly use: MacUse;
  readonly fields: readonly string[];
}

const HMAC = { name: 'HMAC', hash: 'SHA-256' };
const utf8 = new TextEncoder();

/** The 32 bytes of HMAC-SHA-256 that vouch for it. */
export async function macOf(secret: string, vouched: Vouched): Promise<Uint8Array> {
  const key = await keyOf(secret, 'sign');
  return new Uint8Array(await crypto.subtle.sign('HMAC', key, inputOf(vouched)));
}

/** True when `mac` vouches for it; takes as long whatever the first wrong byte is. */
export async function isMacOf(secret: string, vouched: Vouched, mac: Uint8Array): Promise<boolean> {
  return crypto.subtle.verify('HMAC', await keyOf(secret, 'verify'), mac, inputOf(vouched));
}

function inputOf({ use, fields }: Vouched): Uint8Array {
  return utf8.encode(`${use} ${JSON.stringify(fields)}`);
}

function keyOf(secret: string, usage: 'sign' | 'verify'): Promise<CryptoKey> {
  return crypto.subtle.importKey('raw', utf8.encode(secret), HMAC, false, [usage]);
}
