/**
 * All sessions of one user, behind one door: who may open one, what each may use, and how all of them end. Each decision
 * is taken and recorded in one synchronous turn.
 */
import { objectName } from '../identity/object-name.ts';
import { verifyToken } from '../identity/tokens.ts';
import type { User } from '../identity/user.ts';
import { countLimit } from '../observe/refusals.ts';
import type { GatewayErrorCode } from '../protocol/errors.ts';
import type { Account } from './account.ts';
import type { Admission, LiveSession, TicketRecord } from './admission.ts';
import { isSpent, remainingOf, toSeconds, toUsd } from './budget.ts';
import { newSessionId, planCall, CLOCK_TOLERANCE_MS, type CallHost, type Renewal } from './call-plan.ts';
import { Call } from './call.ts';
import { limitsFor, type Configuration } from './configuration.ts';
import {
  afterAdmin,
  afterBudget,
  afterSignOut,
  afterTooManyConnections,
  afterTooManyRequests,
  secondsOf,
} from './endings.ts';
import { Meter } from './meter.ts';
import { Notebooks, type CallMemory } from './notebooks.ts';
import type { Opening, Proof } from './opening.ts';
import type { Ending } from './relay-state.ts';
import type { UsageReport } from './usage-report.ts';
import type { Person } from './user-report.ts';

/** Who these sessions belong to. */
export interface Owner {
  /** The object's name: an HMAC of issuer and subject. */
  readonly name: string;
  /** As a log may name it. */
  readonly logName: string;
  /** What the platform binds: where measurements go. */
  readonly env: object;
}

/** What is told when something changed that somebody outside may want to know. */
export interface Listener {
  /** A session opened or ended, or something was paid for. */
  readonly onChange: (person: Person) => void;
  /** A second of an open session went by; Unix milliseconds. */
  readonly onTick: (now: number) => void;
}

/** What is kept of a user. */
export interface Books {
  readonly account: Account;
  readonly memory: CallMemory;
}

/** Lives as long as the user's object. */
export class UserSessions {
  readonly #owner: Owner;
  readonly #account: Account;
  readonly #listener: Listener;
  readonly #notebooks: Notebooks;
  readonly #calls = new Map<string, Call>();

  constructor(owner: Owner, { account, memory }: Books, listener: Listener) {
    this.#owner = owner;
    this.#account = account;
    this.#notebooks = new Notebooks(memory);
    this.#listener = listener;
  }

  /** Sessions that the last instance of the object took with it: they are over, and whoever counts them has to know. */
  buryLost(): void {
    const lost = this.#account.openSessions();
    for (const { sessionId } of lost) this.#account.closeSession(sessionId);
    const [anyone] = lost;
    if (anyone) this.#listener.onChange(anyone);
  }

  /** Whose session is to be opened; null when the credential was taken back, or the ticket is not good. */
  identify(proof: Proof, now: number): User | null {
    const user = proof.kind === 'user' ? proof.user : this.#account.takeTicket(proof.hash, proof.origin, now);
    return user === null || this.#account.isRevoked(user) ? null : user;
  }

