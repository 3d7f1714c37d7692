/** Who a request comes from, as a credential proved it. */
export interface User {
  /** Issuer and subject together name a person; the object's name is made of both. */
  readonly issuer: string;
  readonly subject: string;
  readonly isAdmin: boolean;
  readonly isGuest: boolean;
  /** When the credential runs out, in Unix seconds. */
  readonly expiresAt: number;
  /** This user's own limits, from the claim `voxgate`; what it leaves out is the operator's. */
  readonly limits: LimitOverrides;
  readonly credential: CredentialName;
}

/** Which credential it was, so that it can be taken back before it runs out. */
export type CredentialName =
  /** A token: a hash of its signed part, which has one spelling only (the signature itself has several). */
  | { readonly kind: 'token'; readonly hash: string }
  /** A session cookie, and when it was signed, in milliseconds: signing out takes back all that came before. */
  | { readonly kind: 'session'; readonly signedAt: number };

/** Limits that a token carries for its own user; narrower or wider than the operator's. */
export interface LimitOverrides {
  readonly connections?: number;
  readonly requestsPerMinute?: number;
  readonly dailyTokens?: number;
  readonly dailyUsd?: number;
  readonly dailyVoiceMinutes?: number;
  /** Lifts `LOCK_SESSION` for this user's clients. */
  readonly unlocked?: boolean;
}
