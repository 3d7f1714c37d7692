import type { LiveSession } from './admission.ts';
import type { User } from '../identity/user.ts';
import { planCall, type CallHost, type Renewal } from './call-plan.ts';
import { Call } from './call.ts';
import type { Configuration } from './configuration.ts';
import type { Guest, House } from './house.ts';
import { Notebooks, type CallMemory } from './notebooks.ts';
import type { CallOpening, Resume } from './opening.ts';
import type { Ending } from './relay-state.ts';

/** The calls of one user. As long-lived as the user's object. */
export class Calls {
  readonly #house: House;
  readonly #notebooks: Notebooks;
  readonly #calls = new Map<string, Call>();
  /** Calls that ended while they waited for their browser, until it is too late for it to come back and hear why. */
  readonly #late = new Set<Call>();

  constructor(house: House, memory: CallMemory) {
    this.#house = house;
    this.#notebooks = new Notebooks(memory);
  }

  /** How many are open. */
  size(): number {
    return this.#calls.size;
  }

  /** Opens a call; it has to be connected. */
  open(browser: WebSocket, opening: CallOpening, guest: Guest): Call {
    const { user, configuration, now } = guest;
    const { sessionId, meter } = this.#house.open(guest);
    const { notebook, recalled } = this.#notebooks.open(opening.conversationId, sessionId, now);
    const booking = { sessionId, user, meter, notebook, recalled, now };
    const configured = withModel(configuration, opening, user);
    // Who dials as if we were Azure has a way of its own to wait.
    const isPatient = opening.dropIn === null;
    const host = this.#host(sessionId, user, { configuration: configured, isPatient });
    const call = new Call(browser, planCall(opening, configuration, { booking, host }));
    this.#calls.set(sessionId, call);
    this.#house.onChange(user);
    return call;
  }

  /** Goes on with the call that this token names; false when it names none. */
  async resume(browser: WebSocket, resume: Resume): Promise<boolean> {
    await Promise.all(this.#resumable().map((call) => call.ready()));
    // What was awaited may have ended meanwhile.
    return this.#resumable().some((call) => call.resume(browser, resume));
  }

  /** Another session has paid for something. */
  mindBudget(payer: string): void {
    for (const [id, call] of this.#calls) if (id !== payer) call.mindBudget();
  }

  /** Ends all of them. */
  endAll(ending: Ending): void {
    for (const call of this.#calls.values()) call.finish(ending);
    this.#late.clear();
  }

  /** Ends one; false when there is none of this id. */
  end(sessionId: string, ending: Ending): boolean {
    const call = this.#calls.get(sessionId);
    call?.finish(ending);
    return call !== undefined;
  }

  /** The calls that are open now. */
  live(): readonly LiveSession[] {
    return [...this.#calls.values()].map((call) => call.describe());
  }

  #resumable(): readonly Call[] {
    return [...this.#calls.values(), ...this.#late];
  }

  #keepLate(call: Call | undefined): void {
    const leftMs = call?.graceLeftMs(Date.now()) ?? 0;
    if (!call || leftMs === 0) return;
    this.#late.add(call);
    setTimeout(() => this.#late.delete(call), leftMs);
  }

  #host(sessionId: string, user: User, { configuration, isPatient }: Manner): CallHost {
    const { owner, authenticate, dial, onTick, onPaid, onEnd } = this.#house;
    return {
      env: owner.env,
      user: owner.logName,
      dial: (signal) => dial(configuration, { signal, isPatient }),
      authenticate: async (token) => staysUnlocked(user, await authenticate(token, configuration)),
      onTick,
      onPaid: () => onPaid(sessionId, user),
      onEnd: () => {
        this.#keepLate(this.#calls.get(sessionId));
        this.#calls.delete(sessionId);
        if (this.#calls.size === 0) this.#notebooks.close();
        onEnd(sessionId, user);
      },
    };
  }
}

/** Under what a call is made. */
interface Manner {
  readonly configuration: Configuration;
  readonly isPatient: boolean;
}

/** What its client has put into an unlocked session cannot be taken out of it. */
function staysUnlocked({ limits }: User, renewal: Renewal): Renewal {
  if (renewal.outcome === 'refused') return renewal;
  if (limits.unlocked !== true || renewal.overrides.unlocked === true) return renewal;
  return { outcome: 'refused', message: 'This token does not unlock a session, as this one is.' };
}

/** The configuration with the model that a client named who may choose one. */
function withModel(configuration: Configuration, { dropIn }: CallOpening, { limits }: User): Configuration {
  const model = dropIn?.model ?? null;
  const mayChoose = limits.unlocked === true || !configuration.operator.isLocked;
  if (model === null || !mayChoose) return configuration;
  const routes = configuration.routes.map((route) => ({ ...route, realtimeDeployment: model }));
  return { ...configuration, routes };
}