  /** Why this user may not open a session now; null when they may. */
  objection(user: User, configuration: Configuration, now: number): Ending | null {
    const limits = limitsFor(configuration.limits, user.limits);
    const waitMs = this.#account.waitForRequest(limits.requestsPerMinute, now);
    if (waitMs !== null) return afterTooManyRequests(waitMs);
    if (this.#calls.size >= limits.connections) return afterTooManyConnections;
    const view = new Meter(this.#account, '', { limits, sessions: () => this.#calls.size }).budget(now);
    return isSpent(view) ? afterBudget({ resetsAt: view.resetsAt, now }) : null;
  }

  /** Whether the conversation that a call wants to continue is there; true when it wants none. */
  knows({ conversationId }: Opening): boolean {
    return conversationId === null || this.#notebooks.has(conversationId);
  }

  /** Opens a call; it has to be connected. */
  open(browser: WebSocket, opening: Opening, { user, configuration, now }: Guest): Call {
    const sessionId = newSessionId(this.#owner.name);
    const limits = limitsFor(configuration.limits, user.limits);
    const meter = new Meter(this.#account, sessionId, { limits, sessions: () => this.#calls.size });
    const { subject, isGuest } = user;
    this.#account.openSession({ sessionId, subject, isGuest });
    meter.countRequest(now);
    const host = this.#host(sessionId, user, configuration);
    const { notebook, recalled } = this.#notebooks.open(opening.conversationId, sessionId, now);
    const booking = { sessionId, user, meter, notebook, recalled, now };
    const call = new Call(browser, planCall(opening, configuration, { booking, host }));
    this.#calls.set(sessionId, call);
    this.#listener.onChange(user);
    return call;
  }

  /** Counts a limit that the user ran into outside a session. */
  countLimit(code: GatewayErrorCode): void {
    countLimit(this.#owner.env, { code, user: this.#owner.logName });
  }

  /** Counts an API call as a request and lets it in, or says why not. */
  admit(user: User, configuration: Configuration, now: number): Admission {
    if (this.#account.isRevoked(user)) return { outcome: 'revoked' };
    const { requestsPerMinute } = limitsFor(configuration.limits, user.limits);
    const waitMs = this.#account.waitForRequest(requestsPerMinute, now);
    if (waitMs !== null) {
      this.countLimit('rate_limited');
      return { outcome: 'too-many-requests', retryAfterSeconds: secondsOf(waitMs) };
    }
    this.#account.countRequest(now);
    return { outcome: 'admitted' };
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
    for (const call of this.#calls.values()) call.finish(ending);
  }

  /** Ends one session on an admin's word; false when there is none of this id. */
  end(sessionId: string): boolean {
    const call = this.#calls.get(sessionId);
    call?.finish(afterAdmin);
    return call !== undefined;
  }

  /** The sessions that are open now. */
  live(): readonly LiveSession[] {
    return [...this.#calls.values()].map((call) => call.describe());
  }

  /** What the user used and has left, under the limits of this credential. */
  usage(user: User, configuration: Configuration, now: number): UsageReport {
    const limits = limitsFor(configuration.limits, user.limits);
    const view = new Meter(this.#account, '', { limits, sessions: () => this.#calls.size }).budget(now);
    const { tokens, seconds, usd } = remainingOf(view);
    const today = this.#account.today(now);
    return {
      today: {
        tokens: today.tokens,
        voice_minutes: toMinutes(toSeconds(today.voiceMs)),
        usd: toUsd(today.nanoUsd),
        remaining: { tokens, voice_minutes: seconds === null ? null : toMinutes(seconds), usd },
      },
      days: this.#account.days().map((day) => ({
        day: day.day,
        tokens: day.tokens,
        voice_minutes: toMinutes(toSeconds(day.voiceMs)),
        usd: toUsd(day.nanoUsd),
      })),
    };
  }

  #host(sessionId: string, user: User, configuration: Configuration): CallHost {
    return {
      env: this.#owner.env,
      user: this.#owner.logName,
      authenticate: (token) => this.#authenticate(token, configuration),
      onTick: this.#listener.onTick,
      onPaid: () => {
        for (const [id, call] of this.#calls) if (id !== sessionId) call.mindBudget();
        this.#listener.onChange(user);
      },
      onEnd: () => {
        this.#calls.delete(sessionId);
        this.#account.closeSession(sessionId);
        this.#account.keepUsage(Date.now());
        if (this.#calls.size === 0) this.#notebooks.close();
        this.#listener.onChange(user);
      },
    };
  }

  async #authenticate(token: string, { identity, limits }: Configuration): Promise<Renewal> {
    const verdict = await verifyToken(token, identity);
    if (verdict.outcome === 'unavailable') {
      return {
        outcome: 'refused',
        message: 'This token cannot be verified right now; try again in a few seconds.',
      };
    }
    if (verdict.outcome === 'refused' || this.#account.isRevoked(verdict.user)) {
      return { outcome: 'refused', message: 'This token is not valid.' };
    }
    const { user } = verdict;
    if ((await objectName(identity.authSecret, user)) !== this.#owner.name) {
      return { outcome: 'refused', message: 'This token is somebody else’s.' };
    }
    return {
      outcome: 'renewed',
      limits: limitsFor(limits, user.limits),
      credentialAt: user.expiresAt * 1000 + CLOCK_TOLERANCE_MS,
    };
  }
}

/** Somebody who wants something, under which configuration, and when. */
interface Guest {
  readonly user: User;
  readonly configuration: Configuration;
  readonly now: number;
}

function toMinutes(seconds: number): number {
  return Math.round((seconds / 60) * 1000) / 1000;
}
