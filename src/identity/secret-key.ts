const HMAC = { name: 'HMAC', hash: 'SHA-256' };

/** An isolate has one secret; only tests change it. */
let last: { readonly secret: string; readonly key: CryptoKey } | null = null;

/**
 * The door's secret as a key for HMAC-SHA-256, imported once and kept: importing it anew took a tenth of what judging a
 * bad token took. The key is kept and not the promise of it, which the platform ties to the request that made it.
 */
export async function secretKey(secret: string): Promise<CryptoKey> {
  if (last?.secret === secret) return last.key;
  const bytes = new TextEncoder().encode(secret);
  const key = await crypto.subtle.importKey('raw', bytes, HMAC, false, ['sign', 'verify']);
  last = { secret, key };
  return key;
}
