import { DurableObject } from 'cloudflare:workers';
import { log } from '../observe/log.ts';
import { closeCodes } from '../protocol/close-codes.ts';
import { acceptBrowser, turnAway } from './browser-socket.ts';
import { planCall } from './call-plan.ts';
import { Call } from './call.ts';
import { readConfiguration, type Configuration } from './configuration.ts';
import { afterSignOut } from './endings.ts';
import { readOpening, type Opening } from './opening.ts';

/**
 * One per user: shelters that user's calls. The platform's events come in here and are forwarded; what a call does is
 * in `call.ts`, what it decides in `relay.ts`.
 */
export class SessionManager extends DurableObject {
  readonly #calls = new Set<Call>();
  readonly #user = this.ctx.id.toString().slice(0, 12);

  /** Opens a call: the browser is accepted at once and Azure dialled beside it. 101; 503 when not configured. */
  override fetch(request: Request): Response {
    const configuration = readConfiguration(this.env);
    if (!configuration.ok) return new Response(null, { status: 503 });
    const opening = readOpening(request);
    const { browser, answer } = acceptBrowser(opening);
    if (this.#calls.size < configuration.value.limits.connections) {
      this.#shelter(browser, opening, configuration.value);
    } else this.#turnAway(browser);
    return answer;
  }

  /** Ends every call of this user, because the user signed out. */
  signOut(): void {
    for (const call of this.#calls) call.finish(afterSignOut);
  }

  #shelter(browser: WebSocket, opening: Opening, configuration: Configuration): void {
    const onEnd = (): boolean => this.#calls.delete(call);
    const call = new Call(browser, planCall(opening, configuration, { user: this.#user, onEnd }));
    this.#calls.add(call);
    this.ctx.waitUntil(call.connect());
  }

  #turnAway(browser: WebSocket): void {
    log('call.refused', { user: this.#user, code: 'too_many_connections' });
    const { code } = closeCodes.tooMany;
    const complaint = { code: 'too_many_connections', message: 'Max connections exceeded' } as const;
    turnAway(browser, complaint, { code, reason: 'Max connections exceeded, try again in 30 seconds' });
  }
}
