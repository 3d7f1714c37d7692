/** What a call by WebRTC costs: nothing of it is told on its channel, so the door is asked, and the difference is the turn. */
import type { DayCost, GatewayUsage } from '../../protocol/gateway-events.ts';
import { number, numberOrNull, record } from '../fields.ts';
import type { ServerEvent } from '../server-events.ts';

/** The day of somebody, as a call over a socket tells it. */
export type Day = DayCost['today'];

const SECONDS_PER_MINUTE = 60;

/** Shares of the day that are told, with how. */
const marks = [
  [0.8, 'budget_80'],
  [0.95, 'budget_95'],
] as const;

/** The day as `GET /api/usage` tells it; null when it cannot be had. Never rejects. */
export async function askForDay(): Promise<Day | null> {
  try {
    const answer = await fetch('/api/usage', { credentials: 'same-origin' });
    return answer.ok ? readDay(await answer.json()) : null;
  } catch {
    return null;
  }
}

/** Reads the answer; what is missing cost nothing, and a budget that is missing is none. */
export function readDay(body: unknown): Day {
  const today = record(record(body)['today']);
  const remaining = record(today['remaining']);
  const minutes = numberOrNull(remaining, 'voice_minutes');
  return {
    tokens: number(today, 'tokens'),
    seconds: number(today, 'voice_minutes') * SECONDS_PER_MINUTE,
    usd: number(today, 'usd'),
    remaining: {
      tokens: numberOrNull(remaining, 'tokens'),
      seconds: minutes === null ? null : minutes * SECONDS_PER_MINUTE,
      usd: numberOrNull(remaining, 'usd'),
    },
  };
}

/** What is told when the day has come from one to the other; at midnight it begins anew. */
export function costBetween(before: Day, today: Day): readonly ServerEvent[] {
  const spent = (unit: 'tokens' | 'seconds' | 'usd'): number => Math.max(0, today[unit] - before[unit]);
  const turn = { tokens: spent('tokens'), seconds: spent('seconds'), usd: spent('usd') };
  const usage: GatewayUsage = { type: 'gateway.usage', turn, today };
  const crossed = marks.filter(([share]) => usedShare(before) < share && usedShare(today) >= share);
  const warnings = crossed.map(([, code]): ServerEvent => ({ type: 'gateway.warning', warning: { code } }));
  return [usage, ...warnings.slice(-1)];
}

function usedShare(day: Day): number {
  const shares = (['tokens', 'seconds', 'usd'] as const).map((unit) => {
    const left = day.remaining[unit];
    const whole = day[unit] + (left ?? 0);
    return left === null ? 0 : whole > 0 ? day[unit] / whole : 1;
  });
  return Math.max(...shares);
}
