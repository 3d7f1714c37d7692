import { createMiddleware } from 'hono/factory';
import { answerHeaders } from '../security-policy.ts';

const SWITCHING_PROTOCOLS = 101;

/**
 * Puts the security headers on every answer of the Worker; one that a route has set stays. A 101 has none: it is no
 * document, and cannot be changed without losing its socket.
 */
export const securityHeaders = createMiddleware(async (c, next) => {
  await next();
  if (c.res.status === SWITCHING_PROTOCOLS) return;
  // Not by `c.header`, which copies an answer that is finished, once for each header.
  const { headers } = c.res;
  for (const [name, value] of Object.entries(answerHeaders)) {
    if (!headers.has(name)) headers.set(name, value);
  }
});
