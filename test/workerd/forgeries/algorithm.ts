/** Tokens whose header names an algorithm, or a key, that is not to be trusted; most are well signed for what they say. */
import { base64url, exportSPKI, importJWK, type CryptoKey } from 'jose';
import type { ProviderKey } from '../provider.ts';
import { claims, compose, hmacWith, partsOf, signWith, withParts, type Forgery, type Sign } from './parts.ts';

/** `none` in every case of its letters, with every kind of signature. */
export function unsigned(good: string, kid: string): Forgery[] {
  const cases = Array.from({ length: 16 }, (_, mask) =>
    'none'
      .split('')
      .map((letter, at) => (mask & (1 << at) ? letter.toUpperCase() : letter))
      .join(''),
  );
  return cases.flatMap((alg) =>
    [{ alg }, { alg, kid }, { alg, kid: 'none' }, { typ: 'JWT', alg }].flatMap((named) => {
      const header = base64url.encode(JSON.stringify(named));
      const { payload, signature } = partsOf(good);
      return ['', 'AA', signature].map((end) => ({
        name: `${JSON.stringify(named)} signed ${end === '' ? 'by nobody' : end.slice(0, 4)}`,
        token: `${header}.${payload}.${end}`,
      }));
    }),
  );
}

/** Headers whose `alg` is missing, doubled, renamed or misspelt, all signed with the right key. */
export async function misnamed(alg: string, sign: Sign): Promise<Forgery[]> {
  const headers = [
    '{}',
    '{"typ":"JWT"}',
    '[]',
    'null',
    '7',
    '"alg"',
    `"${alg}"`,
    '',
    '{',
    `{"alg":"${alg}"`,
    `{'alg':'${alg}'}`,
    `{"alg":"${alg}",}`,
    `{"alg":"${alg}"}{"alg":"${alg}"}`,
    `{"alg":"${alg}","alg":"none"}`,
    `{"alg":"${alg}","\\u0061lg":"none"}`,
    `{"alg":"${alg}","alg":"ES256K"}`,
    `{"Alg":"${alg}"}`,
    `{"ALG":"${alg}"}`,
    `{" alg":"${alg}"}`,
    `{"alg ":"${alg}"}`,
    `{"algorithm":"${alg}"}`,
    `{"header":{"alg":"${alg}"}}`,
    `{"__proto__":{"alg":"${alg}"}}`,
    `{"alg":null}`,
    `{"alg":true}`,
    `{"alg":256}`,
    `{"alg":""}`,
    `{"alg":["${alg}"]}`,
    `{"alg":{"name":"${alg}"}}`,
    `{"alg":"${alg.toLowerCase()}"}`,
    `{"alg":" ${alg}"}`,
    `{"alg":"${alg} "}`,
    `{"alg":"${alg}\\u0000"}`,
    `{"alg":"${alg.slice(0, 2)}-${alg.slice(2)}"}`,
    `{"alg":"constructor"}`,
    `{"alg":"__proto__"}`,
    `{"alg":"toString"}`,
  ];
  return Promise.all(
    headers.map(async (header) => ({ name: header, token: await compose(header, claims(), sign) })),
  );
}

/** Extensions a reader must understand or refuse (`crit`), payloads that are not encoded, and types of other tokens. */
export async function foreignKinds(alg: string, sign: Sign): Promise<Forgery[]> {
  const headers = [
    { alg, crit: [] },
    { alg, crit: ['exp'], exp: 9_999_999_999 },
    { alg, crit: ['unknown'], unknown: 1 },
    { alg, crit: ['alg'] },
    { alg, crit: ['b64'], b64: true },
    { alg, crit: ['b64'], b64: false },
    { alg, crit: 'b64', b64: true },
    { alg, crit: null },
    { alg, typ: 'logout+jwt' },
    { alg, typ: 'dpop+jwt' },
    { alg, typ: 'secevent+jwt' },
    { alg, typ: 'id+jwt' },
    { alg, typ: 'JOSE' },
    { alg, typ: 'JWT ' },
    { alg, typ: 'voxgate-session+jwt' },
    { alg, typ: 7 },
    { alg, typ: ['JWT'] },
    { alg, typ: { toLowerCase: 1 } },
  ];
  const payloads = ['', 'null', '[]', '7', '"alice"', '{', '{"sub":"alice"}', '\u00ff', '[{"sub":"alice"}]'];
  return Promise.all([
    ...headers.map(async (header) => ({
      name: JSON.stringify(header),
      token: await compose(header, claims(), sign),
    })),
    ...payloads.map(async (payload) => ({
      name: `payload ${JSON.stringify(payload)}`,
      token: await compose({ alg }, payload, sign),
    })),
  ]);
}

