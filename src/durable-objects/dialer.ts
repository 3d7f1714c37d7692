import { afterTry, beginTry, choose, fresh, hasGood, type Health, type Outcome } from '../azure/circuit.ts';
import type { Asked, Failed } from '../azure/ask.ts';
import { dialRealtime } from '../azure/dial.ts';
import { EntraTokens } from '../azure/entra.ts';
import type { Credential, Route } from '../azure/routes.ts';
import { log } from '../observe/log.ts';
import { pause } from './pause.ts';

/** What came of dialling: the way that was taken with it, or why none was. */
export type Reached =
  | { readonly outcome: 'connected'; readonly socket: WebSocket; readonly route: Route }
  | Unreached;

/** Why no way was taken. */
export type Unreached =
  | Failed
  /** Every way is known to be down, and nobody was asked. */
  | { readonly outcome: 'resting'; readonly retryAfterMs: number | null };

/** What one way gave that was taken. */
export type Found<Value> =
  | { readonly outcome: 'connected'; readonly value: Value; readonly route: Route }
  | Unreached;

/** Asks something of one way. `headers` say who we are. */
export type AskWay<Value> = (
  way: Route,
  headers: Readonly<Record<string, string>>,
  signal: AbortSignal,
) => Promise<Asked<Value>>;

/** Asks the same of one way among several. */
export type TryWay<Value> = (
  way: Route,
  headers: Readonly<Record<string, string>>,
  trying: Trying,
) => Promise<Asked<Value>>;

/** Until when, and whether there is another way that nothing speaks against. */
export interface Trying {
  readonly signal: AbortSignal;
  readonly hasNext: boolean;
}

/** Nobody is kept waiting longer, all waits together, for a way that is throttled. */
const PATIENCE_MS = 5_000;

/** Whether a way that is throttled is waited for, when there is no other: never, until one was asked, or then too. */
export type Patience = 'none' | 'at-first' | 'always';

/** How a dial is made, and until when. */
export interface Dialling {
  readonly signal: AbortSignal;
  readonly patience: Patience;
}

/** Dials Azure for all calls of one object, and remembers which ways have been good lately. */
export class Dialer {
  readonly #tokens = new Map<string, EntraTokens>();
  #health: Health = fresh;

  /** Takes the ways in their order until one answers. Never throws. The socket comes back unaccepted. */
  async dial(routes: readonly Route[], dialling: Dialling): Promise<Reached> {
    const found = await this.find(routes, dialling, async (way, headers, { signal }) => {
      const { endpoint, realtimeDeployment: model } = way;
      return dialRealtime({ endpoint, about: { model }, headers }, signal);
    });
    if (found.outcome !== 'connected') return found;
    return { outcome: 'connected', socket: found.value, route: found.route };
  }

  /** Asks the ways in their order until one has what is wanted. Never throws. */
  async find<Value>(
    routes: readonly Route[],
    { signal, patience }: Dialling,
    ask: TryWay<Value>,
  ): Promise<Found<Value>> {
    const tried = new Set<string>();
    let last: Unreached | null = null;
    let patienceMs = patience === 'none' ? 0 : PATIENCE_MS;
    while (!signal.aborted) {
      const choice = choose(this.#health, routes, { tried, now: Date.now(), patienceMs });
      if (choice.kind === 'none') return last ?? { outcome: 'resting', retryAfterMs: choice.retryAfterMs };
      if (choice.kind === 'wait') {
        tried.clear();
        patienceMs -= choice.ms;
        await pause(choice.ms, signal);
        continue;
      }
      const { way } = choice;
      tried.add(way.name);
      this.#health = beginTry(this.#health, way, Date.now());
      const hasNext = hasGood(this.#health, routes, { tried, now: Date.now() });
      const asked = await this.askWay(way, signal, async (one, headers, until) =>
        ask(one, headers, { signal: until, hasNext }),
      );
      if (asked.outcome === 'unreachable' && asked.reason === 'aborted') return asked;
      this.#note(way, asked);
      if (asked.outcome === 'connected') return { ...asked, route: way };
      last = asked;
      if (patience === 'at-first') patienceMs = 0;
    }
    return { outcome: 'unreachable', reason: 'aborted' };
  }

  /** Asks one way and no other, whatever is known of it. Never throws. */
  async askWay<Value>(way: Route, signal: AbortSignal, ask: AskWay<Value>): Promise<Asked<Value>> {
    const { credential } = way;
    if (credential.kind === 'key') return ask(way, { 'api-key': credential.key }, signal);
    const tokens = this.#tokensOf(credential);
    const answer = await tokens.token(Date.now());
    if (answer.outcome === 'unreachable') return { outcome: 'unreachable', reason: 'network' };
    if (answer.outcome === 'refused') {
      return { outcome: 'refused', status: 401, code: 'entra_refused', retryAfterMs: null };
    }
    const asked = await ask(way, { Authorization: `Bearer ${answer.token}` }, signal);
    if (asked.outcome === 'refused' && asked.status === 401) tokens.forget(answer.token);
    return asked;
  }

  /** What is known of the ways after a try; each failure is told to the operator. */
  #note(way: Route, dialled: Asked<unknown>): void {
    const outcome = outcomeOf(dialled);
    this.#health = afterTry(this.#health, way, { outcome, now: Date.now(), chance: Math.random() });
    if (dialled.outcome === 'refused') {
      log('azure.refused', { route: way.name, status: dialled.status, code: dialled.code });
    } else if (dialled.outcome === 'unreachable') {
      log('azure.unreachable', { route: way.name, code: dialled.reason });
    }
  }

  #tokensOf({ app }: Extract<Credential, { kind: 'entra' }>): EntraTokens {
    const known = this.#tokens.get(app.clientId) ?? new EntraTokens(app);
    this.#tokens.set(app.clientId, known);
    return known;
  }
}

function outcomeOf(dialled: Asked<unknown>): Outcome {
  switch (dialled.outcome) {
    case 'connected':
      return { kind: 'connected' };
    case 'refused':
      return { kind: 'refused', status: dialled.status, retryAfterMs: dialled.retryAfterMs };
    case 'unreachable':
      return { kind: 'unreachable' };
  }
}
