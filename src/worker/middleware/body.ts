import type { Context } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { createMiddleware } from 'hono/factory';
import { problem } from '../problem.ts';

/** Largest body of a request, in bytes. The longest that any route reads, with room. */
export const BODY_BYTES = 64 * 1024;

/** Refuses a larger body: unread where its length is told, else as soon as it grows over. */
export const withBodyLimit = bodyLimit({
  maxSize: BODY_BYTES,
  onError: () => problem('body_too_large', { detail: `A body has at most ${BODY_BYTES} bytes.` }),
});

/**
 * Refuses a body that says it is JSON and is not, before anybody acts on the request. None at all is no lie. Routes read
 * it by `c.req.json()`, which remembers what was read here; `c.req.raw` is empty then.
 */
export const withReadableBody = createMiddleware(async (c, next) => {
  const isReadable = !isSaidToBeJson(c) || isJson(await c.req.text());
  return isReadable ? next() : problem('invalid_request', { detail: 'The body is not JSON.' });
});

function isSaidToBeJson(c: Context): boolean {
  return c.req.raw.body !== null && /^application\/json\b/i.test(c.req.header('Content-Type') ?? '');
}

function isJson(text: string): boolean {
  if (text === '') return true;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
