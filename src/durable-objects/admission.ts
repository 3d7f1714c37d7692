/** What a user's object answers when somebody wants something of it that counts as a request. */
export type Admission =
  | { readonly outcome: 'admitted' }
  /** The credential was taken back: its user signed out. */
  | { readonly outcome: 'revoked' }
  /** `retryAfterSeconds`: when the next request will be let in. */
  | { readonly outcome: 'too-many-requests'; readonly retryAfterSeconds: number };

/** A ticket as its user's object keeps it: never the ticket itself. */
export interface TicketRecord {
  /** SHA-256 of the ticket, hexadecimal. */
  readonly hash: string;
  /** The only origin that may use it. */
  readonly origin: string;
  /** Unix milliseconds. */
  readonly expiresAt: number;
}

/** A session that is open now, as the admin sees it. Times in Unix milliseconds. */
export interface LiveSession {
  readonly sessionId: string;
  readonly mode: 'voice' | 'text';
  readonly createdAt: number;
  readonly lastActivityAt: number;
  /** Frames other than audio that the person sent. */
  readonly messageCount: number;
  readonly bytesUp: number;
  readonly bytesDown: number;
  readonly tokens: number;
  readonly usd: number;
}

/** Whether Azure answered a dial, and in how many milliseconds; else Azure's status and code, or why nobody answered. */
export type AzureProbe =
  | { readonly ok: true; readonly ms: number }
  | { readonly ok: false; readonly reason: string };
