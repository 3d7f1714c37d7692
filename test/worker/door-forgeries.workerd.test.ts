/**
 * The families of attacks on signed tokens that Wycheproof collects (`json_web_signature_test`, `json_web_crypto_test`),
 * made from our own good tokens and shown to the door. Each test shows the good token on the same way before and after.
 */
import { env } from 'cloudflare:workers';
import { beforeAll, describe, expect, it } from 'vitest';
import { readIdentitySettings, type IdentitySettings } from '../../src/identity/settings.ts';
import { verifyToken } from '../../src/identity/tokens.ts';
import worker from '../../src/worker/index.ts';
import { TEST_SECRET, tokenFor } from '../support/tokens.ts';
import {
  foreignKinds,
  keysBroughtAlong,
  misnamed,
  publicKeyAsSecret,
  renamedAlgorithms,
  unsigned,
  wrongPrimitives,
} from '../workerd/forgeries/algorithm.ts';
import {
  crossedCurves,
  curves,
  edgePairs,
  looseEd25519,
  negated,
  otherEncodings,
} from '../workerd/forgeries/curves.ts';
import {
  brokenForms,
  encryptedForms,
  jsonForms,
  otherSpellings,
  strayCharacters,
  wrongContents,
  wrongSignatures,
} from '../workerd/forgeries/form.ts';
import { claims, compose, hmacWith, signWith, type Forgery } from '../workerd/forgeries/parts.ts';
import { cubeRoots, modifiedPaddings, oddNumbers } from '../workerd/forgeries/rsa.ts';
import { newKey, Provider, signedBy, type ProviderKey } from '../workerd/provider.ts';

type Variables = Readonly<Record<string, string>>;

const HERE = 'http://localhost';
const bySecret: Variables = {};

/** What a header carries as it is: visible ASCII, with spaces only between. Nothing else reaches the door in one. */
const CARRIED = /^(?:[!-~](?:[\t -~]*[!-~])?)?$/;

function settingsOf(variables: Variables): IdentitySettings {
  const read = readIdentitySettings({ ...env, ...variables });
  if (!read.ok) throw new Error(read.problems.join());
  return read.value;
}

/** What the door says to this token: `let in`, or the code of its refusal. What no header carries is shown behind it. */
async function told(token: string, variables: Variables): Promise<string> {
  if (!CARRIED.test(token)) {
    const { outcome } = await verifyToken(token, settingsOf(variables));
    return outcome === 'refused' ? 'invalid_credential' : outcome;
  }
  const request = new Request(`${HERE}/api/session`, { headers: { 'api-key': token } });
  const response = await worker.fetch(request, { ...env, ...variables });
  if (response.status === 200) return 'let in';
  const { code } = await response.json<{ code: string }>();
  return response.status === 401 ? code : `${response.status} ${code}`;
}

/**
 * Shows the good token, every forgery, and the good token again: what went amiss, a line each. Nothing to show, and a
 * forgery that is the good token, are amiss too.
 */
async function amiss(variables: Variables, good: string, forgeries: readonly Forgery[]): Promise<string[]> {
  const wrong = forgeries.length === 0 ? ['nothing was shown'] : [];
  const shows = async ({ name, token }: Forgery, expected: string): Promise<void> => {
    const answer =
      token === good && expected !== 'let in' ? 'is the good token' : await told(token, variables);
    if (answer !== expected) wrong.push(`${name}: ${answer}`);
  };
  await shows({ name: 'the good token before', token: good }, 'let in');
  for (const forgery of forgeries) await shows(forgery, 'invalid_credential');
  await shows({ name: 'the good token after', token: good }, 'let in');
  return wrong;
}

const pkcs1 = (hash: string) => ({ name: 'RSASSA-PKCS1-v1_5', hash });
const pss = (hash: string, saltLength: number) => ({ name: 'RSA-PSS', hash, saltLength });

