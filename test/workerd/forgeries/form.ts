/** Tokens whose form is wrong, whoever signed them. Families of Wycheproof's `json_web_signature` and `json_web_crypto`. */
import { base64url, CompactEncrypt, type CryptoKey } from 'jose';
import { part, partsOf, signatureOf, withParts, withSignature, type Forgery } from './parts.ts';

/** Parts that are missing, empty, doubled or out of order. */
export function brokenForms(good: string): Forgery[] {
  const { header, payload, signature } = partsOf(good);
  return Object.entries({
    'no signature': `${header}.${payload}.`,
    'no signature and no dot before it': `${header}.${payload}`,
    'no payload': `${header}..${signature}`,
    'no payload and no dot before it': `${header}.${signature}`,
    'no header': `.${payload}.${signature}`,
    'no header and no dot behind it': `${payload}.${signature}`,
    'neither header nor signature': `.${payload}.`,
    'a payload alone': payload,
    'a header alone': `${header}..`,
    'a signature alone': `..${signature}`,
    'nothing between two dots': '..',
    'one dot': '.',
    'an empty text': '',
    'a dot behind it': `${good}.`,
    'a dot before it': `.${good}`,
    'two dots between header and payload': `${header}..${payload}.${signature}`,
    'two dots between payload and signature': `${header}.${payload}..${signature}`,
    'a fourth part': `${good}.${part('more')}`,
    'a part before it': `${part('more')}.${good}`,
    'its header twice': `${header}.${good}`,
    'its signature twice': `${good}.${signature}`,
    'itself twice': `${good}.${good}`,
    'header and payload swapped': `${payload}.${header}.${signature}`,
    'payload and signature swapped': `${header}.${signature}.${payload}`,
    'a colon for each dot': good.replaceAll('.', ':'),
    'an encoded dot': good.replaceAll('.', '%2E'),
    'a word before it': `Bearer ${good}`,
    'quotes around it': `"${good}"`,
    'a comma and itself behind it': `${good}, ${good}`,
    'more than 8 KiB': withParts(good, { payload: payload + 'A'.repeat(8_192) }),
  }).map(([name, token]) => ({ name, token }));
}

/** The same token as JSON (RFC 7515, 7.2), in whole and in pieces. */
export function jsonForms(good: string): Forgery[] {
  const { header, payload, signature } = partsOf(good);
  const general = { payload, signatures: [{ protected: header, signature }] };
  const forms = {
    flattened: { protected: header, payload, signature },
    'flattened, with a header beside it': {
      protected: header,
      header: { unknown: 'untrustworthy' },
      payload,
      signature,
    },
    general,
    'general, with a second signature': {
      ...general,
      signatures: [{ protected: header, signature: 'AA' }, ...general.signatures],
    },
    'general, with no signature': { payload, signatures: [] },
    'in a list': [good],
    'as a string': good,
  };
  return Object.entries(forms).flatMap(([name, form]) => [
    { name: `JSON: ${name}`, token: JSON.stringify(form) },
    { name: `JSON, encoded: ${name}`, token: part(form) },
    { name: `JSON, encoded, for the payload: ${name}`, token: withParts(good, { payload: part(form) }) },
  ]);
}

/** Encrypted tokens (RFC 7516) around a good one, and headers that belong to one. */
export async function encryptedForms(
  good: string,
  key: CryptoKey | Uint8Array,
  headers: readonly { readonly alg: string; readonly enc: string }[],
): Promise<Forgery[]> {
  const { payload, signature } = partsOf(good);
  const encrypted = headers.map(async (header) => {
    const plain = new TextEncoder().encode(good);
    const token = await new CompactEncrypt(plain).setProtectedHeader({ ...header, cty: 'JWT' }).encrypt(key);
    const [first = '', ...rest] = token.split('.');
    return [
      { name: `JWE ${header.alg}`, token },
      { name: `JWE ${header.alg}, three parts of it`, token: `${first}.${rest[2]}.${rest[3]}` },
      { name: `a JWE's header ${header.alg}`, token: `${first}.${payload}.${signature}` },
    ];
  });
  const greedy = { alg: 'PBES2-HS256+A128KW', enc: 'A128CBC-HS256', p2c: 2_147_483_647, p2s: 'AAAA' };
  return [
    ...(await Promise.all(encrypted)).flat(),
    { name: 'two thousand million rounds of PBES2', token: `${part(greedy)}.AAAA.AAAA.AAAA.AAAA` },
    { name: 'the same in three parts', token: `${part(greedy)}.${payload}.${signature}` },
    { name: 'a header with enc', token: withParts(good, { header: part({ alg: 'dir', enc: 'A256GCM' }) }) },
  ];
}

const STRAY = [
  ' ',
  '\t',
  '\n',
  '\r',
  '\0',
  '=',
  '+',
  '/',
  '%',
  ',',
  ';',
  '"',
  '\\',
  '~',
  '*',
  '!',
  '-.',
  '\u00a0',
];
const FOREIGN = ['\u00e9', '\u2028', '\u200b', '\uff21', '\u{1f511}'];

