import { remainingOf, toSeconds, toUsd, type BudgetView, type DayUsage } from './budget.ts';

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

/** The report of somebody with these budgets, who used so much on these days, the latest first. */
export function usageReport(
  view: BudgetView,
  days: readonly (DayUsage & { readonly day: string })[],
): UsageReport {
  const { tokens, seconds, usd } = remainingOf(view);
  const remaining = { tokens, voice_minutes: seconds === null ? null : toMinutes(seconds), usd };
  return {
    today: { ...usedOn(view.used), remaining },
    days: days.map((usage) => ({ day: usage.day, ...usedOn(usage) })),
  };
}

function usedOn({ tokens, voiceMs, nanoUsd }: DayUsage): UsedDay {
  return { tokens, voice_minutes: toMinutes(toSeconds(voiceMs)), usd: toUsd(nanoUsd) };
}

function toMinutes(seconds: number): number {
  return Math.round((seconds / 60) * 1000) / 1000;
}
