import { plus, NOTHING, type Amount } from '../azure/usage.ts';
import type { Account, Reservation } from './account.ts';
import { budgetsOf, endOfDay, type BudgetView } from './budget.ts';
import type { Limits } from './configuration.ts';
import type { Allowance } from './context.ts';

/** What a session has used so far. */
export interface SessionUse {
  /** Requests: what the person sent other than sound, and the turns they spoke. */
  readonly messages: number;
  readonly amount: Amount;
}

const UNUSED: SessionUse = { messages: 0, amount: NOTHING };

/** One session's hand on its user's account: asks and charges in that session's name, under its own limits. */
export class Meter implements Allowance {
  readonly #account: Account;
  readonly #sessionId: string;
  readonly #sessions: () => number;
  #limits: Limits;
  #messages: number;
  #amount: Amount;

  /** `sessions`: how many of the user's sessions share what is left. `use`: what this one used before the object slept. */
  constructor(
    account: Account,
    sessionId: string,
    { limits, sessions, use = UNUSED }: { limits: Limits; sessions: () => number; use?: SessionUse },
  ) {
    this.#account = account;
    this.#sessionId = sessionId;
    this.#limits = limits;
    this.#sessions = sessions;
    this.#messages = use.messages;
    this.#amount = use.amount;
  }

  /** Puts the session under other limits: it was renewed with another token. */
  setLimits(limits: Limits): void {
    this.#limits = limits;
  }

  /** What the session has used so far. */
  use(): SessionUse {
    return { messages: this.#messages, amount: this.#amount };
  }

  waitForRequest(now: number): number | null {
    return this.#account.waitForRequest(this.#limits.requestsPerMinute, now);
  }

  budget(now: number): BudgetView {
    return {
      used: this.#account.today(now),
      reserved: this.#account.reserved(),
      budgets: budgetsOf(this.#limits),
      resetsAt: endOfDay(now),
      sessions: this.#sessions(),
    };
  }

  /** Records a request of this session. */
  countRequest(now: number): void {
    this.#messages += 1;
    this.#account.countRequest(now);
  }

  /** Promises money to an answer of this session. */
  reserve(id: string, reservation: Reservation): void {
    this.#account.reserve(this.#named(id), reservation);
  }

  /** Gives a promise back. */
  release(id: string): void {
    this.#account.release(this.#named(id));
  }

  /** Charges an amount, in place of what was promised under `id`. */
  settle(id: string | null, amount: Amount, now: number): void {
    this.#amount = plus(this.#amount, amount);
    this.#account.settle(id === null ? null : this.#named(id), amount, now);
  }

  /** Charges time of a call. */
  addVoice(ms: number, now: number): void {
    this.#account.addVoice(ms, now);
  }

  #named(id: string): string {
    return `${this.#sessionId}/${id}`;
  }
}
