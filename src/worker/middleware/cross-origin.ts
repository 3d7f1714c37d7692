import { cors } from 'hono/cors';
import { createMiddleware } from 'hono/factory';
import type { Door } from '../door.ts';
import { standingOf } from '../origin.ts';

/**
 * Lets pages of the listed origins use the API with a token, and read its answers. Others, and their preflights, see
 * nothing of this: their browser keeps the answer from them. Cookies never take this way.
 */
export const crossOrigin = createMiddleware<Door>(async (c, next) => {
  const standing = standingOf(c.req.raw, c.var.settings.allowedOrigins);
  return standing === 'listed' ? allow(c, next) : next();
});

const PREFLIGHT_SECONDS = 600;

const allow = cors({
  origin: (origin) => origin,
  allowMethods: ['GET', 'POST', 'PATCH', 'DELETE'],
  allowHeaders: ['Authorization', 'api-key', 'Content-Type'],
  exposeHeaders: ['Retry-After', 'Location', 'Voxgate-Conversation'],
  maxAge: PREFLIGHT_SECONDS,
});
