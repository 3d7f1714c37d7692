/** What forgeries are made of: the three parts of a token, and signatures over whatever one likes. */
import { base64url, exportJWK } from 'jose';
import type { ProviderKey } from '../provider.ts';

/** A token that must not be let in. `name` says what is wrong with it. */
export interface Forgery {
  readonly name: string;
  readonly token: string;
}

/** The parts of a compact token, as they stand in it. */
export interface Parts {
  readonly header: string;
  readonly payload: string;
  readonly signature: string;
}

/** Signs the bytes of `header.payload`. */
export type Sign = (input: Uint8Array) => Promise<Uint8Array>;

const utf8 = new TextEncoder();

/** Takes a compact token apart. */
export function partsOf(token: string): Parts {
  const [header = '', payload = '', signature = ''] = token.split('.');
  return { header, payload, signature };
}

/** A token with some of its parts replaced. */
export function withParts(token: string, changes: Partial<Parts>): string {
  const { header, payload, signature } = { ...partsOf(token), ...changes };
  return `${header}.${payload}.${signature}`;
}

/** The signature of a token, as bytes. */
export function signatureOf(token: string): Uint8Array {
  return base64url.decode(partsOf(token).signature);
}

/** A token with another signature. */
export function withSignature(token: string, signature: Uint8Array): string {
  return withParts(token, { signature: base64url.encode(signature) });
}

/** JSON, or text as it is, as a part of a token. */
export function part(content: string | object): string {
  return base64url.encode(typeof content === 'string' ? content : JSON.stringify(content));
}

/** A token of any header and payload (JSON, or text as it is), signed as told. */
export async function compose(
  header: string | object,
  payload: string | object,
  sign: Sign,
): Promise<string> {
  const input = `${part(header)}.${part(payload)}`;
  return `${input}.${base64url.encode(await sign(utf8.encode(input)))}`;
}

/** The claims of a good token. */
export function claims(): { readonly sub: string; readonly iat: number; readonly exp: number } {
  const now = Math.floor(Date.now() / 1000);
  return { sub: 'mallory', iat: now, exp: now + 3_600 };
}

/** Signs with a secret. */
export function hmacWith(secret: string | Uint8Array, bits: 256 | 384 | 512 = 256): Sign {
  const raw = typeof secret === 'string' ? utf8.encode(secret) : secret;
  return async (input) => {
    const algorithm = { name: 'HMAC', hash: `SHA-${bits}` };
    const key = await crypto.subtle.importKey('raw', raw, algorithm, false, ['sign']);
    return new Uint8Array(await crypto.subtle.sign('HMAC', key, input));
  };
}

/** The private half of a provider's key as a JWK, with nothing in it that says what it is for. */
export async function privateJwkOf({ privateKey }: ProviderKey): Promise<JsonWebKey> {
  const { alg: _alg, use: _use, key_ops: _ops, ...jwk } = await exportJWK(privateKey);
  return jwk as JsonWebKey;
}

/** Signs with the private half of a provider's key, by any algorithm that takes such numbers. */
export function signWith(
  key: ProviderKey,
  algorithm: SubtleCryptoImportKeyAlgorithm & SubtleCryptoSignAlgorithm,
): Sign {
  return async (input) => {
    const jwk = await privateJwkOf(key);
    const imported = await crypto.subtle.importKey('jwk', jwk, algorithm, false, ['sign']);
    return new Uint8Array(await crypto.subtle.sign(algorithm, imported, input));
  };
}
