/** A user's day as their sessions tell it. Pure. */
import type { Amount } from '../azure/usage.ts';
import type { DayCost } from '../protocol/gateway-events.ts';
import { remainingOf, toSeconds, toUsd, type BudgetView, type NearestBudget } from './budget.ts';

/** The marks at which a person hears of a budget, in percent; 0 is before the first. */
export type BudgetMark = 0 | 80 | 95;

/** The last mark that was passed. */
export function markOf(nearest: NearestBudget | null): BudgetMark {
  const share = nearest?.share ?? 0;
  if (share >= 0.95) return 95;
  return share >= 0.8 ? 80 : 0;
}

/** How much of a budget is used, in words. */
export function usedWords({ name, share }: NearestBudget): string {
  const what = { tokens: 'tokens', usd: 'money', voice_minutes: 'minutes' }[name];
  return `${Math.floor(share * 100)} % of today's ${what} are used.`;
}

/** What was just paid for, in money, and how long a call went on since the last time, in milliseconds. */
export interface Paid {
  readonly amount: Amount;
  readonly callMs: number;
}

/** What was just paid for, and the day so far. */
export function dayCost({ amount, callMs }: Paid, view: BudgetView): DayCost {
  return {
    turn: { tokens: amount.tokens, seconds: toSeconds(callMs), usd: toUsd(amount.nanoUsd) },
    today: {
      tokens: view.used.tokens,
      seconds: toSeconds(view.used.voiceMs),
      usd: toUsd(view.used.nanoUsd),
      remaining: remainingOf(view),
    },
  };
}
