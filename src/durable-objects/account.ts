/**
 * What one user did and may still do, over all their sessions: requests, tickets, revocations, sessions, money. Every
 * question is answered and every answer recorded in one synchronous turn, so that fifty sockets at once cannot get past
 * a limit; and in storage, so that an instance which has been replaced finds out.
 */
import { plus, NOTHING, type Amount } from '../azure/usage.ts';
import { SESSION_SECONDS } from '../identity/sessions.ts';
import type { User } from '../identity/user.ts';
import type { TicketRecord } from './admission.ts';
import { dayOf, endOfDay, freshDay, type DayUsage } from './budget.ts';
import type { Person } from './user-report.ts';
import { waitForRequest, withRequest, type RequestWindow } from './request-window.ts';

/** Money promised to an answer under way: what it costs at most, and what it will cost as a rule. */
export interface Reservation {
  readonly most: Amount;
  readonly likely: Amount;
}

/** A session as it is kept until it ends. */
export interface OpenSession extends Person {
  readonly sessionId: string;
}

/** Time of a call that may be lost with its object. */
const KEEP_TIME_MS = 10_000;

/** Days of usage that are kept. */
const DAYS_KEPT = 366;

/** What outlives a user who was forgotten, because a refusal needs it; nothing in it was ever said. */
export interface Leftovers {
  /** Hashes of tokens that were taken back, and until when they would be good. */
  readonly revoked: readonly (readonly [hash: string, until: number])[];
  readonly signedOutAt: number | null;
  readonly today: DayUsage | null;
}

/** A credential is refused by itself so long after it ran out. */
const TOLERANCE_MS = 60_000;

const WINDOW = 'requests';
const RESERVATIONS = 'reservations';
const SIGNED_OUT = 'signed-out-at';
const OPENED = 'sessions-opened';
const USAGE = 'usage/';
const TICKET = 'ticket/';
const REVOKED = 'revoked/';
const SESSION = 'session/';
const LEFTOVER_DAY = 'leftover-day';

/** As much of an object's storage as an account needs. */
export type AccountStorage = Pick<DurableObjectStorage, 'kv' | 'put' | 'delete'>;

/** One per user, and as long-lived as the user's object. All times in Unix milliseconds. */
export class Account {
  readonly #storage: AccountStorage;
  readonly #reservations: Map<string, Reservation>;
  #window: RequestWindow;
  #day: string;
  #today: DayUsage;
  #revision = 0;
  #keptAt = 0;

