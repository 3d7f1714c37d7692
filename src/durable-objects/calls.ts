import type { User } from '../identity/user.ts';
import type { LiveSession } from './admission.ts';
import type { Agenda } from './agenda.ts';
import type { Comeback } from './call-keeper.ts';
import { planCall, type CallHost, type CallPlan, type Course, type Renewal } from './call-plan.ts';
import { Call } from './call.ts';
import type { Checkpoint } from './checkpoint.ts';
import type { Checkpoints } from './checkpoints.ts';
import { isLockedFor, type Configuration } from './configuration.ts';
import type { Dialer, Patience } from './dialer.ts';
import type { HangUps } from './hang-ups.ts';
import type { Guest, House } from './house.ts';
import { Line } from './line.ts';
import type { Meter } from './meter.ts';
import { Notebooks, type CallMemory } from './notebooks.ts';
import type { BesideOpening, CallOpening, Resume, Return } from './opening.ts';
import { socketRules } from './call-rules.ts';
import type { Ending } from './relay-state.ts';
import { beginRtc } from './rtc-begin.ts';
import { rtcRules } from './rtc-rules.ts';
import type { Toolbox } from './toolbox.ts';
import { Upstreams } from './upstreams.ts';

/**
 * How often an object in which somebody is on a call has an event: without one it may be gone after 70 s, and a socket to
 * Azure keeps it for 15 minutes only.
 * Source: https://developers.cloudflare.com/durable-objects/concepts/durable-object-lifecycle/
 */
const ALIVE_EVERY_MS = 30_000;

/** What calls are made of, beside the house. */
export interface CallParts {
  readonly memory: CallMemory;
  readonly checkpoints: Checkpoints;
  readonly agenda: Agenda;
  readonly hangUps: HangUps;
  readonly dialer: Dialer;
  readonly toolbox: Toolbox;
}

/** A call that is to begin, or to go on. */
interface Beginning {
  readonly opening: CallOpening;
  readonly guest: Guest;
  readonly sessionId: string;
  readonly meter: Meter;
  readonly conversationId: string | null;
  readonly from: Comeback | null;
}

/** A WebRTC call that has to be connected. */
export interface RtcBegun {
  readonly call: Call;
  readonly line: Line;
  readonly conversationId: string;
  /** Whether it still goes on. */
  readonly isThere: () => boolean;
}

/** The calls of one user. As long-lived as the user's object. */
export class Calls {
  readonly #house: House;
  readonly #notebooks: Notebooks;
  readonly #checkpoints: Checkpoints;
  readonly #agenda: Agenda;
  readonly #hangUps: HangUps;
  readonly #dialer: Dialer;
  readonly #toolbox: Toolbox;
  readonly #calls = new Map<string, Call>();
  /** Calls that ended while they waited for their browser, until it is too late for it to come back and hear why. */
  readonly #late = new Set<Call>();

  constructor(house: House, { memory, checkpoints, agenda, hangUps, dialer, toolbox }: CallParts) {
    this.#house = house;
    this.#hangUps = hangUps;
    this.#dialer = dialer;
    this.#toolbox = toolbox;
    this.#notebooks = new Notebooks(memory);
    this.#checkpoints = checkpoints;
    this.#agenda = agenda;
  }

  /** How many are open. */
  size(): number {
    return this.#calls.size;
  }

  /** Opens a call; it has to be connected. */
  open(browser: WebSocket, opening: CallOpening, guest: Guest): Call {
    const { sessionId, meter } = this.#house.open(guest);
    const { conversationId } = opening;
    return this.#begin(browser, { opening, guest, sessionId, meter, conversationId, from: null });
  }

