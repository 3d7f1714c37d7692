/**
 * True when a request that acts with a cookie comes from a page that may: our own origin, or one on the list. A missing
 * `Origin` does not: browsers always send one with a socket and with whatever changes something.
 */
export function isOriginAllowed(request: Request, allowed: readonly string[]): boolean {
  const origin = request.headers.get('Origin');
  if (origin === null) return false;
  return origin === new URL(request.url).origin || allowed.includes(origin);
}
