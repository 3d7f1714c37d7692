/**
 * How one resource of Azure has been lately, and which way to take next. Pure: kept by whoever dials, asked with the
 * time. A way is one credential for one resource; ways to the same resource share its circuit and its quota.
 */

/** One way to Azure, as this file knows it. Ways are tried in the order in which they are listed. */
export interface Way {
  readonly name: string;
  readonly endpoint: string;
}

/** What came of a try. `retryAfterMs`: Azure's own word on when to come back, null when it gave none. */
export type Outcome =
  | { readonly kind: 'connected' }
  | { readonly kind: 'refused'; readonly status: number; readonly retryAfterMs: number | null }
  | { readonly kind: 'unreachable' };

/** What is known of all ways. Times in Unix milliseconds. */
export interface Health {
  readonly circuits: ReadonlyMap<string, Circuit>;
  /** Until when a way is left alone, by its name: its credential was refused, or its deployment is not there. */
  readonly shunned: ReadonlyMap<string, number>;
}

/** One resource. Open: nobody asks it. Half-open: one asks, and what it hears decides. */
export type Circuit =
  | { readonly name: 'closed'; readonly failures: number }
  /** `times`: how often in a row; each time it stays open longer. */
  | { readonly name: 'open'; readonly until: number; readonly times: number }
  | { readonly name: 'half-open'; readonly since: number; readonly times: number }
  | { readonly name: 'throttled'; readonly until: number };

/** What to do next: take this way; or wait for one that is worth it; or give up. */
export type Choice<Some extends Way> =
  | { readonly kind: 'try'; readonly way: Some }
  | { readonly kind: 'wait'; readonly ms: number }
  | { readonly kind: 'none'; readonly retryAfterMs: number | null };

/** Nothing is known yet. */
export const fresh: Health = { circuits: new Map(), shunned: new Map() };

/** So many failures in a row open a circuit. */
const FAILURES = 3;
/** How long a circuit stays open at first, and at most; a random part is added, so that objects do not return as one. */
const OPEN_MS = 10_000;
const OPEN_AT_MOST_MS = 120_000;
/** A refused credential may have been mended by its operator. */
const SHUN_MS = 300_000;
/** When Azure says that there is too much without saying for how long. */
const THROTTLED_MS = 10_000;
/** A probe that was never heard of again does not keep everybody out. */
const PROBE_MS = 15_000;

/** For whom a way is chosen: what was tried already, and how long there may still be waited. */
export interface Asking {
  readonly tried: ReadonlySet<string>;
  readonly now: number;
  readonly patienceMs: number;
}

/**
 * Which way to take. `tried`: the names of those that were tried for the same purpose, which are not tried again, but
 * for one that is throttled and asked for a moment's patience.
 */
export function choose<Some extends Way>(
  health: Health,
  ways: readonly Some[],
  { tried, now, patienceMs }: Asking,
): Choice<Some> {
  const left = ways.filter((way) => !tried.has(way.name));
  const best =
    left.find((way) => isFree(health, way, now) && isGood(health, way, now)) ??
    left.find((way) => isFree(health, way, now));
  if (best) return { kind: 'try', way: best };
  const waits = ways
    .filter((way) => isGood(health, way, now))
    .map(({ endpoint }) => waitFor(health.circuits.get(endpoint), now))
    .filter((ms) => ms > 0);
  const soonest = waits.length === 0 ? null : Math.min(...waits);
  const isWorthIt = ways.some(
    ({ endpoint }) =>
      health.circuits.get(endpoint)?.name === 'throttled' &&
      waitFor(health.circuits.get(endpoint), now) <= patienceMs,
  );
  return isWorthIt && soonest !== null && soonest <= patienceMs
    ? { kind: 'wait', ms: soonest }
    : { kind: 'none', retryAfterMs: soonest };
}

/** Whether there is a way left that nothing speaks against. */
export function hasGood(
  health: Health,
  ways: readonly Way[],
  { tried, now }: Omit<Asking, 'patienceMs'>,
): boolean {
  return ways.some((way) => !tried.has(way.name) && isFree(health, way, now) && isGood(health, way, now));
}

/** Its resource may be asked. */
function isFree({ circuits }: Health, { endpoint }: Way, now: number): boolean {
  return waitFor(circuits.get(endpoint), now) === 0;
}

/** Its credential was not refused lately. */
function isGood({ shunned }: Health, { name }: Way, now: number): boolean {
  return (shunned.get(name) ?? 0) <= now;
}

/** The health when a try begins: the first after an open circuit is its probe. */
export function beginTry(health: Health, { endpoint }: Way, now: number): Health {
  const circuit = health.circuits.get(endpoint);
  if (circuit?.name !== 'open' && circuit?.name !== 'half-open') return health;
  return withCircuit(health, endpoint, { name: 'half-open', since: now, times: circuit.times });
}

/** The health after a try. `chance` from 0 to 1 spreads the return of many objects. */
export function afterTry(
  health: Health,
  way: Way,
  { outcome, now, chance }: { readonly outcome: Outcome; readonly now: number; readonly chance: number },
): Health {
  const { endpoint } = way;
  switch (outcome.kind) {
    case 'connected':
      return shun(withCircuit(health, endpoint, { name: 'closed', failures: 0 }), way, 0);
    case 'unreachable':
      return failed(health, endpoint, { now, chance });
    case 'refused':
      break;
  }
  const { status, retryAfterMs } = outcome;
  if (status === 429) {
    const until = now + (retryAfterMs ?? THROTTLED_MS);
    return withCircuit(health, endpoint, { name: 'throttled', until });
  }
  if (status >= 500 || status === 408) return failed(health, endpoint, { now, chance });
  // The resource lives, and does not want this credential, or has no such deployment.
  return shun(withCircuit(health, endpoint, { name: 'closed', failures: 0 }), way, now + SHUN_MS);
}

/** Milliseconds until a resource may be asked; 0: now. */
function waitFor(circuit: Circuit | undefined, now: number): number {
  switch (circuit?.name) {
    case 'open':
    case 'throttled':
      return Math.max(0, circuit.until - now);
    case 'half-open':
      return Math.max(0, circuit.since + PROBE_MS - now);
    case 'closed':
    case undefined:
      return 0;
  }
}

function failed(
  health: Health,
  endpoint: string,
  { now, chance }: { readonly now: number; readonly chance: number },
): Health {
  const circuit = health.circuits.get(endpoint);
  const failures = circuit?.name === 'closed' ? circuit.failures + 1 : 1;
  const isProbe = circuit?.name === 'half-open' || circuit?.name === 'open';
  if (!isProbe && failures < FAILURES) return withCircuit(health, endpoint, { name: 'closed', failures });
  const times = isProbe ? circuit.times + 1 : 1;
  const ms = Math.min(OPEN_AT_MOST_MS, OPEN_MS * 2 ** (times - 1)) * (1 + chance);
  return withCircuit(health, endpoint, { name: 'open', until: now + ms, times });
}

function withCircuit(health: Health, endpoint: string, circuit: Circuit): Health {
  return { ...health, circuits: new Map([...health.circuits, [endpoint, circuit]]) };
}

function shun(health: Health, { name }: Way, until: number): Health {
  return { ...health, shunned: new Map([...health.shunned, [name, until]]) };
}
