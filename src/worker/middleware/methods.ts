import type { Hono, MiddlewareHandler } from 'hono';
import { methodNotAllowed } from 'hono/method-not-allowed';
import type { Door } from '../door.ts';
import { problem } from '../problem.ts';

/**
 * Answers the methods that an address does not take: 405 with those it does. `OPTIONS` asks for just that, and is 204; a
 * preflight of another origin is answered before.
 */
export function withMethods(app: Hono<Door>): MiddlewareHandler<Door> {
  return methodNotAllowed({
    app,
    onMethodNotAllowed: (c, methods) => {
      const allow = [...methods, 'OPTIONS'];
      if (c.req.method === 'OPTIONS') return allowed(allow);
      return problem('method_not_allowed', { allow, detail: `It takes ${allow.join(', ')}.` });
    },
  });
}

/** Not by `c.body`: that would keep the type of the answer it replaces. */
function allowed(methods: readonly string[]): Response {
  return new Response(null, { status: 204, headers: { Allow: methods.join(', ') } });
}
