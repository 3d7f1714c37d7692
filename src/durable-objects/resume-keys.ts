import { hashOf } from '../identity/hash.ts';

/** Random bytes of a token: nobody guesses it. */
const TOKEN_BYTES = 32;

/** Of tokens that were given and never used so many are good: each renewal of a credential gives one. */
const GOOD_TOKENS = 8;

const utf8 = new TextEncoder();

/**
 * The tokens by which a browser comes back to its call. Only their hashes are kept. Each works once, and takes those given
 * before it along; one that was given later and has not arrived yet stays good.
 */
export class ResumeKeys {
  readonly #onChange: () => void;
  #hashes: readonly string[];
  #hashing: Promise<void> = Promise.resolve();

  /** `hashes`: of tokens that are good already. `onChange` is called when others are. */
  constructor(hashes: readonly string[], onChange: () => void) {
    this.#hashes = hashes;
    this.#onChange = onChange;
  }

  /** Hashes of the good tokens, the oldest first. */
  hashes(): readonly string[] {
    return this.#hashes;
  }

  /** Gives a token, which is good as soon as `ready` has resolved. */
  issue(): string {
    const token = crypto
      .getRandomValues(new Uint8Array(TOKEN_BYTES))
      .toBase64({ alphabet: 'base64url', omitPadding: true });
    this.#hashing = this.#add(token, this.#hashing);
    return token;
  }

  /** Resolves when every token that was given can be recognised. */
  async ready(): Promise<void> {
    return this.#hashing;
  }

  /** Whether the token with this hash is good. */
  fits(hash: string): boolean {
    return this.#find(hash) !== -1;
  }

  /** The token with this hash was used. */
  use(hash: string): void {
    this.#hashes = this.#hashes.slice(this.#find(hash) + 1);
  }

  async #add(token: string, before: Promise<void>): Promise<void> {
    const [hash] = await Promise.all([hashOf(token), before]);
    this.#hashes = [...this.#hashes, hash].slice(-GOOD_TOKENS);
    this.#onChange();
  }

  #find(hash: string): number {
    return this.#hashes.findIndex((known) => sameHash(known, hash));
  }
}

/** Whether two hashes are the same. Takes as long whichever byte is the first that differs. */
export function sameHash(known: string, given: string): boolean {
  const [expected, found] = [utf8.encode(known), utf8.encode(given)];
  return expected.byteLength === found.byteLength && crypto.subtle.timingSafeEqual(expected, found);
}
