import type { LocalJWKSet } from 'jose';
import { log } from '../observe/log.ts';
import { fetchKeys } from './fetch-keys.ts';

/** Keys of a provider as they were told at one moment. */
export interface Keys {
  /** Chooses the key that a token's header asks for; see jose's `createLocalJWKSet` for what it throws. */
  readonly choose: LocalJWKSet;
  /** Unix milliseconds. */
  readonly readAt: number;
}

/** So young, keys are used without a question: a key that its provider takes back is good for no longer than this. */
export const FRESH_MS = 10 * 60 * 1000;

/** So old, keys are used on while their provider does not answer, and no longer. */
export const STALE_MS = 24 * 60 * 60 * 1000;

/** The pause after an answer, and after a failure while there are keys: no flood of tokens makes us ask more often. */
export const COOLDOWN_MS = 30 * 1000;

/** The pause after a failure that leaves us without any key, when nobody can come in. */
export const RETRY_MS = 5 * 1000;

/** How long a provider may take. */
const TIMEOUT_MS = 3 * 1000;

/** A question that has not come to an end by then never will: whoever asked it hung up, and their request is no more. */
const ABANDONED_MS = 5 * 1000;

const POLL_MS = 10;

/** The last question to the provider, and what became of it. */
type Question =
  | { readonly name: 'none' }
  | { readonly name: 'open'; readonly askedAt: number }
  | { readonly name: 'answered'; readonly askedAt: number }
  | { readonly name: 'failed'; readonly askedAt: number };

/**
 * The public keys of one identity provider, shared by all requests of an isolate.
 *
 * Keys are kept for as long as they may be used, asked for again when they age or when a token names one that is not
 * among them, and by one request at a time. The others wait by looking, never on that request's promise: the platform
 * ties a promise to the request that made it, and whoever awaits another's waits for ever once its client hangs up.
 */
export class KeySet {
  readonly #url: string;
  readonly #timeoutMs: number;
  #keys: Keys | null = null;
  #question: Question = { name: 'none' };

  constructor(url: string, timeoutMs: number = TIMEOUT_MS) {
    this.#url = url;
    this.#timeoutMs = timeoutMs;
  }

  /** The keys to verify with; null when there are none and none can be had now. */
  async current(): Promise<Keys | null> {
    if (this.#ageMs() < FRESH_MS) return this.#keys;
    if (this.#isOpen() && this.#ageMs() < STALE_MS) return this.#keys;
    await this.#ask();
    return this.#ageMs() < STALE_MS ? this.#keys : null;
  }

  /**
   * Newer keys than these, when a token's key was not among them. `none`: the provider has told all it has;
   * `unavailable`: it cannot be asked now, so nobody knows.
   */
  async newerThan(keys: Keys): Promise<Keys | 'none' | 'unavailable'> {
    if (this.#keys === keys) await this.#ask();
    if (this.#keys !== keys && this.#keys !== null) return this.#keys;
    return this.#question.name === 'answered' ? 'none' : 'unavailable';
  }

  /** Returns when the provider was asked, by us or by another request, or need not be so soon again. */
  async #ask(): Promise<void> {
    while (this.#isOpen()) await pause(POLL_MS);
    if (Date.now() < this.#nextAskAt()) return;
    const question: Question = { name: 'open', askedAt: Date.now() };
    this.#question = question;
    const answer = await fetchKeys(this.#url, this.#timeoutMs);
    // Given up meanwhile, and asked again by somebody else.
    if (this.#question !== question) return;
    if (answer.ok) this.#keys = { choose: answer.keys, readAt: Date.now() };
    else log('keys.unavailable', { code: answer.code, ...(answer.status ? { status: answer.status } : {}) });
    this.#question = { name: answer.ok ? 'answered' : 'failed', askedAt: question.askedAt };
  }

  #ageMs(): number {
    return this.#keys === null ? Infinity : Date.now() - this.#keys.readAt;
  }

  #isOpen(): boolean {
    const question = this.#question;
    return question.name === 'open' && Date.now() < question.askedAt + ABANDONED_MS;
  }

  #nextAskAt(): number {
    const question = this.#question;
    switch (question.name) {
      case 'none':
        return 0;
      case 'open':
        return question.askedAt + ABANDONED_MS;
      case 'answered':
        return question.askedAt + COOLDOWN_MS;
      case 'failed':
        return question.askedAt + (this.#ageMs() < STALE_MS ? COOLDOWN_MS : RETRY_MS);
    }
  }
}

const keySets = new Map<string, KeySet>();

/** The key set at this address: one for each address and isolate. */
export function keySetAt(url: string): KeySet {
  const known = keySets.get(url) ?? new KeySet(url);
  keySets.set(url, known);
  return known;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