describe('under the secret', () => {
  const sign = hmacWith(TEST_SECRET);

  it.each<[string, number, (good: string, other: string) => Promise<Forgery[]>]>([
    ['in a broken form', 30, async (good) => brokenForms(good)],
    ['as JSON', 20, async (good) => jsonForms(good)],
    ['with a stray character', 200, async (good) => strayCharacters(good)],
    ['in another spelling', 9, async (good) => otherSpellings(good)],
    ['with another signature', 290, async (good, other) => wrongSignatures(good, other)],
    ['with other contents', 70, async (good, other) => wrongContents(good, other)],
    ['unsigned', 190, async (good) => unsigned(good, 'k')],
    ['renamed', 19, async (good) => renamedAlgorithms(good, 'HS256', 'k')],
    ['of a header that says something else', 30, async () => misnamed('HS256', sign)],
    ['of another kind', 25, async () => foreignKinds('HS256', sign)],
    [
      'encrypted',
      6,
      async (good) => {
        const raw = new TextEncoder().encode(TEST_SECRET.slice(0, 32));
        return encryptedForms(good, raw, [
          { alg: 'dir', enc: 'A256GCM' },
          { alg: 'A256KW', enc: 'A256GCM' },
        ]);
      },
    ],
    [
      'signed with a longer hash',
      4,
      async () => {
        const longer = ([384, 512] as const).flatMap((bits) =>
          [`HS${bits}`, 'HS256'].map(async (alg) => ({
            name: `HS${bits} called ${alg}`,
            token: await compose({ alg }, claims(), hmacWith(TEST_SECRET, bits)),
          })),
        );
        return Promise.all(longer);
      },
    ],
    [
      'signed with a secret that is nearly ours',
      6,
      async () => {
        const secrets = [
          `${TEST_SECRET}\n`,
          ` ${TEST_SECRET}`,
          TEST_SECRET.slice(1),
          TEST_SECRET.toUpperCase(),
        ];
        const weak = [...secrets, '\0', 'secret', 'undefined', 'null'].map(async (secret) => ({
          name: JSON.stringify(secret),
          token: await compose({ alg: 'HS256' }, claims(), hmacWith(secret)),
        }));
        return Promise.all(weak);
      },
    ],
  ])('[D33] nobody is let in by a token %s', async (_, least, forge) => {
    const [good, other] = [await tokenFor('alice'), await tokenFor('bob')];
    const forgeries = await forge(good, other);
    expect(forgeries.length).toBeGreaterThanOrEqual(least);
    expect(await amiss(bySecret, good, forgeries)).toEqual([]);
  });

  it('[D14] a token of any asymmetric algorithm is refused, however well it is signed', async () => {
    const forgeries: Forgery[] = [];
    for (const alg of ['RS256', 'RS512', 'PS256', 'ES256', 'ES384', 'EdDSA']) {
      const key = await newKey(alg);
      forgeries.push({ name: alg, token: await signedBy(key, 'mallory') });
      forgeries.push({
        name: `${alg}, its key brought along`,
        token: await signedBy(key, 'mallory', { header: { jwk: key.jwk } }),
      });
    }
    expect(await amiss(bySecret, await tokenFor('alice'), forgeries)).toEqual([]);
  });
});

