/** Requests and tokens a minute, as the `x-ratelimit-*` headers tell them: buckets that fill again steadily. They never refuse. */

const REQUESTS_PER_MINUTE = 1_000;
const TOKENS_PER_MINUTE = 1_000_000;
const MS_PER_MINUTE = 60_000;

/** What is left; `reset…` is in whole seconds until all of it is there again. */
export interface Allowance {
  readonly limitRequests: number;
  readonly limitTokens: number;
  readonly remainingRequests: number;
  readonly remainingTokens: number;
  readonly resetRequestsSeconds: number;
  readonly resetTokensSeconds: number;
}

/** What one resource has used lately. */
export class ChatAllowance {
  #requests = 0;
  #tokens = 0;
  #at = 0;

  /** Counts a request that was let in with so many tokens (the prompt's and the most it may answer) and tells what is left. */
  spend(requests: number, tokens: number, nowMs: number): Allowance {
    const share = Math.max(0, nowMs - this.#at) / MS_PER_MINUTE;
    this.#requests = Math.max(0, this.#requests - share * REQUESTS_PER_MINUTE) + requests;
    this.#tokens = Math.max(0, this.#tokens - share * TOKENS_PER_MINUTE) + tokens;
    this.#at = nowMs;
    return {
      limitRequests: REQUESTS_PER_MINUTE,
      limitTokens: TOKENS_PER_MINUTE,
      remainingRequests: Math.max(0, Math.floor(REQUESTS_PER_MINUTE - this.#requests)),
      remainingTokens: Math.max(0, Math.floor(TOKENS_PER_MINUTE - this.#tokens)),
      resetRequestsSeconds: Math.ceil((this.#requests / REQUESTS_PER_MINUTE) * 60),
      resetTokensSeconds: Math.ceil((this.#tokens / TOKENS_PER_MINUTE) * 60),
    };
  }
}
