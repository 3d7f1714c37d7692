/** ECDSA and Ed25519 signatures that are numbers out of range, in another encoding, or another curve's. */
import type { ProviderKey } from '../provider.ts';
import { toBytes, toNumber } from './numbers.ts';
import { claims, compose, signatureOf, signWith, withSignature, type Forgery } from './parts.ts';

/** A curve of RFC 7518, 3.4: bytes of a coordinate, its prime and its order (SEC 2). */
export interface Curve {
  readonly alg: string;
  readonly bytes: number;
  readonly p: bigint;
  readonly n: bigint;
}

/** By the name of the algorithm. */
export const curves: Readonly<Record<'ES256' | 'ES384' | 'ES512', Curve>> = {
  ES256: {
    alg: 'ES256',
    bytes: 32,
    p: 2n ** 256n - 2n ** 224n + 2n ** 192n + 2n ** 96n - 1n,
    n: 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n,
  },
  ES384: {
    alg: 'ES384',
    bytes: 48,
    p: 2n ** 384n - 2n ** 128n - 2n ** 96n + 2n ** 32n - 1n,
    n: 0xffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973n,
  },
  ES512: {
    alg: 'ES512',
    bytes: 66,
    p: 2n ** 521n - 1n,
    n: 0x01fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffa51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409n,
  },
};

/** Every pair of numbers at the edges of the order and the field, among them the all-zero of CVE-2022-21449. */
export function edgePairs(good: string, { bytes, p, n }: Curve): Forgery[] {
  const edges: Record<string, bigint> = {
    '0': 0n,
    '1': 1n,
    'n-1': n - 1n,
    n,
    'n+1': n + 1n,
    'p-1': p - 1n,
    p,
    'p+1': p + 1n,
    'all ones': 2n ** BigInt(bytes * 8) - 1n,
  };
  return Object.entries(edges).flatMap(([r, atR]) =>
    Object.entries(edges).map(([s, atS]) => ({
      name: `r is ${r}, s is ${s}`,
      token: withSignature(good, Uint8Array.of(...toBytes(atR, bytes), ...toBytes(atS, bytes))),
    })),
  );
}

/** The numbers of a good signature, written or ordered otherwise. */
export function otherEncodings(good: string, { bytes, n }: Curve): Forgery[] {
  const signature = signatureOf(good);
  const [r, s] = [signature.slice(0, bytes), signature.slice(bytes)];
  const [atR, atS] = [toNumber(r), toNumber(s)];
  const zeros = new Uint8Array(bytes);
  const written: Record<string, Uint8Array> = {
    DER: derOf(atR, atS),
    'DER with a long form of length': derOf(atR, atS, 'long'),
    'DER with something behind it': Uint8Array.of(...derOf(atR, atS), 0),
    'r and s swapped': Uint8Array.of(...s, ...r),
    'r alone': r,
    's alone': s,
    'r and nothing': Uint8Array.of(...r, ...zeros),
    'nothing and s': Uint8Array.of(...zeros, ...s),
    'r twice': Uint8Array.of(...r, ...r),
    's twice': Uint8Array.of(...s, ...s),
    'each a byte longer': Uint8Array.of(0, ...r, 0, ...s),
    'each twice as long': Uint8Array.of(...zeros, ...r, ...zeros, ...s),
    'a zero byte before both': Uint8Array.of(0, ...signature),
    'a zero byte behind both': Uint8Array.of(...signature, 0),
    'each in reverse': Uint8Array.of(...r.toReversed(), ...s.toReversed()),
    'n less r': Uint8Array.of(...toBytes(n - atR, bytes), ...s),
    'r and the order': Uint8Array.of(...toBytes(atR + n, bytes), ...s),
    's and the order': Uint8Array.of(...r, ...toBytes(atS + n, bytes)),
    'both and the order': Uint8Array.of(...toBytes(atR + n, bytes), ...toBytes(atS + n, bytes)),
  };
  return Object.entries(written).map(([name, value]) => ({
    name: `signature: ${name}`,
    token: withSignature(good, value),
  }));
}

