/** Which page a request comes from. Browsers name it with every socket and with whatever changes something. */

/** Where a request stands: a page of ours, one on the operator's list, somebody else's, or none that is named. */
export type Standing = 'own' | 'listed' | 'foreign' | 'unnamed';

/** Judges the `Origin` of a request against our own origin and the list. An opaque one (`null`) is foreign. */
export function standingOf(request: Request, listed: readonly string[]): Standing {
  const origin = request.headers.get('Origin');
  if (origin === null) return 'unnamed';
  if (origin === ownOrigin(request)) return 'own';
  return listed.includes(origin) ? 'listed' : 'foreign';
}

/** The origin at which this Worker was reached. */
export function ownOrigin(request: Request): string {
  return new URL(request.url).origin;
}
