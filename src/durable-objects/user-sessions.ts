/**
 * All sessions of one user, behind one door: who may open one, what each may use, and how all of them end. Each decision
 * is taken and recorded in one synchronous turn.
 */
import type { Route } from '../azure/routes.ts';
import type { User } from '../identity/user.ts';
import { countLimit } from '../observe/refusals.ts';
import type { GatewayErrorCode } from '../protocol/errors.ts';
import type { Account } from './account.ts';
import type { Admission, AzureProbe, LiveSession, TicketRecord } from './admission.ts';
import { probeAzure } from './azure-probe.ts';
import { turnAway } from './browser-socket.ts';
import { isSpent } from './budget.ts';
import { Calls } from './calls.ts';
import type { Checkpoints } from './checkpoints.ts';
import { Chats, type ChatParts } from './chats.ts';
import { limitsFor, type Configuration, type Limits } from './configuration.ts';
import { Dialer } from './dialer.ts';
import {
  afterAdmin,
  afterBudget,
  afterNothingToResume,
  afterSignOut,
  afterTooManyConnections,
  afterTooManyRequests,
  secondsOf,
} from './endings.ts';
import { HangUps, type HangUpStorage } from './hang-ups.ts';
import type { Guest, House, Listener, Opened, Owner, SessionBefore } from './house.ts';
import { KeySeats } from './key-seats.ts';
import { Meter, type SessionUse } from './meter.ts';
import type { CallMemory } from './notebooks.ts';
import type { Opening, Proof, Return } from './opening.ts';
import type { Ending } from './relay-state.ts';
import { renewalBy } from './renewal.ts';
import { newSessionId } from './session-id.ts';
import type { Memory } from './store/memory.ts';
import { Toolbox } from './toolbox.ts';
import { usageReport, type UsageReport } from './usage-report.ts';

/** What is kept of a user, and what their chats need of the platform. */
export interface Books extends Omit<ChatParts, 'toolbox'> {
  readonly account: Account;
  readonly memory: Memory & CallMemory;
  readonly checkpoints: Checkpoints;
  readonly storage: HangUpStorage;
}

/** Lives as long as the user's object. */
export class UserSessions {
  readonly #owner: Owner;
  readonly #account: Account;
  readonly #listener: Listener;
  readonly #dialer = new Dialer();
  readonly #hangUps: HangUps;
  readonly #keys: KeySeats;
  readonly #calls: Calls;
  readonly #chats: Chats;
  readonly #memory: Memory;

  constructor(owner: Owner, books: Books, listener: Listener) {
    this.#owner = owner;
    this.#account = books.account;
    this.#memory = books.memory;
    this.#listener = listener;
    const house = this.#house();
    const { storage, agenda, configuration } = books;
    const routes = (): readonly Route[] => configuration()?.routes ?? [];
    this.#hangUps = new HangUps({ storage, agenda, dialer: this.#dialer, routes });
    this.#keys = new KeySeats(house, agenda);
    const toolbox = new Toolbox();
    this.#calls = new Calls(house, { ...books, hangUps: this.#hangUps, dialer: this.#dialer, toolbox });
    this.#chats = new Chats(house, { ...books, toolbox });
  }

