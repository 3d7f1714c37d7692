import type { AzureTarget } from '../azure/target.ts';
import type { GatewaySession } from '../protocol/gateway-events.ts';
import type { Reader } from './browser-frame.ts';
import { toldLimits, type Configuration } from './configuration.ts';
import type { Opening } from './opening.ts';

/** What a call is told at its birth, and never asks again. */
export interface CallPlan {
  readonly target: AzureTarget;
  readonly reader: Reader;
  /** First words to a browser on the binary lane. */
  readonly greeting: GatewaySession;
  /** The user, as the log may name them. */
  readonly user: string;
  /** Called once, when the call has ended and holds nothing any more. */
  readonly onEnd: () => void;
}

/** Makes the plan of a new call, with a session id that nobody can guess. */
export function planCall(
  { lane }: Opening,
  { target, operator, limits }: Configuration,
  owner: Pick<CallPlan, 'user' | 'onEnd'>,
): CallPlan {
  const greeting: GatewaySession = {
    type: 'gateway.session',
    session_id: `vs_${crypto.randomUUID().replaceAll('-', '')}`,
    audio: lane,
    limits: toldLimits(limits),
    expires_at: Math.floor(Date.now() / 1000) + limits.sessionMinutes * 60,
  };
  return { target, reader: { lane, operator }, greeting, ...owner };
}