/** Characters that base64url does not have, anywhere; what HTTP itself strips from the ends of a header stays out. */
export function strayCharacters(good: string): Forgery[] {
  const { header, payload } = partsOf(good);
  const places = {
    'at the start': 0,
    'in the header': 5,
    'before the first dot': header.length,
    'behind the first dot': header.length + 1,
    'in the payload': header.length + 8,
    'before the second dot': header.length + payload.length + 1,
    'behind the second dot': header.length + payload.length + 2,
    'in the signature': good.length - 7,
    'before the last character': good.length - 1,
    'at the end': good.length,
  };
  return [...STRAY, ...FOREIGN].flatMap((stray) =>
    Object.entries(places).map(([place, at]) => ({
      name: `${JSON.stringify(stray)} ${place}`,
      token: `${good.slice(0, at)}${stray}${good.slice(at)}`,
    })),
  );
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

/**
 * Other spellings of the same bytes: the last character of a part may carry bits that say nothing, padding may be
 * written out, and base64 has its own two letters. All of them decode as the good token does.
 */
export function otherSpellings(good: string): Forgery[] {
  const spare = [0, 0, 4, 2];
  return (['header', 'payload', 'signature'] as const).flatMap((which) => {
    const text = partsOf(good)[which];
    const last = ALPHABET.indexOf(text.at(-1) ?? '');
    const bits = spare[text.length % 4] ?? 0;
    const twins = Array.from({ length: 2 ** bits - 1 }, (_, at) => ALPHABET[last + at + 1]);
    const padding = '='.repeat((4 - (text.length % 4)) % 4) || '====';
    return [
      ...twins.map((twin) => ({
        name: `a ${which} that ends with stray bits (${twin})`,
        token: withParts(good, { [which]: text.slice(0, -1) + twin }),
      })),
      { name: `a ${which} with padding`, token: withParts(good, { [which]: text + padding }) },
      { name: `a ${which} with one character too many`, token: withParts(good, { [which]: `${text}A` }) },
    ];
  });
}

/** Every bit of the signature turned over, every length but its own, and values that are nobody's. */
export function wrongSignatures(good: string, other: string): Forgery[] {
  const signature = signatureOf(good);
  const { length } = signature;
  const step = Math.max(1, Math.floor((length * 8) / 256));
  const bits = Array.from({ length: Math.floor((length * 8) / step) }, (_, at) => at * step);
  const lengths = Array.from({ length: Math.min(length, 32) }, (_, at) => length - 1 - at);
  const values = {
    'all zero': new Uint8Array(length),
    'all ones': new Uint8Array(length).fill(255),
    'one zero byte': new Uint8Array(1),
    'its bytes in reverse': signature.toReversed(),
    'a zero byte behind it': Uint8Array.of(...signature, 0),
    'a zero byte before it': Uint8Array.of(0, ...signature),
    'itself twice': Uint8Array.of(...signature, ...signature),
    'its halves swapped': Uint8Array.of(...signature.slice(length / 2), ...signature.slice(0, length / 2)),
    'that of another token': signatureOf(other),
  };
  return [
    ...bits.map((bit) => ({
      name: `signature: bit ${bit}`,
      token: withSignature(good, flip(signature, bit)),
    })),
    ...lengths.map((size) => ({
      name: `signature: its first ${size} bytes`,
      token: withSignature(good, signature.slice(0, size)),
    })),
    ...Object.entries(values).map(([name, value]) => ({
      name: `signature: ${name}`,
      token: withSignature(good, value),
    })),
    {
      name: 'signature: its text in hexadecimal',
      token: withParts(good, { signature: base64url.encode(signature.toHex()) }),
    },
  ];
}

/** Header and payload changed under a signature that was good for others. */
export function wrongContents(good: string, other: string): Forgery[] {
  const { header, payload } = partsOf(good);
  const named = JSON.parse(new TextDecoder().decode(base64url.decode(header))) as object;
  const claimed = JSON.parse(new TextDecoder().decode(base64url.decode(payload))) as object;
  const headers = [{ kid: 'other' }, { typ: 'at+jwt' }, { cty: 'JWT' }, { extra: 1 }];
  const payloads = [
    { sub: 'admin' },
    { role: 'admin' },
    { exp: 9_999_999_999 },
    { voxgate: { unlocked: true } },
  ];
  const bytes = base64url.decode(payload);
  return [
    ...headers.map((change) => ({
      name: `header with ${JSON.stringify(change)}`,
      token: withParts(good, { header: part({ ...named, ...change }) }),
    })),
    ...payloads.map((change) => ({
      name: `payload with ${JSON.stringify(change)}`,
      token: withParts(good, { payload: part({ ...claimed, ...change }) }),
    })),
    ...Array.from({ length: 64 }, (_, at) => at * 7).map((bit) => ({
      name: `payload: bit ${bit}`,
      token: withParts(good, { payload: base64url.encode(flip(bytes, bit % (bytes.length * 8))) }),
    })),
    { name: 'the payload of another token', token: withParts(good, { payload: partsOf(other).payload }) },
    {
      name: 'its claims with a space',
      token: withParts(good, { payload: part(`${JSON.stringify(claimed)} `) }),
    },
    {
      name: 'its header with a space',
      token: withParts(good, { header: part(` ${JSON.stringify(named)}`) }),
    },
  ];
}

function flip(bytes: Uint8Array, bit: number): Uint8Array {
  const flipped = new Uint8Array(bytes);
  const at = Math.floor(bit / 8);
  flipped[at] = (flipped[at] ?? 0) ^ (1 << (bit % 8));
  return flipped;
}
