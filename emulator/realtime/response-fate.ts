/** Which responses end badly, by deployment, by fault, or by what was typed. */
import type { Behaviour } from '../deployments.ts';
import type { Said } from '../script.ts';
import type { StatusDetails } from './server-events.ts';
import type { SessionOptions } from './session-options.ts';

type Failure = Extract<StatusDetails, { type: 'failed' }>;

const rateLimited: Failure = {
  type: 'failed',
  error: {
    type: 'invalid_request_error',
    code: 'inference_rate_limit_exceeded',
    message: 'The token rate limit of this deployment is exceeded. Try again in 2 seconds.',
  },
};

const failures: Readonly<Record<'insufficient_quota' | 'server_error', Failure>> = {
  insufficient_quota: {
    type: 'failed',
    error: {
      type: 'insufficient_quota',
      code: 'insufficient_quota',
      message: 'The quota of this subscription is used up. Check its plan and its billing.',
    },
  },
  server_error: {
    type: 'failed',
    error: {
      type: 'server_error',
      code: 'server_error',
      message: 'The server had an error while it made the response.',
    },
  },
};

/** Typed, these words stop the answer to them. */
const TRIPS_FILTER = /\btrip the (?:answer|content) filter\b/i;

/** How the response that is about to start fails, or null. Asks a waiting fault once. */
export function failureOf({ behaviour, failsNextResponse }: SessionOptions): Failure | null {
  if (failsNextResponse()) return rateLimited;
  return behaviour?.name === 'fail responses' ? failures[behaviour.code] : null;
}

/** Whether the content filter stops the answer to what was said. */
export function isFiltered(said: readonly Said[], behaviour: Behaviour | undefined): boolean {
  if (behaviour?.name === 'filter content') return true;
  const last = said.findLast((one) => one.by === 'user');
  return last?.by === 'user' && last.how === 'typed' && TRIPS_FILTER.test(last.text);
}
