import { createLocalJWKSet, importJWK, type JWK, type LocalJWKSet } from 'jose';
import * as v from 'valibot';

/** What a provider's tokens may be signed with; none of it can be made with a key that is public. */
export const PROVIDER_ALGORITHMS = [
  'RS256',
  'RS384',
  'RS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
] as const;

/** RFC 7518, 3.3: a shorter modulus must not be used. */
const RSA_BITS = 2_048;

const common = {
  kid: v.exactOptional(v.string()),
  alg: v.exactOptional(v.string()),
  use: v.exactOptional(v.string()),
  key_ops: v.exactOptional(v.array(v.string())),
};

// Everything else in a key, certificates and addresses included, is left behind.
const publicKey = v.variant('kty', [
  v.object({ kty: v.literal('RSA'), n: v.string(), e: v.string(), ...common }),
  v.object({
    kty: v.literal('EC'),
    crv: v.picklist(['P-256', 'P-384', 'P-521']),
    x: v.string(),
    y: v.string(),
    ...common,
  }),
  v.object({ kty: v.literal('OKP'), crv: v.literal('Ed25519'), x: v.string(), ...common }),
]);

type PublicKey = v.InferOutput<typeof publicKey>;

/** Members that only a private or secret key has (RFC 7518, 6.2.2, 6.3.2 and 6.4; RFC 8037, 2). */
const PRIVATE = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k', 'priv'];

const keySet = v.object({ keys: v.array(v.record(v.string(), v.unknown())) });

/**
 * Takes the public signing keys out of a key set (RFC 7517); null when it is none.
 *
 * A key that is private, too short, of another kind or broken is left out, so that one bad key of a provider's spoils
 * neither the others nor, when a token names it, the door.
 */
export async function readPublicKeys(json: unknown): Promise<LocalJWKSet | null> {
  const read = v.safeParse(keySet, json);
  if (!read.success) return null;
  const keys = await Promise.all(read.output.keys.map(takeKey));
  return createLocalJWKSet({ keys: keys.filter((key) => key !== null) });
}

async function takeKey(given: Readonly<Record<string, unknown>>): Promise<JWK | null> {
  const read = v.safeParse(publicKey, given);
  const isPublic = read.success && PRIVATE.every((member) => !(member in given));
  return isPublic && (await isUsable(read.output)) ? read.output : null;
}

async function isUsable(key: PublicKey): Promise<boolean> {
  try {
    const { algorithm } = await importJWK(key, algorithmOf(key));
    return !('modulusLength' in algorithm) || Number(algorithm.modulusLength) >= RSA_BITS;
  } catch {
    // The platform's own word that these numbers are no key.
    return false;
  }
}

const ofCurve = { 'P-256': 'ES256', 'P-384': 'ES384', 'P-521': 'ES512', Ed25519: 'EdDSA' } as const;

function algorithmOf(key: PublicKey): string {
  return key.kty === 'RSA' ? 'RS256' : ofCurve[key.crv];
}
