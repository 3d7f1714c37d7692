/** What a turn cost, off the wire of a call or a chat. */
import type { GatewayUsage } from '../protocol/gateway-events.ts';
import { number, numberOrNull, record, type Fields } from './fields.ts';

/** Reads it; what is missing cost nothing, and a budget that is missing is none. */
export function readUsage(fields: Fields): GatewayUsage {
  const today = record(fields['today']);
  const remaining = record(today['remaining']);
  return {
    type: 'gateway.usage',
    turn: readSpent(record(fields['turn'])),
    today: {
      ...readSpent(today),
      remaining: {
        tokens: numberOrNull(remaining, 'tokens'),
        seconds: numberOrNull(remaining, 'seconds'),
        usd: numberOrNull(remaining, 'usd'),
      },
    },
  };
}

function readSpent(fields: Fields): GatewayUsage['turn'] {
  return { tokens: number(fields, 'tokens'), seconds: number(fields, 'seconds'), usd: number(fields, 'usd') };
}
