/** A user's day: what was used, what is promised to answers under way, and what may still be spent. Pure. */
import { NANO_PER_USD } from '../azure/prices.ts';
import type { Amount } from '../azure/usage.ts';
import type { BudgetName, Remaining } from '../protocol/gateway-events.ts';
import type { Limits } from './configuration.ts';

/** What a user used on one UTC day. */
export interface DayUsage {
  readonly tokens: number;
  readonly nanoUsd: number;
  readonly voiceMs: number;
}

/** A day on which nothing was used yet. */
export const freshDay: DayUsage = { tokens: 0, nanoUsd: 0, voiceMs: 0 };

/** What a day may cost; null: as much as it wants. */
export interface Budgets {
  readonly tokens: number | null;
  readonly nanoUsd: number | null;
  readonly voiceMs: number | null;
}

/** A user's budgets as one of their sessions sees them. */
export interface BudgetView {
  readonly used: DayUsage;
  /** Promised to answers under way. */
  readonly reserved: Amount;
  readonly budgets: Budgets;
  /** When the next day begins, in Unix milliseconds. */
  readonly resetsAt: number;
  /** How many sessions of this user share what is left. */
  readonly sessions: number;
}

const DAY_MS = 24 * 60 * 60 * 1000;
const MINUTE_MS = 60_000;

/** The UTC day of a moment: `2026-11-25`. */
export function dayOf(now: number): string {
  return new Date(now).toISOString().slice(0, 10);
}

/** When the day of `now` ends, in Unix milliseconds. */
export function endOfDay(now: number): number {
  return (Math.floor(now / DAY_MS) + 1) * DAY_MS;
}

/** The budgets that limits set. */
export function budgetsOf({ dailyTokens, dailyUsd, dailyVoiceMinutes }: Limits): Budgets {
  return {
    tokens: dailyTokens,
    nanoUsd: dailyUsd === null ? null : Math.round(dailyUsd * NANO_PER_USD),
    voiceMs: dailyVoiceMinutes === null ? null : dailyVoiceMinutes * MINUTE_MS,
  };
}

/** Whether there is any budget at all. */
export function hasBudget({ dailyTokens, dailyUsd, dailyVoiceMinutes }: Limits): boolean {
  return dailyTokens !== null || dailyUsd !== null || dailyVoiceMinutes !== null;
}

/** A budget, and the share of it that is used. */
export interface NearestBudget {
  readonly name: BudgetName;
  readonly share: number;
}

/** The budget that is nearest to its end; null when there is no budget. */
export function nearestBudget({ used, budgets }: BudgetView): NearestBudget | null {
  const shares = [
    { name: 'tokens', share: shareOf(used.tokens, budgets.tokens) },
    { name: 'usd', share: shareOf(used.nanoUsd, budgets.nanoUsd) },
    { name: 'voice_minutes', share: shareOf(used.voiceMs, budgets.voiceMs) },
  ] as const;
  const [first] = shares
    .flatMap(({ name, share }) => (share === null ? [] : [{ name, share }]))
    .toSorted((a, b) => b.share - a.share);
  return first ?? null;
}

/** True when one of the budgets has nothing left. */
export function isSpent(view: BudgetView): boolean {
  return (nearestBudget(view)?.share ?? 0) >= 1;
}

/** What something costs whatever its length, and what each token of its output costs. */
export interface Cost {
  readonly fixed: Amount;
  readonly each: Amount;
}

/** How many tokens of output this session's share of the day can pay for; below zero when not even the input. */
export function affordableOutput(
  { budgets, used, reserved, sessions }: BudgetView,
  { fixed, each }: Cost,
): number {
  const sharing = Math.max(1, sessions);
  const part = (budget: number | null, gone: number): number =>
    budget === null ? Infinity : (budget - gone) / sharing;
  const tokens = part(budgets.tokens, used.tokens + reserved.tokens) - fixed.tokens;
  const nanoUsd = part(budgets.nanoUsd, used.nanoUsd + reserved.nanoUsd) - fixed.nanoUsd;
  return Math.floor(Math.min(tokens / each.tokens, nanoUsd / each.nanoUsd));
}

/** What is left of the day, as it is told; never below zero. */
export function remainingOf({ budgets, used }: BudgetView): Remaining {
  const nanoUsd = left(budgets.nanoUsd, used.nanoUsd);
  const voiceMs = left(budgets.voiceMs, used.voiceMs);
  return {
    tokens: left(budgets.tokens, used.tokens),
    seconds: voiceMs === null ? null : toSeconds(voiceMs),
    usd: nanoUsd === null ? null : toUsd(nanoUsd),
  };
}

/** Nano-dollars as dollars. */
export function toUsd(nanoUsd: number): number {
  return nanoUsd / NANO_PER_USD;
}

/** Milliseconds as seconds, in tenths. */
export function toSeconds(ms: number): number {
  return Math.round(ms / 100) / 10;
}

function left(budget: number | null, gone: number): number | null {
  return budget === null ? null : Math.max(0, budget - gone);
}

/** A budget of nothing is spent from the beginning. */
function shareOf(used: number, budget: number | null): number | null {
  if (budget === null) return null;
  return budget === 0 ? 1 : used / budget;
}
