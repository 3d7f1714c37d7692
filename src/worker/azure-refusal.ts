import type { ContentfulStatusCode } from 'hono/utils/http-status';
import { readDialRefusal, type DialRefusal } from '../durable-objects/dial-refusal.ts';
import { problem } from './problem.ts';

/** Azure's own status, as the client would have had it; but its 401 is ours to answer for. */
export function afterDialRefusal(answer: Response): Response | null {
  const told = readDialRefusal(answer);
  return told === null ? null : azureProblem({ ...told, isLate: false });
}

/** The same where the answer is no socket: who came too late is 504. */
export function azureProblem({ status, isLate, retryAfterSeconds }: DialRefusal): Response {
  const wait = retryAfterSeconds === null ? {} : { retryAfterSeconds };
  if (status === null)
    return problem('upstream_unreachable', { ...wait, ...(isLate ? { status: 504 } : {}) });
  return problem('upstream_refused', { ...wait, status: status === 401 ? 502 : asSent(status) });
}

/** A status that may be sent with a body; anything odd is a bad gateway. */
function asSent(status: number): ContentfulStatusCode {
  const known = SENDABLE.find((one) => one === status);
  return known ?? 502;
}

const SENDABLE = [400, 403, 404, 408, 409, 413, 422, 429, 500, 502, 503, 504] as const;
