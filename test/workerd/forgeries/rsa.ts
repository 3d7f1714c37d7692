/** RSA signatures whose padding is not quite PKCS#1 v1.5 (Wycheproof's `ModifiedPadding`), made with the right key. */
import { base64url } from 'jose';
import type { ProviderKey } from '../provider.ts';
import { cubeRoot, power, toBytes, toNumber } from './numbers.ts';
import { claims, compose, privateJwkOf, signatureOf, withSignature, type Forgery } from './parts.ts';

type Bytes = readonly number[];

const SHA256 = [0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01];
const OTHER_HASHES: Readonly<Record<string, Bytes>> = {
  'SHA-1': [0x2b, 0x0e, 0x03, 0x02, 0x1a],
  MD5: [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x02, 0x05],
  'SHA-384': [0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x02],
  'SHA-512': [0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x03],
  'nothing known': [0x2a, 0x03],
};
const NULL = [0x05, 0x00];

function der(tag: number, content: Bytes, length: Bytes = [content.length]): Bytes {
  return [tag, ...length, ...content];
}

const algorithm = (oid: Bytes, parameters: Bytes = NULL): Bytes =>
  der(0x30, [...der(0x06, oid), ...parameters]);
const digestInfo = (digest: Bytes, parts: Bytes = algorithm(SHA256)): Bytes =>
  der(0x30, [...parts, ...der(0x04, digest)]);

/** Bytes of an encoded message: `00 01 FF… 00` before what is signed, unless told otherwise. */
interface Padding {
  readonly first?: Bytes;
  readonly fill?: number;
  readonly divider?: Bytes;
  /** Behind what is signed, where nothing may be. */
  readonly rest?: Bytes;
  /** How many bytes of fill; as many as there is room for unless told. */
  readonly fillBytes?: number;
}

function pad(content: Bytes, length: number, padding: Padding = {}): Bytes {
  const { first = [0, 1], fill = 0xff, divider = [0], rest = [] } = padding;
  const room = length - first.length - divider.length - content.length - rest.length;
  const filling = Array.from({ length: padding.fillBytes ?? room }, () => fill);
  const message = [...first, ...filling, ...divider, ...content, ...rest];
  return [...message, ...Array.from({ length: length - message.length }, () => 0x5a)];
}

/** What an encoded message may be when it is wrong; `good` is the right one, to hold the others against. */
function encodings(digest: Bytes, length: number): Readonly<Record<string, Bytes>> {
  const info = digestInfo(digest);
  const oid = der(0x06, SHA256);
  const hash = der(0x04, digest);
  const inner = [...algorithm(SHA256), ...hash];
  const contents: Record<string, Bytes> = {
    'the digest alone': digest,
    'the digest as an octet string alone': hash,
    'no NULL': digestInfo(digest, algorithm(SHA256, [])),
    'a NULL of one byte': digestInfo(digest, algorithm(SHA256, [0x05, 0x01, 0x00])),
    'two NULLs': digestInfo(digest, algorithm(SHA256, [...NULL, ...NULL])),
    'an octet string for NULL': digestInfo(digest, algorithm(SHA256, [0x04, 0x00])),
    'parameters of garbage': digestInfo(digest, algorithm(SHA256, der(0x04, [1, 2, 3, 4, 5, 6, 7, 8]))),
    'no algorithm': digestInfo(digest, []),
    'no digest': der(0x30, algorithm(SHA256)),
    'an empty digest': digestInfo([]),
    'a digest cut short': digestInfo(digest.slice(0, -1)),
    'a digest with a byte behind it': digestInfo([...digest, 0]),
    'a digest with a byte before it': digestInfo([0, ...digest]),
    'the digest twice': der(0x30, [...algorithm(SHA256), ...hash, ...hash]),
    'a digest in reverse': digestInfo(digest.toReversed()),
    'its parts swapped': der(0x30, [...hash, ...algorithm(SHA256)]),
    'a long form of length': der(0x30, inner, [0x81, inner.length]),
    'a length with a leading zero': der(0x30, inner, [0x82, 0, inner.length]),
    'a length too large by one': der(0x30, inner, [inner.length + 1]),
    'a length too small by one': der(0x30, inner, [inner.length - 1]),
    'a length of 2^31': der(0x30, inner, [0x84, 0x80, 0, 0, 0]),
    'a length that wraps at 32 bits': der(0x30, inner, [0x85, 1, 0, 0, 0, inner.length]),
    'a length that wraps at 64 bits': der(0x30, inner, [0x89, 1, 0, 0, 0, 0, 0, 0, 0, inner.length]),
    'a length of all ones': der(0x30, inner, [0xff]),
    'a length that is indefinite': [...der(0x30, inner, [0x80]), 0, 0],
    'a length that is indefinite and has no end': der(0x30, inner, [0x80]),
    'a set for a sequence': der(0x31, inner),
    'garbage inside the sequence': der(0x30, [...inner, 0, 0]),
    'garbage before the algorithm': der(0x30, [0x05, 0x00, ...inner]),
    'an octet string inside another': der(0x30, [...algorithm(SHA256), ...der(0x04, hash)]),
    'an octet string in two pieces': der(0x30, [
      ...algorithm(SHA256),
      ...der(0x24, [...der(0x04, digest.slice(0, 16)), ...der(0x04, digest.slice(16))]),
    ]),
    'a name with a long form of length': digestInfo(
      digest,
      der(0x30, [...der(0x06, SHA256, [0x81, SHA256.length]), ...NULL]),
    ),
    'no name': digestInfo(digest, der(0x30, NULL)),
    'a name alone': digestInfo(digest, oid),
    ...Object.fromEntries(
      Object.entries(OTHER_HASHES).map(([name, id]) => [
        `the name of ${name}`,
        digestInfo(digest, algorithm(id)),
      ]),
    ),
    ...Object.fromEntries(
      info
        .slice(0, info.length - digest.length)
        .map((byte, at) => [`byte ${at} of its prefix turned`, info.with(at, byte ^ 0x01)]),
    ),
  };
  const paddings: Record<string, Padding> = {
    'block type 0': { first: [0, 0] },
    'block type 2': { first: [0, 2] },
    'block type 255': { first: [0, 255] },
    'a first byte of 1': { first: [1, 1] },
    'no first byte': { first: [1] },
    'no divider': { divider: [] },
    'a divider of 1': { divider: [1] },
    'two dividers': { divider: [0, 0] },
    'a fill of zeros': { fill: 0 },
    'a fill of 0xfe': { fill: 0xfe },
    'no fill, and garbage behind': { fillBytes: 0 },
    'eight bytes of fill, and garbage behind': { fillBytes: 8 },
    'one byte of garbage behind': { rest: [0x5a] },
    'a zero byte behind': { rest: [0] },
    'half the fill, and garbage behind': { fillBytes: Math.floor(length / 2) - info.length },
  };
  return {
    ...Object.fromEntries(Object.entries(contents).map(([name, content]) => [name, pad(content, length)])),
    ...Object.fromEntries(
      Object.entries(paddings).map(([name, padding]) => [name, pad(info, length, padding)]),
    ),
    good: pad(info, length),
  };
}

