/** What `GET /api/usage` tells. Days are UTC; `remaining` is null where the user has no such budget. */
export interface UsageReport {
  readonly today: UsedDay & {
    readonly remaining: {
      readonly tokens: number | null;
      readonly voice_minutes: number | null;
      readonly usd: number | null;
    };
  };
  /** The latest first, today among them. */
  readonly days: readonly (UsedDay & { readonly day: string })[];
}

/** What was used on a day. Tokens are the sum of what Azure reported. */
export interface UsedDay {
  readonly tokens: number;
  readonly voice_minutes: number;
  readonly usd: number;
}