  /** Reads what is kept. Answers that were under way when the object was lost are paid for as they cost as a rule. */
  constructor(storage: AccountStorage, now: number) {
    this.#storage = storage;
    this.#window = storage.kv.get<RequestWindow>(WINDOW) ?? [];
    this.#day = dayOf(now);
    this.#today = storage.kv.get<DayUsage>(USAGE + this.#day) ?? freshDay;
    this.#reservations = new Map(storage.kv.get<[string, Reservation][]>(RESERVATIONS) ?? []);
    for (const [id, { likely }] of this.#reservations) this.settle(id, likely, now);
    this.#forgetOldDays(now);
  }

  /** Null when one more request may be made; else how many milliseconds until it may. */
  waitForRequest(most: number, now: number): number | null {
    return waitForRequest(this.#window, most, now);
  }

  /** Records a request. */
  countRequest(now: number): void {
    this.#window = withRequest(this.#window, now);
    this.#keep(WINDOW, this.#window);
  }

  /** Whether a credential was taken back. */
  isRevoked({ credential }: User): boolean {
    if (credential.kind === 'token') return this.#storage.kv.get(REVOKED + credential.hash) !== undefined;
    return credential.signedAt <= (this.#storage.kv.get<number>(SIGNED_OUT) ?? 0);
  }

  /** Takes back this credential, every session cookie signed until now, and every ticket. */
  revoke({ credential, expiresAt }: User, now: number): void {
    const { kv } = this.#storage;
    for (const [key, until] of kv.list<number>({ prefix: REVOKED })) if (until < now) kv.delete(key);
    for (const [key] of kv.list({ prefix: TICKET })) kv.delete(key);
    kv.put(SIGNED_OUT, now);
    // A token is refused by itself soon after it ran out, and need not be remembered longer.
    if (credential.kind === 'token') kv.put(REVOKED + credential.hash, expiresAt * 1000 + TOLERANCE_MS);
  }

  /** What has to outlive the storage; `keepsToday`: a budget applies, which being forgotten must not refill. */
  leftovers(now: number, keepsToday: boolean): Leftovers {
    const { kv } = this.#storage;
    const revoked = [...kv.list<number>({ prefix: REVOKED })];
    return {
      revoked: revoked.map(([key, until]) => [key.slice(REVOKED.length), until] as const),
      signedOutAt: kv.get<number>(SIGNED_OUT) ?? null,
      today: keepsToday ? this.today(now) : null,
    };
  }

  /** Begins anew in a storage that was emptied. */
  startOver({ revoked, signedOutAt, today }: Leftovers, now: number): void {
    const { kv } = this.#storage;
    this.#reservations.clear();
    this.#day = dayOf(now);
    this.#today = today ?? freshDay;
    for (const [hash, until] of revoked) kv.put(REVOKED + hash, until);
    if (signedOutAt !== null) kv.put(SIGNED_OUT, signedOutAt);
    if (today === null || isNothing(today)) return;
    this.keepUsage(now);
    kv.put(LEFTOVER_DAY, this.#day);
  }

  /** Lets go of leftovers that nobody needs any more, and tells when the next of them will be; null: none is left. */
  dropLeftovers(now: number): number | null {
    const { kv } = this.#storage;
    const until: number[] = [];
    for (const [key, goodUntil] of kv.list<number>({ prefix: REVOKED })) {
      if (goodUntil <= now) kv.delete(key);
      else until.push(goodUntil);
    }
    const signedOutAt = kv.get<number>(SIGNED_OUT);
    if (signedOutAt !== undefined) {
      const cookiesUntil = signedOutAt + SESSION_SECONDS * 1000 + TOLERANCE_MS;
      if (cookiesUntil <= now) kv.delete(SIGNED_OUT);
      else until.push(cookiesUntil);
    }
    const day = kv.get<string>(LEFTOVER_DAY);
    if (day !== undefined && day >= dayOf(now)) until.push(endOfDay(now));
    else if (day !== undefined) this.#dropDay(day, now);
    return until.length === 0 ? null : Math.min(...until);
  }

  /** Keeps a ticket, and lets go of those that ran out. */
  keepTicket(user: User, ticket: TicketRecord, now: number): void {
    const { kv } = this.#storage;
    for (const [key, { expiresAt }] of kv.list<TicketRecord>({ prefix: TICKET }))
      if (expiresAt < now) kv.delete(key);
    kv.put(TICKET + ticket.hash, { ...ticket, user });
  }

  /** Uses a ticket up: whose it is, or null when it is unknown, used, late or another origin's. */
  takeTicket(hash: string, origin: string, now: number): User | null {
    const kept = this.#storage.kv.get<TicketRecord & { user: User }>(TICKET + hash);
    if (!kept) return null;
    this.#storage.kv.delete(TICKET + hash);
    return kept.origin === origin && kept.expiresAt > now ? kept.user : null;
  }

  /** Records a session that opens; durable before the browser hears of it. */
  openSession(session: OpenSession): void {
    this.reopenSession(session);
    this.#storage.kv.put(OPENED, this.sessionsOpened() + 1);
  }

  /** Records a session that goes on after its object was lost. */
  reopenSession(session: OpenSession): void {
    this.#storage.kv.put(SESSION + session.sessionId, session);
  }

  /** Forgets a session that ended. */
  closeSession(sessionId: string): void {
    void this.#storage.delete(SESSION + sessionId, { allowUnconfirmed: true });
  }

  /** Sessions that were never closed: right after a start, those which the last instance took with it. */
  openSessions(): readonly OpenSession[] {
    return [...this.#storage.kv.list<OpenSession>({ prefix: SESSION })].map(([, session]) => session);
  }

  /** How many sessions were opened ever. */
  sessionsOpened(): number {
    return this.#storage.kv.get<number>(OPENED) ?? 0;
  }

  /** A number that grows with every report of this user, and with every instance of their object. */
  nextRevision(now: number): number {
    this.#revision = Math.max(this.#revision + 1, now);
    return this.#revision;
  }

  /** What was used on the day of `now`. */
  today(now: number): DayUsage {
    this.#turnPage(now);
    return this.#today;
  }

  /** What was used, day by day, the latest first. */
  days(): readonly (DayUsage & { readonly day: string })[] {
    const kept = this.#storage.kv.list<DayUsage>({ prefix: USAGE, reverse: true, limit: DAYS_KEPT });
    return [...kept].map(([key, usage]) => ({ ...usage, day: key.slice(USAGE.length) }));
  }

  /** What is promised to answers under way. */
  reserved(): Amount {
    return [...this.#reservations.values()].reduce((sum, { most }) => plus(sum, most), NOTHING);
  }

  /** Promises money to an answer. */
  reserve(id: string, reservation: Reservation): void {
    this.#reservations.set(id, reservation);
    this.#keepReservations();
  }

  /** Gives a promise back: there was no answer. */
  release(id: string): void {
    if (this.#reservations.delete(id)) this.#keepReservations();
  }

  /** Charges an amount in place of what was promised for it; `id` null: for nothing that was promised. */
  settle(id: string | null, { tokens, nanoUsd }: Amount, now: number): void {
    if (id !== null) this.release(id);
    this.#turnPage(now);
    this.#today = {
      ...this.#today,
      tokens: this.#today.tokens + tokens,
      nanoUsd: this.#today.nanoUsd + nanoUsd,
    };
    this.keepUsage(now);
  }

  /** Charges time of a call; written down now and then, and with everything else that is charged. */
  addVoice(ms: number, now: number): void {
    this.#turnPage(now);
    this.#today = { ...this.#today, voiceMs: this.#today.voiceMs + ms };
    if (now - this.#keptAt >= KEEP_TIME_MS) this.keepUsage(now);
  }

  /** Writes the day down. */
  keepUsage(now: number): void {
    this.#keptAt = now;
    this.#keep(USAGE + this.#day, this.#today);
  }

  #dropDay(day: string, now: number): void {
    this.#turnPage(now);
    this.#storage.kv.delete(USAGE + day);
    this.#storage.kv.delete(LEFTOVER_DAY);
  }

  #turnPage(now: number): void {
    const day = dayOf(now);
    if (day === this.#day) return;
    this.keepUsage(now);
    this.#day = day;
    this.#today = this.#storage.kv.get<DayUsage>(USAGE + day) ?? freshDay;
    this.#forgetOldDays(now);
  }

  #forgetOldDays(now: number): void {
    const oldest = dayOf(now - DAYS_KEPT * 24 * 60 * 60 * 1000);
    const days = this.#storage.kv.list({ prefix: USAGE, end: USAGE + oldest });
    const keys = Array.from(days, ([key]) => key);
    for (const key of keys) void this.#storage.delete(key, { allowUnconfirmed: true });
  }

  #keepReservations(): void {
    this.#keep(RESERVATIONS, [...this.#reservations]);
  }

  /**
   * Writes without holding anything back: a write waits for its confirmation before the next frame is sent, in the same
   * queue as the sound, unless it is told not to. What is lost with a crash is at most the last turn's.
   */
  #keep(key: string, value: unknown): void {
    void this.#storage.put(key, value, { allowUnconfirmed: true });
  }
}

function isNothing({ tokens, nanoUsd, voiceMs }: DayUsage): boolean {
  return tokens === 0 && nanoUsd === 0 && voiceMs === 0;
}
