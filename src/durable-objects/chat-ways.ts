/** How the chats of an object reach Azure: by the operator's ways, as calls do. */
import type { Answered, Ask } from '../agent/line.ts';
import { ask } from '../azure/ask.ts';
import type { Route } from '../azure/routes.ts';
import type { Configuration } from './configuration.ts';
import type { Dialer, Unreached } from './dialer.ts';

/** What another way may do better: this one does not know us, has no such deployment, has too much to do, or is broken. */
const OF_THE_WAY: ReadonlySet<number> = new Set([401, 403, 404, 408, 429]);

/** Where there is to ask. */
type Ways = Pick<Configuration, 'routes' | 'target'>;

/** A way that is slow to begin is given up in half the time that a step has for its first byte: another may still do. */
const SHARE_OF_STALL = 0.5;

/**
 * Puts the requests of steps to the ways in their order. What is wrong with the request itself is the answer, whichever way
 * it came; when no way is left, so is the last refusal.
 */
export function askByWays(dialer: Dialer, { routes, target }: Ways): Ask {
  return async (url, init, { onTry, stallMs }) => {
    const signal = init.signal ?? new AbortController().signal;
    const found = await dialer.find(
      routes,
      // A first refusal is told; who asks again before its time is kept waiting for a moment.
      { signal, patience: 'at-first' },
      async (way, headers, trying) => {
        onTry();
        const question = { url: urlAt(way, url), init: initFor(init, { way, headers }), read: readAnswer };
        // With no other way there is nothing to hurry for.
        return ask(question, trying.signal, trying.hasNext ? stallMs * SHARE_OF_STALL : stallMs);
      },
    );
    const deployment = target.chatDeployment;
    if (found.outcome !== 'connected') return { response: refusalOf(found), deployment };
    return { response: found.value, deployment: found.route.chatDeployment ?? deployment };
  };
}

function urlAt({ endpoint }: Route, { pathname, search }: URL): URL {
  return new URL(`${pathname}${search}`, endpoint);
}

function initFor(
  init: RequestInit,
  { way, headers }: { readonly way: Route; readonly headers: Readonly<Record<string, string>> },
): RequestInit {
  const given = new Headers(init.headers);
  given.delete('api-key');
  for (const [name, value] of Object.entries(headers)) given.set(name, value);
  const { body } = init;
  const isOther = way.chatDeployment !== null && typeof body === 'string';
  return { ...init, headers: given, ...(isOther ? { body: withModel(body, way.chatDeployment) } : {}) };
}

function withModel(body: string, model: string): string {
  return JSON.stringify({ ...JSON.parse(body), model });
}

function readAnswer(response: Response): Response | null {
  const { status } = response;
  return OF_THE_WAY.has(status) || status >= 500 || (status >= 300 && status < 400) ? null : response;
}

/** As Azure would say it. Throws when nobody has said anything. */
function refusalOf(unreached: Unreached): Answered['response'] {
  switch (unreached.outcome) {
    case 'unreachable':
      throw new Error('Nobody was reached');
    case 'resting':
      return refusal({ status: 429, code: 'resting', retryAfterMs: unreached.retryAfterMs });
    case 'refused':
      return refusal(unreached);
  }
}

function refusal({ status, code, retryAfterMs }: Omit<Refused, 'outcome'>): Response {
  const headers = retryAfterMs === null ? {} : { 'retry-after-ms': String(retryAfterMs) };
  // A redirect is no answer to anybody.
  return Response.json({ error: { code } }, { status: status < 400 ? 502 : status, headers });
}

type Refused = Extract<Unreached, { outcome: 'refused' }>;
