import type { Operator } from '../azure/session.ts';
import type { Reader } from './browser-frame.ts';
import type { BudgetView } from './budget.ts';
import type { Tariff } from './spending.ts';

/** What a call's relay decides with, beside its state and the frame. */
export interface Context extends Reader {
  readonly operator: Operator;
  readonly tariff: Tariff;
  readonly allowance: Allowance;
  /** The frames that tell a new session of Azure's what was said before. */
  readonly replayed: readonly string[];
}

/** What this user may still do, over all their sessions. Asking changes nothing. Times in Unix milliseconds. */
export interface Allowance {
  /** Null when one more request may be made; else how many milliseconds until it may. */
  readonly waitForRequest: (now: number) => number | null;
  readonly budget: (now: number) => BudgetView;
}