  /** Opens a call whose browser speaks to Azure by itself. It has its seat at once, although Azure was not asked yet. */
  openRtc(sdp: string, opening: CallOpening, guest: Guest): RtcBegun {
    const { sessionId, meter } = this.#house.open(guest);
    const { conversationId } = opening;
    const line = new Line(
      beginRtc(sdp, guest.configuration, { dialer: this.#dialer, hangUps: this.#hangUps }),
    );
    const beginning = { opening, guest, sessionId, meter, conversationId, from: null };
    const plan = this.#plan(beginning, () => ({ rules: rtcRules, ways: line }));
    const call = new Call(null, plan);
    this.#enter(call, sessionId, guest);
    const isThere = (): boolean => this.#calls.get(sessionId) === call;
    return { call, line, conversationId: plan.notebook.conversationId, isThere };
  }

  /** The call that a token brings back although its object was lost; null when it brings none back. */
  lost({ hash }: Resume, guest: Guest): Checkpoint | null {
    const found = this.#checkpoints.find(hash, guest.now);
    if (found === null || this.#calls.has(found.sessionId)) return null;
    return mayEnter(found, guest) ? found : null;
  }

  /** Goes on with a call whose object was lost. Its conversation has to be there. */
  restore(browser: WebSocket, opening: CallOpening, { guest, from }: { guest: Guest; from: Comeback }): void {
    const { sessionId, conversationId, use } = from.checkpoint;
    const { meter } = this.#house.open(guest, { sessionId, use });
    this.#begin(browser, { opening, guest, sessionId, meter, conversationId, from }).goOn();
  }

  /** Tells each browser that the gateway goes, and when to come back: at any moment of the time that is given. */
  drain(withinMs: number): void {
    for (const call of this.#calls.values()) {
      call.announce({ type: 'gateway.drain', after_ms: Math.round(Math.random() * withinMs) });
    }
  }

  /** Whether the calls are to be looked at again, and when; null: none is open, and none can be come back to. */
  look(now: number): number | null {
    const { size } = this.#calls;
    return size > 0 ? now + ALIVE_EVERY_MS : this.#checkpoints.dropOld(now);
  }

  /** Goes on with the call that this token names; false when it names none. */
  async resume(browser: WebSocket, opening: Return): Promise<boolean> {
    await Promise.all(this.#resumable().map((call) => call.ready()));
    // What was awaited may have ended meanwhile.
    return this.#resumable().some((call) => call.resume(browser, opening));
  }

  /** Whether a WebRTC call of this id is open, which may have a socket beside its sound with this token. */
  isOnAir(sessionId: string, guest: Guest): boolean {
    const context = this.#calls.get(sessionId)?.context;
    return context?.lane === 'webrtc' && mayEnter({ isUnlocked: !context.operator.isLocked }, guest);
  }

  /** Gives a WebRTC call a socket beside its sound. It has to be open. */
  attach(browser: WebSocket, { sessionId, isTraced }: BesideOpening): void {
    this.#calls.get(sessionId)?.attach(browser, isTraced);
  }

  /** Another session has paid for something. */
  mindBudget(payer: string): void {
    for (const [id, call] of this.#calls) if (id !== payer) call.mindBudget();
  }

  /** Ends all of them. */
  endAll(ending: Ending): void {
    for (const call of this.#calls.values()) call.finish(ending);
    this.#late.clear();
    this.#checkpoints.dropAll();
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

  #begin(browser: WebSocket, beginning: Beginning): Call {
    const call = new Call(browser, this.#plan(beginning, overSockets), beginning.from);
    this.#enter(call, beginning.sessionId, beginning.guest);
    return call;
  }

  #plan(
    { opening, guest, sessionId, meter, conversationId, from }: Beginning,
    courseOf: (host: CallHost) => Course,
  ): CallPlan {
    const { user, configuration, now } = guest;
    const { notebook, recalled } = this.#notebooks.open(conversationId, sessionId, now);
    const startedAt = from?.checkpoint.startedAt ?? now;
    const booking = { sessionId, user, meter, notebook, recalled, startedAt, now };
    const configured = withModel(configuration, opening, user);
    // Who dials as if we were Azure has a way of its own to wait.
    const patience = opening.dropIn === null ? 'always' : 'none';
    const host = this.#host(sessionId, user, { configuration: configured, patience });
    return planCall(opening, configuration, { booking, host, course: courseOf(host) });
  }

  #enter(call: Call, sessionId: string, { user, now }: Guest): void {
    this.#calls.set(sessionId, call);
    this.#agenda.setBy('calls', now + ALIVE_EVERY_MS);
    this.#house.onChange(user);
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

  #host(sessionId: string, user: User, { configuration, patience }: Manner): CallHost {
    const { owner, authenticate, dial, onTick, onPaid, onEnd } = this.#house;
    return {
      env: owner.env,
      user: owner.logName,
      dial: (signal) => dial(configuration, { signal, patience }),
      authenticate: async (token) => staysUnlocked(user, await authenticate(token, configuration)),
      onTick,
      onPaid: () => onPaid(sessionId, user),
      tools: this.#toolbox.sources(configuration),
      keep: (checkpoint) => this.#checkpoints.keep(checkpoint),
      onEnd: () => {
        this.#checkpoints.drop(sessionId);
        this.#keepLate(this.#calls.get(sessionId));
        this.#calls.delete(sessionId);
        if (this.#calls.size === 0) this.#notebooks.close();
        if (this.#calls.size === 0) this.#agenda.set('calls', this.#checkpoints.dropOld(Date.now()));
        onEnd(sessionId, user);
      },
    };
  }
}

/** A call whose sound passes through us. */
export function overSockets({ dial }: CallHost): Course {
  return { rules: socketRules, ways: new Upstreams(dial) };
}

/** Under what a call is made. */
interface Manner {
  readonly configuration: Configuration;
  readonly patience: Patience;
}

/** An unlocked call is for who has no lock: what its client has put into it cannot be taken out of it. */
function mayEnter(
  { isUnlocked }: { readonly isUnlocked: boolean },
  { user, configuration: { operator } }: Guest,
): boolean {
  return !isUnlocked || !isLockedFor(user, operator);
}

/** What its client has put into an unlocked session cannot be taken out of it. */
function staysUnlocked({ limits }: User, renewal: Renewal): Renewal {
  if (renewal.outcome === 'refused') return renewal;
  if (limits.unlocked !== true || renewal.overrides.unlocked === true) return renewal;
  return { outcome: 'refused', message: 'This token does not unlock a session, as this one is.' };
}

/** The configuration with the model that a client named who may choose one. */
function withModel(configuration: Configuration, { dropIn }: CallOpening, user: User): Configuration {
  const model = dropIn?.model ?? null;
  if (model === null || isLockedFor(user, configuration.operator)) return configuration;
  const routes = configuration.routes.map((route) => ({ ...route, realtimeDeployment: model }));
  return { ...configuration, routes };
}