/** HS256 under everything about a key that is public: PEM, DER, JWK, its numbers, its name. */
export async function publicKeyAsSecret(key: ProviderKey): Promise<Forgery[]> {
  const publicKey = (await importJWK(key.jwk, key.alg, { extractable: true })) as CryptoKey;
  const pem = await exportSPKI(publicKey);
  const der = new Uint8Array((await crypto.subtle.exportKey('spki', publicKey)) as ArrayBuffer);
  const { kid: _kid, alg: _alg, use: _use, ...bare } = key.jwk;
  const secrets: Record<string, string | Uint8Array> = {
    PEM: pem,
    'PEM with a newline': `${pem.trimEnd()}\n`,
    'PEM without one': pem.trimEnd(),
    'PEM with carriage returns': `${pem.trimEnd().replaceAll('\n', '\r\n')}\r\n`,
    'PEM without its lines': pem.replaceAll(/-----[^-]+-----|\s/g, ''),
    DER: der,
    'DER in hexadecimal': der.toHex(),
    'JWK as published': JSON.stringify(key.jwk),
    'JWK alone': JSON.stringify(bare),
    'key set': JSON.stringify({ keys: [key.jwk] }),
    'its name': key.kid,
    'a zero byte': Uint8Array.of(0),
    ...Object.fromEntries(
      [key.jwk.n, key.jwk.e, key.jwk.x, key.jwk.y]
        .filter((number) => number !== undefined)
        .flatMap((number, at) => [
          [`number ${at} as text`, number],
          [`number ${at} as bytes`, base64url.decode(number)],
        ]),
    ),
  };
  const headers = [{ alg: 'HS256' }, { alg: 'HS256', kid: key.kid }, { alg: key.alg, kid: key.kid }];
  return Promise.all(
    Object.entries(secrets).flatMap(([name, secret]) =>
      headers.map(async (header) => ({
        name: `HMAC under ${name}, ${JSON.stringify(header)}`,
        token: await compose(header, claims(), hmacWith(secret)),
      })),
    ),
  );
}

/** A stranger's key that the token brings along or points to, under the name of a known one. */
export async function keysBroughtAlong(known: ProviderKey, stranger: ProviderKey): Promise<Forgery[]> {
  const { alg, kid } = known;
  const ec = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
  const { jwk } = stranger;
  const elsewhere = 'http://127.0.0.1:1/keys';
  const headers = [
    { alg, kid, jwk },
    { alg, jwk },
    { alg, kid: stranger.kid, jwk },
    { alg, kid, jwk: { ...jwk, kid } },
    { alg, kid, jku: elsewhere },
    { alg, kid, x5u: elsewhere },
    { alg, kid, x5c: ['MAAA'] },
    { alg, kid, x5t: 'AAAA', 'x5t#S256': 'AAAA' },
    { alg, kid },
    { alg },
    { alg, kid: stranger.kid },
    { alg, kid: '../../../../../../dev/null' },
    { alg, kid: "x' UNION SELECT 'key';--" },
    { alg, kid: elsewhere },
    { alg, kid: '__proto__' },
    { alg, kid: '' },
    { alg, kid: null },
    { alg, kid: [kid] },
    { alg, kid: { kid } },
    { alg, KID: kid },
  ];
  return Promise.all(
    headers.map(async (header) => ({
      name: JSON.stringify(header),
      token: await compose(header, claims(), signWith(stranger, ec)),
    })),
  );
}

/** Signatures by the right key and another algorithm than the one its key is published for. */
export async function wrongPrimitives(
  key: ProviderKey,
  others: Readonly<Record<string, SubtleCryptoImportKeyAlgorithm & SubtleCryptoSignAlgorithm>>,
): Promise<Forgery[]> {
  const { kid } = key;
  const forged = Object.entries(others).flatMap(([alg, algorithm]) =>
    [{ alg, kid }, { alg: key.alg, kid }, { alg: key.alg }, { alg }].map(async (header) => ({
      name: `${alg} under ${JSON.stringify(header)}`,
      token: await compose(header, claims(), signWith(key, algorithm)),
    })),
  );
  return Promise.all(forged);
}

/** A good token under the name of every algorithm that is not its own. */
export function renamedAlgorithms(good: string, alg: string, kid: string): Forgery[] {
  const names = ['HS', 'RS', 'PS', 'ES'].flatMap((family) =>
    [256, 384, 512].map((bits) => `${family}${bits}`),
  );
  return [...names, 'ES256K', 'EdDSA', 'Ed25519', 'Ed448', 'ML-DSA-44', 'dir', 'RSA1_5', 'RSA-OAEP', 'A128KW']
    .filter((name) => name !== alg)
    .map((name) => ({
      name: `${alg} renamed ${name}`,
      token: withParts(good, { header: base64url.encode(JSON.stringify({ alg: name, kid })) }),
    }));
}