/** A signature by the bare operation of the private key, over any encoded message. */
async function rawSigner(key: ProviderKey): Promise<(message: Bytes) => Uint8Array> {
  const jwk = await privateJwkOf(key);
  const [n = 0n, p = 1n, q = 1n, dp = 0n, dq = 0n, qi = 0n] = [
    jwk.n,
    jwk.p,
    jwk.q,
    jwk.dp,
    jwk.dq,
    jwk.qi,
  ].map((value) => toNumber(base64url.decode(value ?? '')));
  const length = base64url.decode(jwk.n ?? '').length;
  return (message) => {
    const number = toNumber(Uint8Array.from(message)) % n;
    const [atP, atQ] = [power(number, dp, p), power(number, dq, q)];
    const difference = ((((atP - atQ) * qi) % p) + p) % p;
    return toBytes(atQ + difference * q, length);
  };
}

/** Every wrong encoding, signed; the right one comes back as `good`, so that the test knows its tools work. */
export async function modifiedPaddings(
  key: ProviderKey,
): Promise<{ readonly good: string; readonly forgeries: Forgery[] }> {
  const header = { alg: key.alg, kid: key.kid };
  const length = base64url.decode(key.jwk.n ?? '').length;
  const sign = await rawSigner(key);
  let signatures: Readonly<Record<string, Uint8Array>> = {};
  const token = await compose(header, claims(), async (input) => {
    const digest = [...new Uint8Array(await crypto.subtle.digest('SHA-256', input))];
    const made = Object.entries(encodings(digest, length)).map(([name, message]) => [name, sign(message)]);
    signatures = Object.fromEntries(made);
    return new Uint8Array(length);
  });
  const { good = new Uint8Array(), ...wrong } = signatures;
  return {
    good: withSignature(token, good),
    forgeries: Object.entries(wrong).map(([name, signature]) => ({
      name: `padding: ${name}`,
      token: withSignature(token, signature),
    })),
  };
}

/** Signatures that are numbers of nobody's making, and the good one in other clothes. */
export function oddNumbers(good: string, key: ProviderKey): Forgery[] {
  const n = toNumber(base64url.decode(key.jwk.n ?? ''));
  const signature = signatureOf(good);
  const { length } = signature;
  const s = toNumber(signature);
  const numbers: Record<string, Uint8Array> = {
    zero: toBytes(0n, length),
    one: toBytes(1n, length),
    two: toBytes(2n, length),
    'the modulus': toBytes(n, length),
    'the modulus and one': toBytes(n + 1n, length),
    'the modulus less one': toBytes(n - 1n, length),
    'the modulus less itself': toBytes(n - s, length),
    'itself and the modulus': toBytes(s + n, length),
    'itself and twice the modulus': toBytes(s + 2n * n, length + 1),
    'itself with a zero byte before it': toBytes(s, length + 1),
    'the largest of its length': toBytes((1n << BigInt(length * 8)) - 1n, length),
  };
  return Object.entries(numbers).map(([name, value]) => ({
    name: `signature: ${name}`,
    token: withSignature(good, value),
  }));
}

/**
 * Forgeries without any private key, against a reader that does not look where the padding ends: the cube root of an
 * encoded message with little fill, whose cube begins rightly and ends in garbage (Bleichenbacher, 2006). For a key whose
 * exponent is 3.
 */
export async function cubeRoots(key: ProviderKey): Promise<Forgery[]> {
  const length = base64url.decode(key.jwk.n ?? '').length;
  const header = { alg: key.alg, kid: key.kid };
  return Promise.all(
    [0, 1, 8, 16].map(async (fillBytes) => ({
      name: `a cube root, ${fillBytes} bytes of fill`,
      token: await compose(header, claims(), async (input) => {
        const digest = [...new Uint8Array(await crypto.subtle.digest('SHA-256', input))];
        return toBytes(
          cubeRoot(toNumber(Uint8Array.from(pad(digestInfo(digest), length, { fillBytes })))),
          length,
        );
      }),
    })),
  );
}
