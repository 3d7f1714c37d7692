/** MACs under the door's secret: one secret, and for each use a label of its own that no other use can stand in for. */
import { secretKey } from './secret-key.ts';

/** What a MAC is for. A JWT's signing input has no space in it, so none of these is ever the beginning of one. */
export type MacUse = 'voxgate.user.v1' | 'voxgate.ticket.v1';

/** What is vouched for: the use, and the fields in order, kept apart by JSON whatever letters they have. */
export interface Vouched {
  readonly use: MacUse;
  readonly fields: readonly string[];
}

const utf8 = new TextEncoder();

/** The 32 bytes of HMAC-SHA-256 that vouch for it. */
export async function macOf(secret: string, vouched: Vouched): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.sign('HMAC', await secretKey(secret), inputOf(vouched)));
}

/** True when `mac` vouches for it; takes as long whatever the first wrong byte is. */
export async function isMacOf(secret: string, vouched: Vouched, mac: Uint8Array): Promise<boolean> {
  return crypto.subtle.verify('HMAC', await secretKey(secret), mac, inputOf(vouched));
}

function inputOf({ use, fields }: Vouched): Uint8Array {
  return utf8.encode(`${use} ${JSON.stringify(fields)}`);
}
