import { createMiddleware } from 'hono/factory';
import { addressBlockOf } from '../address.ts';
import type { Door } from '../door.ts';
import { problem } from '../problem.ts';

/** The period of the binding in wrangler.toml, after which the count begins anew. */
const PERIOD_SECONDS = 10;

/**
 * Turns away who knocks far too often, by address, before anything is verified: whatever a flood of bad tokens costs
 * ends here. Rough on purpose, and far above what people behind one address need; what a user may do is counted exactly
 * by their object. Only the edge's own header says where a request comes from.
 */
export const withinKnocks = createMiddleware<Door>(async (c, next) => {
  const isPreflight =
    c.req.method === 'OPTIONS' && c.req.header('Access-Control-Request-Method') !== undefined;
  const key = addressBlockOf(c.req.header('CF-Connecting-IP') ?? null);
  if (isPreflight || key === null || c.env.KNOCKS === undefined) return next();
  const { success } = await c.env.KNOCKS.limit({ key });
  return success ? next() : problem('rate_limited', { retryAfterSeconds: PERIOD_SECONDS });
});