  /**
   * The object is awake, for the first time or again: chats whose sockets slept with it go on; whatever else the last
   * instance took with it is over, and whoever counts it has to know.
   */
  wake(): void {
    this.#chats.wake();
    const awake = new Set(this.#chats.live().map(({ sessionId }) => sessionId));
    const lost = this.#account.openSessions().filter(({ sessionId }) => !awake.has(sessionId));
    for (const { sessionId } of lost) this.#account.closeSession(sessionId);
    const [anyone] = lost;
    if (anyone) this.#listener.onChange(anyone);
    if (this.#hangUps.isBusy()) void this.#hangUps.look(Date.now());
  }

  /** The calls of this user. */
  calls(): Calls {
    return this.#calls;
  }

  /** The WebRTC calls that Azure has with this user's browsers. */
  hangUps(): HangUps {
    return this.#hangUps;
  }

  /** The keys with which this user's browsers talk to Azure by themselves. */
  keys(): KeySeats {
    return this.#keys;
  }

  /** Who finds ways to Azure, for everything of this user's. */
  dialer(): Dialer {
    return this.#dialer;
  }

  /** The chats of this user: their sockets are the object's. */
  chats(): Chats {
    return this.#chats;
  }

  /** Whose session is to be opened; null when the credential was taken back, or the ticket is not good. */
  identify(proof: Proof, now: number): User | null {
    const user = proof.kind === 'user' ? proof.user : this.#account.takeTicket(proof.hash, proof.origin, now);
    return user === null || this.#account.isRevoked(user) ? null : user;
  }

  /** Why this user may not open a session now, counted; null when they may. */
  objection(guest: Guest): Ending | null {
    return this.#counted(this.#objectionTo(guest));
  }

  /** Why this user may make no request now, counted; else the request is. */
  objectionToRequest(guest: Guest): Ending | null {
    const waitMs = this.#takeRequest(guest);
    return waitMs === null ? null : this.#counted(afterTooManyRequests(waitMs));
  }

  /** Whether the conversation that a session wants to continue is there; true when it wants none. */
  knows({ conversationId }: Opening): boolean {
    return conversationId === null || this.#memory.find(conversationId) !== null;
  }

  /** Gives a call its browser back, or turns that away. It is a request, and for want of one no call is lost. */
  async resume(browser: WebSocket, opening: Return, guest: Guest): Promise<void> {
    const waitMs = this.#takeRequest(guest);
    if (await this.#calls.resume(browser, opening)) return;
    if (this.#restore(browser, opening, guest)) return;
    if (waitMs !== null) this.countLimit('rate_limited');
    turnAway(browser, waitMs === null ? afterNothingToResume : afterTooManyRequests(waitMs));
  }

  /** Counts a limit that the user ran into outside a session. */
  countLimit(code: GatewayErrorCode): void {
    countLimit(this.#owner.env, { code, user: this.#owner.logName });
  }

  /** Counts an API call as a request and lets it in, or says why not. */
  admit(user: User, configuration: Configuration, now: number): Admission {
    if (this.#account.isRevoked(user)) return { outcome: 'revoked' };
    const waitMs = this.#takeRequest({ user, configuration, now });
    if (waitMs === null) return { outcome: 'admitted' };
    this.countLimit('rate_limited');
    return { outcome: 'too-many-requests', retryAfterSeconds: secondsOf(waitMs) };
  }

  /** Keeps a ticket for a user who may have one. */
  keepTicket(user: User, ticket: TicketRecord, { configuration, now }: Omit<Guest, 'user'>): Admission {
    const admission = this.admit(user, configuration, now);
    if (admission.outcome === 'admitted') this.#account.keepTicket(user, ticket, now);
    return admission;
  }

  /** Takes the user's credentials back and ends every session. */
  signOut(user: User, now: number): void {
    this.#account.revoke(user, now);
    this.endAll(afterSignOut);
  }

  /** Ends every session. */
  endAll(ending: Ending): void {
    this.#calls.endAll(ending);
    this.#keys.endAll(ending);
    this.#chats.endAll(ending);
  }

  /** Ends one session, on an admin's word unless told; false when there is none of this id. */
  end(sessionId: string, ending: Ending = afterAdmin): boolean {
    const owners = [this.#calls, this.#chats, this.#keys];
    return owners.some((owner) => owner.end(sessionId, ending));
  }

  /** Dials Azure as a call would, hangs up, and tells how it went. */
  async probeAzure({ routes }: Configuration): Promise<AzureProbe> {
    return probeAzure(this.#dialer, routes);
  }

  /** The sessions that are open now. */
  live(): readonly LiveSession[] {
    return [...this.#calls.live(), ...this.#chats.live(), ...this.#keys.live()];
  }

  /** What the user used and has left, under the limits of this credential. */
  usage(user: User, configuration: Configuration, now: number): UsageReport {
    const limits = limitsFor(configuration.limits, user.limits);
    return usageReport(this.#meter('', limits).budget(now), this.#account.days());
  }

  /** Goes on with a call whose object was lost, if it may still be paid for; false when there is none. */
  #restore(browser: WebSocket, opening: Return, guest: Guest): boolean {
    const checkpoint = this.#calls.lost(opening.resume, guest);
    if (checkpoint === null || this.#memory.find(checkpoint.conversationId) === null) return false;
    const objection = this.#counted(this.#objectionToSession(guest));
    if (objection) turnAway(browser, objection);
    else this.#calls.restore(browser, opening, { guest, from: { checkpoint, resume: opening.resume } });
    return true;
  }

  /** Counts a request; or, in milliseconds, how long until one may be made. */
  #takeRequest(guest: Guest): number | null {
    const waitMs = this.#waitForRequest(guest);
    if (waitMs === null) this.#account.countRequest(guest.now);
    return waitMs;
  }

  #waitForRequest({ user, configuration, now }: Guest): number | null {
    const { requestsPerMinute } = limitsFor(configuration.limits, user.limits);
    return this.#account.waitForRequest(requestsPerMinute, now);
  }

  /** The same objection, counted as a limit that somebody ran into. */
  #counted(objection: Ending | null): Ending | null {
    if (objection?.complaint) this.countLimit(objection.complaint.code);
    return objection;
  }

  #objectionTo(guest: Guest): Ending | null {
    const waitMs = this.#waitForRequest(guest);
    return waitMs === null ? this.#objectionToSession(guest) : afterTooManyRequests(waitMs);
  }

  /** Why one more session would be too much; null when it would not. */
  #objectionToSession({ user, configuration, now }: Guest): Ending | null {
    const limits = limitsFor(configuration.limits, user.limits);
    if (this.#size() >= limits.connections) return afterTooManyConnections;
    const view = this.#meter('', limits).budget(now);
    return isSpent(view) ? afterBudget({ resetsAt: view.resetsAt, now }) : null;
  }

  #house(): House {
    const { onChange, onTick } = this.#listener;
    return {
      owner: this.#owner,
      account: this.#account,
      open: (guest, before) => this.#open(guest, before),
      meter: (sessionId, limits, use) => this.#meter(sessionId, limits, use),
      dial: async ({ routes }, dialling) => this.#dialer.dial(routes, dialling),
      authenticate: (token, configuration) =>
        renewalBy(token, configuration, { account: this.#account, name: this.#owner.name }),
      onTick,
      onChange,
      onPaid: (sessionId, person) => {
        this.#calls.mindBudget(sessionId);
        this.#chats.mindBudget();
        onChange(person);
      },
      onEnd: (sessionId, person) => {
        this.#account.closeSession(sessionId);
        this.#account.keepUsage(Date.now());
        onChange(person);
      },
    };
  }

  #open({ user, configuration, now }: Guest, before?: SessionBefore): Opened {
    const { subject, isGuest } = user;
    const limits = limitsFor(configuration.limits, user.limits);
    const sessionId = before?.sessionId ?? newSessionId(this.#owner.name);
    const meter = this.#meter(sessionId, limits, before?.use);
    if (before) this.#account.reopenSession({ sessionId, subject, isGuest });
    else {
      this.#account.openSession({ sessionId, subject, isGuest });
      meter.countRequest(now);
    }
    return { sessionId, limits, meter };
  }

  #meter(sessionId: string, limits: Limits, use?: SessionUse): Meter {
    const sessions = (): number => this.#size();
    return new Meter(this.#account, sessionId, { limits, sessions, ...(use ? { use } : {}) });
  }

  #size(): number {
    return this.#calls.size() + this.#chats.size() + this.#keys.size();
  }
}