/**
 * The one other signature that is as good: whoever has `(r, s)` has `(r, n - s)`. So a signature names no token; what is
 * taken back is remembered by the signed part, which nobody can spell otherwise.
 */
export function negated(good: string, { bytes, n }: Curve): string {
  const signature = signatureOf(good);
  const s = n - toNumber(signature.slice(bytes));
  return withSignature(good, Uint8Array.of(...signature.slice(0, bytes), ...toBytes(s, bytes)));
}

/** Signatures of one curve, or over another hash, under the name of another curve's key. */
export async function crossedCurves(keys: readonly ProviderKey[]): Promise<Forgery[]> {
  const hashes = { ES256: 'SHA-256', ES384: 'SHA-384', ES512: 'SHA-512' } as const;
  const named = { ES256: 'P-256', ES384: 'P-384', ES512: 'P-521' } as const;
  const forged = keys.flatMap((signer) =>
    keys.flatMap((other) =>
      Object.entries(hashes).flatMap(([hashed, hash]) => {
        const isGood = signer === other && hashed === signer.alg;
        const namedCurve = Object.entries(named).find(([alg]) => alg === signer.alg)?.[1] ?? 'P-256';
        const sign = signWith(signer, { name: 'ECDSA', namedCurve, hash });
        const header = { alg: other.alg, kid: other.kid };
        const name = `${signer.alg} over ${hash} under ${other.alg}`;
        return isGood ? [] : [compose(header, claims(), sign).then((token) => ({ name, token }))];
      }),
    ),
  );
  return Promise.all(forged);
}

/** Ed25519: the order of its base point, which may be added to S without changing what S means (RFC 8032, 5.1.7). */
const ED25519_ORDER = 2n ** 252n + 27742317777372353535851937790883648493n;

/** Signatures that a lax reader of Ed25519 takes: S beyond the order, R and S of the neutral element. */
export function looseEd25519(good: string): Forgery[] {
  const signature = signatureOf(good);
  const [r, s] = [signature.slice(0, 32), toNumber(signature.slice(32).toReversed())];
  const neutral = little(1n);
  const written: Record<string, Uint8Array> = {
    'S and the order': Uint8Array.of(...r, ...little(s + ED25519_ORDER)),
    'S and twice the order': Uint8Array.of(...r, ...little(s + 2n * ED25519_ORDER)),
    'the order for S': Uint8Array.of(...r, ...little(ED25519_ORDER)),
    'the order less S': Uint8Array.of(...r, ...little(ED25519_ORDER - s)),
    'S big-endian': Uint8Array.of(...r, ...toBytes(s, 32)),
    'S of zero': Uint8Array.of(...r, ...new Uint8Array(32)),
    'R of zero': Uint8Array.of(...new Uint8Array(32), ...signature.slice(32)),
    'R neutral': Uint8Array.of(...neutral, ...signature.slice(32)),
    'R neutral and S zero': Uint8Array.of(...neutral, ...new Uint8Array(32)),
    'R with its sign turned': Uint8Array.of(...r.with(31, (r[31] ?? 0) ^ 0x80), ...signature.slice(32)),
    'S with its highest bit': Uint8Array.of(...signature.with(63, (signature[63] ?? 0) | 0x80)),
  };
  return Object.entries(written).map(([name, value]) => ({
    name: `signature: ${name}`,
    token: withSignature(good, value),
  }));
}

function derOf(r: bigint, s: bigint, form: 'short' | 'long' = 'short'): Uint8Array {
  const content = [...derNumber(r), ...derNumber(s)];
  const isLong = form === 'long' || content.length > 127;
  return Uint8Array.of(0x30, ...(isLong ? [0x81, content.length] : [content.length]), ...content);
}

function derNumber(number: bigint): readonly number[] {
  const digits = number.toString(16);
  const bytes = [...Uint8Array.fromHex(digits.length % 2 === 0 ? digits : `0${digits}`)];
  const positive = (bytes[0] ?? 0) > 127 ? [0, ...bytes] : bytes;
  return [0x02, positive.length, ...positive];
}

/** 32 bytes of a number, little-endian, as Ed25519 writes it. */
function little(number: bigint): Uint8Array {
  return toBytes(number, 32).toReversed().slice(0, 32);
}
