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
  for (const [name, value] of Object.entries(answerHeaders)) {
    if (!c.res.headers.has(name)) c.header(name, value);
  }
});
