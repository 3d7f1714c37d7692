/** What a call cost so far and what is left of the day, as one line. */
import type { GatewayUsage } from '../protocol/gateway-events.ts';
import { writeCount, writeMinutes, writeUsd, writeUsdLeft } from './notation.ts';

/** What was paid for, in every unit a day can be measured in. */
export type Spent = GatewayUsage['turn'];

/** This call or chat up to now, and its user's day as it was last told. */
export interface Cost {
  readonly of: 'call' | 'chat';
  readonly call: Spent;
  readonly today: GatewayUsage['today'];
}

/** What the gateway calls the ways of measuring. */
type Unit = keyof Spent;

/** The cost with one more turn. A chat after a call, or a call after a chat, begins anew. */
export function addTurn(cost: Cost | null, { turn, today }: GatewayUsage, of: Cost['of'] = 'call'): Cost {
  if (cost?.of !== of) return { of, call: turn, today };
  const { tokens, seconds, usd } = cost.call;
  const call = { tokens: tokens + turn.tokens, seconds: seconds + turn.seconds, usd: usd + turn.usd };
  return { of, call, today };
}

const written: Readonly<
  Record<Unit, { readonly spent: (amount: number) => string; readonly left: (amount: number) => string }>
> = {
  usd: { spent: writeUsd, left: writeUsdLeft },
  tokens: { spent: (tokens) => `${writeCount(tokens)} tokens`, left: writeCount },
  seconds: { spent: writeMinutes, left: writeMinutes },
};

/** The line for the person; empty while nothing is known. It speaks of the budget that is nearest to its end. */
export function costLine(cost: Cost | null): string {
  if (cost === null) return '';
  const nearest = nearestBudget(cost);
  const unit = nearest?.unit ?? unitWithoutBudget(cost.call);
  const call = `This ${cost.of} ${written[unit].spent(cost.call[unit])}`;
  const line = nearest === null ? call : `${call} · ${leftToday(nearest.unit, nearest.left)}`;
  // Where the line has to break, it breaks between its two halves.
  return line.replaceAll(' ', '\u00A0').replace('\u00A0·\u00A0', '\u00A0· ');
}

/** The share of the day's nearest budget that is used, 0 to 1; 0 when there is no budget. */
export function usedShare(cost: Cost): number {
  return nearestBudget(cost)?.share ?? 0;
}

function leftToday(unit: Unit, left: number): string {
  return left > 0 ? `${written[unit].left(left)} left today` : 'nothing left today';
}

interface Budget {
  readonly unit: Unit;
  readonly left: number;
  readonly share: number;
}

function nearestBudget({ today }: Cost): Budget | null {
  const budgets = (['usd', 'tokens', 'seconds'] as const).flatMap((unit): readonly Budget[] => {
    const left = today.remaining[unit];
    if (left === null) return [];
    const whole = today[unit] + left;
    return [{ unit, left, share: whole > 0 ? today[unit] / whole : 1 }];
  });
  const [first, ...others] = budgets;
  if (first === undefined) return null;
  return others.reduce((nearest, other) => (other.share > nearest.share ? other : nearest), first);
}

/** A model without a price has tokens all the same. */
function unitWithoutBudget({ usd, tokens }: Spent): Unit {
  if (usd > 0) return 'usd';
  return tokens > 0 ? 'tokens' : 'seconds';
}