describe('under a provider’s keys', () => {
  const provider = new Provider();
  const variables: Variables = { AUTH_JWKS_URL: provider.url };
  let rsa: ProviderKey;
  let ec: ProviderKey;
  let ec384: ProviderKey;
  let ec521: ProviderKey;
  let ed: ProviderKey;

  beforeAll(async () => {
    [rsa, ec, ec384, ec521, ed] = await Promise.all([
      newKey('RS256'),
      newKey('ES256'),
      newKey('ES384'),
      newKey('ES512'),
      newKey('EdDSA'),
    ]);
    await provider.publishes(rsa, ec, ec384, ec521, ed);
  });

  const keyed = {
    RS256: () => rsa,
    ES256: () => ec,
    ES384: () => ec384,
    ES512: () => ec521,
    EdDSA: () => ed,
  };
  const algorithms = Object.entries(keyed);
  const ownSign = (key: ProviderKey) => async (input: Uint8Array) =>
    new Uint8Array(await crypto.subtle.sign(signings[key.alg] ?? '', key.privateKey, input));
  const signings: Record<string, SubtleCryptoSignAlgorithm | string> = {
    RS256: 'RSASSA-PKCS1-v1_5',
    ES256: { name: 'ECDSA', hash: 'SHA-256' },
    ES384: { name: 'ECDSA', hash: 'SHA-384' },
    ES512: { name: 'ECDSA', hash: 'SHA-512' },
    EdDSA: 'Ed25519',
  };

  it.each(algorithms)('[D33] nobody is let in by a broken or misspelt %s token', async (_, keyOf) => {
    const key = keyOf();
    const [good, other] = [await signedBy(key, 'alice'), await signedBy(key, 'bob')];
    const forgeries = [
      ...brokenForms(good),
      ...jsonForms(good),
      ...strayCharacters(good),
      ...otherSpellings(good),
      ...wrongContents(good, other),
    ];
    expect(await amiss(variables, good, forgeries)).toEqual([]);
  });

  it.each(algorithms)('[D33] nobody is let in by another signature than that of %s', async (alg, keyOf) => {
    const key = keyOf();
    const [good, other] = [await signedBy(key, 'alice'), await signedBy(key, 'bob')];
    expect(
      await amiss(variables, good, [
        ...wrongSignatures(good, other),
        ...unsigned(good, key.kid),
        ...renamedAlgorithms(good, alg, key.kid),
      ]),
    ).toEqual([]);
  });

  it.each(algorithms)('[D33] nobody is let in by a header or a kind foreign to %s', async (alg, keyOf) => {
    const key = keyOf();
    const forgeries = [...(await misnamed(alg, ownSign(key))), ...(await foreignKinds(alg, ownSign(key)))];
    expect(await amiss(variables, await signedBy(key, 'alice'), forgeries)).toEqual([]);
  });

  it.each(algorithms)('[D14] the public key of %s is nobody’s secret', async (_, keyOf) => {
    const key = keyOf();
    expect(await amiss(variables, await signedBy(key, 'alice'), await publicKeyAsSecret(key))).toEqual([]);
  });

  it('[D14] our own secret signs no token any more', async () => {
    const forgeries = [
      { name: 'HS256', token: await tokenFor('mallory') },
      { name: 'HS256 with a known name', token: await tokenFor('mallory', { header: { kid: rsa.kid } }) },
    ];
    expect(await amiss(variables, await signedBy(rsa, 'alice'), forgeries)).toEqual([]);
  });

  it('[D14] a key that a token brings along or points to is not a key', async () => {
    const stranger = await newKey('ES256');
    expect(await amiss(variables, await signedBy(ec, 'alice'), await keysBroughtAlong(ec, stranger))).toEqual(
      [],
    );
  });

  it('[D33] nobody is let in by RSA with another padding or hash than its key is for', async () => {
    const forgeries = await wrongPrimitives(rsa, {
      RS384: pkcs1('SHA-384'),
      RS512: pkcs1('SHA-512'),
      PS256: pss('SHA-256', 32),
      PS384: pss('SHA-384', 48),
      PS512: pss('SHA-512', 64),
      RS1: pkcs1('SHA-1'),
    });
    expect(await amiss(variables, await signedBy(rsa, 'alice'), forgeries)).toEqual([]);
  });

  it('[D33] nobody is let in by a signature whose padding is nearly PKCS#1 v1.5', async () => {
    const { good, forgeries } = await modifiedPaddings(rsa);
    expect(forgeries.length).toBeGreaterThan(70);
    expect(await amiss(variables, good, [...forgeries, ...oddNumbers(good, rsa)])).toEqual([]);
  });

  it.each(Object.entries(curves))(
    '[D33] nobody is let in by odd numbers on the curve of %s',
    async (_, curve) => {
      const key = { ES256: ec, ES384: ec384, ES512: ec521 }[curve.alg] ?? ec;
      const good = await signedBy(key, 'alice');
      expect(
        await amiss(variables, good, [...edgePairs(good, curve), ...otherEncodings(good, curve)]),
      ).toEqual([]);
    },
  );

  it('[D33] nobody is let in by a signature of another curve or hash', async () => {
    expect(
      await amiss(variables, await signedBy(ec, 'alice'), await crossedCurves([ec, ec384, ec521])),
    ).toEqual([]);
  });

  it('[D33] nobody is let in by a loose Ed25519 signature', async () => {
    const good = await signedBy(ed, 'alice');
    expect(await amiss(variables, good, looseEd25519(good))).toEqual([]);
  });

  it('[D33] nobody is let in by an encrypted token', async () => {
    const { n = '', e = '', kty = '' } = rsa.jwk;
    const oaep = { name: 'RSA-OAEP', hash: 'SHA-256' };
    const key = await crypto.subtle.importKey('jwk', { n, e, kty }, oaep, false, ['encrypt']);
    const good = await signedBy(rsa, 'alice');
    expect(
      await amiss(
        variables,
        good,
        await encryptedForms(good, key, [{ alg: 'RSA-OAEP-256', enc: 'A256GCM' }]),
      ),
    ).toEqual([]);
  });

  it('[D33] a key whose exponent is 3 is taken, and no cube root of anything is its signature', async () => {
    const generated = (await crypto.subtle.generateKey(
      { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256', modulusLength: 2048, publicExponent: Uint8Array.of(3) },
      true,
      ['sign', 'verify'],
    )) as CryptoKeyPair;
    const {
      alg: _alg,
      key_ops: _ops,
      ...jwk
    } = (await crypto.subtle.exportKey('jwk', generated.publicKey)) as JsonWebKey;
    const three = {
      alg: 'RS256',
      kid: 'three',
      privateKey: generated.privateKey,
      jwk: { ...jwk, kid: 'three' },
    };
    const alone = new Provider();
    await alone.publishes(three);
    const good = await signedBy(three, 'alice');
    expect(await amiss({ AUTH_JWKS_URL: alone.url }, good, await cubeRoots(three))).toEqual([]);
  });

  it('[D5] a signature has a twin that is as good, and it is the same credential', async () => {
    const good = await signedBy(ec, 'alice');
    const twin = negated(good, curves.ES256);
    expect(twin).not.toBe(good);
    const [first, second] = [
      await verifyToken(good, settingsOf(variables)),
      await verifyToken(twin, settingsOf(variables)),
    ];
    expect(first.outcome).toBe('known');
    expect(second).toEqual(first);
  });

  it('[D14] a key that its provider publishes for one algorithm is good for no other', async () => {
    const sign = signWith(rsa, { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-512' });
    const token = await compose({ alg: 'RS512', kid: rsa.kid }, claims(), sign);
    expect(await told(token, variables)).toBe('invalid_credential');
    const open = new Provider();
    const { alg: _alg, ...jwk } = rsa.jwk;
    await open.publishes(jwk);
    expect(await told(token, { AUTH_JWKS_URL: open.url })).toBe('let in');
  });
});
