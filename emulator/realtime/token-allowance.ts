/** Tokens per minute, as `rate_limits.updated` tells them: a bucket that fills again steadily. */

/** Tier 1 of `gpt-realtime`, Global Standard (vendor table of 2026-08-20). */
const TOKENS_PER_MINUTE = 100_000;
const MS_PER_MINUTE = 60_000;

/** One line of `rate_limits.updated`. Requests are never listed. */
export interface Allowance {
  readonly name: 'tokens';
  readonly limit: number;
  readonly remaining: number;
  readonly reset_seconds: number;
}

/** What one session has used lately. */
export class TokenAllowance {
  #used = 0;
  #at = 0;

  /** Counts tokens at `nowMs` and tells what is left. */
  spend(tokens: number, nowMs: number): Allowance {
    const refilled = ((nowMs - this.#at) / MS_PER_MINUTE) * TOKENS_PER_MINUTE;
    this.#used = Math.max(0, this.#used - refilled) + tokens;
    this.#at = nowMs;
    return {
      name: 'tokens',
      limit: TOKENS_PER_MINUTE,
      remaining: Math.max(0, Math.round(TOKENS_PER_MINUTE - this.#used)),
      reset_seconds: Math.round((this.#used / TOKENS_PER_MINUTE) * 60_000) / 1_000,
    };
  }
}
