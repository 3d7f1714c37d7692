import { DurableObject } from 'cloudflare:workers';
import type { User } from '../identity/user.ts';
import { log } from '../observe/log.ts';
import type { Admission, AzureProbe, LiveSession, TicketRecord } from './admission.ts';
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

  /** Counts an API call of this user as a request, and lets it in or not. */
  admit(_user: User): Admission {
    return { outcome: 'admitted' };
  }

  /** Keeps a ticket that the door made for this user, to be used once. */
  keepTicket(user: User, _ticket: TicketRecord): Admission {
    return this.admit(user);
  }

  /** Takes back this credential, every session cookie and every ticket of this user, and ends their sessions. */
  signOut(_user: User): void {
    for (const call of this.#calls) call.finish(afterSignOut);
  }

  /** The sessions of this user that are open now. */
  liveSessions(): readonly LiveSession[] {
    return [];
  }

  /** Ends one session, because an admin wants it to end; false when there is none of this id. */
  endSession(_sessionId: string): boolean {
    return false;
  }

  /** Dials Azure as a call would, hangs up, and tells how it went. */
  async probeAzure(): Promise<AzureProbe> {
    return { ok: true, ms: 0 };
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
