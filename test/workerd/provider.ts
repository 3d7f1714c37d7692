import {
  exportJWK,
  generateKeyPair,
  SignJWT,
  type CryptoKey,
  type JWK,
  type JWTHeaderParameters,
} from 'jose';
import { inject } from 'vitest';
import type { KeySetAnswer } from '../support/key-set-answer.ts';

/** A key pair of a provider's. */
export interface ProviderKey {
  readonly alg: string;
  readonly kid: string;
  readonly privateKey: CryptoKey;
  /** The public half, as a key set tells it. */
  readonly jwk: JWK;
}

/** Headers and claims beside the usual ones, or in their place. */
export interface TokenDetails {
  readonly header?: Readonly<Record<string, unknown>>;
  readonly claims?: Readonly<Record<string, unknown>>;
}

/** Makes a key pair. `alg` as in a token's header. */
export async function newKey(alg: string, kid: string = crypto.randomUUID()): Promise<ProviderKey> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
  return { alg, kid, privateKey, jwk: { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' } };
}

/** Signs a token for `subject`, good for an hour unless changed. A claim or header set to undefined is left out. */
export async function signedBy(
  key: ProviderKey,
  subject: string,
  { header, claims }: TokenDetails = {},
): Promise<string> {
  const now = Math.floor(Date.now() / 1000);
  const protectedHeader = { alg: key.alg, kid: key.kid, ...header } as JWTHeaderParameters;
  return new SignJWT({ sub: subject, iat: now, exp: now + 3600, ...claims })
    .setProtectedHeader(protectedHeader)
    .sign(key.privateKey);
}

/** An identity provider that one test has to itself: a set of the key server, under a name nobody else knows. */
export class Provider {
  /** Where its key set is. */
  readonly url = `${inject('keyServer')}/${crypto.randomUUID()}`;

  /** From now on the set holds the public halves of these keys. */
  async publishes(...keys: readonly (ProviderKey | JWK)[]): Promise<void> {
    const jwks = keys.map((key) => ('privateKey' in key ? key.jwk : key));
    await this.answers({ body: JSON.stringify({ keys: jwks }) });
  }

  /** From now on it answers like this. */
  async answers(answer: KeySetAnswer): Promise<void> {
    await (await fetch(this.url, { method: 'PUT', body: JSON.stringify(answer) })).text();
  }

  /** Lets go of the answers it has held back. */
  async releases(): Promise<void> {
    await (await fetch(`${this.url}/hold`, { method: 'DELETE' })).text();
  }

  /** How often it was asked for its keys. */
  async asked(): Promise<number> {
    return Number(await (await fetch(`${this.url}/asked`)).text());
  }
}
