import { afterTry, beginTry, choose, fresh, type Health, type Outcome } from '../azure/circuit.ts';
import { dialRealtime, type Dial, type Dialled } from '../azure/dial.ts';
import { EntraTokens } from '../azure/entra.ts';
import type { Credential, Route } from '../azure/routes.ts';
import { log } from '../observe/log.ts';
import { pause } from './pause.ts';

/** What came of dialling: the way that was taken with it, or why none was. */
export type Reached =
  | { readonly outcome: 'connected'; readonly socket: WebSocket; readonly route: Route }
  | Exclude<Dialled, { outcome: 'connected' }>
  /** Every way is known to be down, and nobody was asked. */
  | { readonly outcome: 'resting'; readonly retryAfterMs: number | null };

/** Nobody is kept waiting longer, all waits together, for a way that is throttled. */
const PATIENCE_MS = 5_000;

/** How a dial is made: until it is given up, and whether a way that is throttled is waited for. */
export interface Dialling {
  readonly signal: AbortSignal;
  readonly isPatient: boolean;
}

/** Dials Azure for all calls of one object, and remembers which ways have been good lately. */
export class Dialer {
  readonly #tokens = new Map<string, EntraTokens>();
  #health: Health = fresh;

  /** Takes the ways in their order until one answers. Never throws. The socket comes back unaccepted. */
  async dial(routes: readonly Route[], { signal, isPatient }: Dialling): Promise<Reached> {
    const tried = new Set<string>();
    let last: Reached | null = null;
    let patienceMs = isPatient ? PATIENCE_MS : 0;
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
      const dialled = await this.#take(way, signal);
      if (dialled.outcome === 'unreachable' && dialled.reason === 'aborted') return dialled;
      this.#note(way, dialled);
      if (dialled.outcome === 'connected') return { ...dialled, route: way };
      last = dialled;
    }
    return { outcome: 'unreachable', reason: 'aborted' };
  }

  /** What is known of the ways after a try; each failure is told to the operator. */
  #note(way: Route, dialled: Dialled): void {
    const outcome = outcomeOf(dialled);
    this.#health = afterTry(this.#health, way, { outcome, now: Date.now(), chance: Math.random() });
    if (dialled.outcome === 'refused') {
      log('azure.refused', { route: way.name, status: dialled.status, code: dialled.code });
    } else if (dialled.outcome === 'unreachable') {
      log('azure.unreachable', { route: way.name, code: dialled.reason });
    }
  }

  async #take(way: Route, signal: AbortSignal): Promise<Dialled> {
    const { endpoint, realtimeDeployment: deployment, credential } = way;
    if (credential.kind === 'key') {
      return dialRealtime({ endpoint, deployment, headers: { 'api-key': credential.key } }, signal);
    }
    const tokens = this.#tokensOf(credential);
    const answer = await tokens.token(Date.now());
    if (answer.outcome === 'unreachable') return { outcome: 'unreachable', reason: 'network' };
    if (answer.outcome === 'refused') {
      return { outcome: 'refused', status: 401, code: 'entra_refused', retryAfterMs: null };
    }
    const dial: Dial = { endpoint, deployment, headers: { Authorization: `Bearer ${answer.token}` } };
    const dialled = await dialRealtime(dial, signal);
    if (dialled.outcome === 'refused' && dialled.status === 401) tokens.forget(answer.token);
    return dialled;
  }

  #tokensOf({ app }: Extract<Credential, { kind: 'entra' }>): EntraTokens {
    const known = this.#tokens.get(app.clientId) ?? new EntraTokens(app);
    this.#tokens.set(app.clientId, known);
    return known;
  }
}

function outcomeOf(dialled: Dialled): Outcome {
  switch (dialled.outcome) {
    case 'connected':
      return { kind: 'connected' };
    case 'refused':
      return { kind: 'refused', status: dialled.status, retryAfterMs: dialled.retryAfterMs };
    case 'unreachable':
      return { kind: 'unreachable' };
  }
}
