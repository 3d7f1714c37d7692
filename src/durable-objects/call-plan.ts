import { realtimePrice, transcriptionPrice } from '../azure/prices.ts';
import type { Route } from '../azure/routes.ts';
import type { LimitOverrides, User } from '../identity/user.ts';
import type { GatewaySession } from '../protocol/gateway-events.ts';
import type { BrowserManner } from './browser-end.ts';
import { dayOf } from './budget.ts';
import type { CallRules, Ways } from './call-rules.ts';
import { CallTools, type ToolSources } from './call-tools.ts';
import type { Checkpoint } from './checkpoint.ts';
import { isLockedFor, limitsFor, toldLimits, type Configuration, type Limits } from './configuration.ts';
import type { Context } from './context.ts';
import type { Reached } from './dialer.ts';
import type { Meter } from './meter.ts';
import type { Notebook } from './notebook.ts';
import type { CallOpening } from './opening.ts';
import { PreviewWire } from './preview-wire.ts';
import type { RelayState } from './relay-state.ts';
import { replay } from './replay.ts';
import { conversationOf } from './briefing.ts';
import { expiresAt, startClock, type SessionClock } from './session-clock.ts';
import { SessionRecord } from './session-record.ts';
import type { Recalled } from './store/memory.ts';

/** What a call is told at its birth, and never asks again. */
export interface CallPlan extends Course {
  readonly sessionId: string;
  readonly startedAt: number;
  readonly context: Context;
  readonly limits: Limits;
  readonly clock: SessionClock;
  readonly meter: Meter;
  readonly host: CallHost;
  readonly notebook: Notebook;
  readonly tools: CallTools;
}

/** How a call decides about Azure, and how it gets there. */
export interface Course {
  readonly rules: CallRules;
  readonly ways: Ways;
}

/** Who shelters a call, as the call knows them. */
export interface CallHost {
  /** What the platform binds: where measurements go. */
  readonly env: object;
  /** The user, as the log may name them. */
  readonly user: string;
  /** Finds a way to Azure. */
  readonly dial: (signal: AbortSignal) => Promise<Reached>;
  /** What the model may call. */
  readonly tools: ToolSources;
  /** Whose token this is: what it is good for from now on, or why it is not this user's. */
  readonly authenticate: (token: string) => Promise<Renewal>;
  /** Called each second while the call is open. Unix milliseconds. */
  readonly onTick: (now: number) => void;
  /** Called after each payment, so that the user's other sessions may look at what is left. */
  readonly onPaid: () => void;
  /** Writes down how the call stands, in case its object is lost. */
  readonly keep: (checkpoint: Checkpoint) => void;
  /** Called once, when the call has ended and holds nothing any more. */
  readonly onEnd: () => void;
}

/** What came of a `gateway.auth`. */
export type Renewal =
  | {
      readonly outcome: 'renewed';
      readonly limits: Limits;
      /** What the token says of them. */
      readonly overrides: LimitOverrides;
      readonly credentialAt: number;
    }
  | { readonly outcome: 'refused'; readonly message: string };

/** What makes one user's call differ from another's. */
export interface Booking {
  readonly sessionId: string;
  readonly user: User;
  readonly meter: Meter;
  readonly notebook: Notebook;
  /** What was said in this conversation before. */
  readonly recalled: Recalled;
  /** When the call began. */
  readonly startedAt: number;
  readonly now: number;
}

/** Makes the plan of a new call. */
export function planCall(
  { lane, wire, isTraced }: CallOpening,
  { target, operator, limits: operatorLimits }: Configuration,
  {
    booking: { sessionId, user, meter, notebook, recalled, startedAt, now },
    host,
    course,
  }: { booking: Booking; host: CallHost; course: Course },
): CallPlan {
  const limits = limitsFor(operatorLimits, user.limits);
  const day = dayOf(now);
  const tariff = {
    answers: realtimePrice(target.realtimeDeployment, day),
    transcripts: transcriptionPrice(target.transcriptionDeployment, day),
  };
  const isLocked = isLockedFor(user, operator);
  const clock = startClock({ user, limits, startedAt }, now);
  const replayed = replay(recalled);
  const tools = new CallTools(host.tools, { isPage: lane === 'binary', isTraced });
  const context: Context = {
    lane,
    wire,
    operator: { ...operator, isLocked, tools: tools.known() },
    tariff,
    allowance: meter,
    replayed,
  };
  return { sessionId, startedAt, context, limits, clock, meter, host, notebook, ...course, tools };
}

/**
 * The plan for a session of Azure's that begins now: at the prices of the way that was taken, since another resource may
 * have another model; and, when it follows on another, with what was said until now.
 */
export function planFor(
  plan: CallPlan,
  state: RelayState,
  { route: { realtimeDeployment }, now }: { readonly route: Route; readonly now: number },
): CallPlan {
  const { context } = plan;
  const tariff = { ...context.tariff, answers: realtimePrice(realtimeDeployment, dayOf(now)) };
  const isFirst = state.name !== 'dialling' || state.carried === null;
  const replayed = isFirst ? context.replayed : conversationOf(plan, state);
  return { ...plan, context: { ...context, tariff, replayed } };
}

/** The plan of a call whose tools are better known than before. */
export function withTools(plan: CallPlan): CallPlan {
  const operator = { ...plan.context.operator, tools: plan.tools.known() };
  return { ...plan, context: { ...plan.context, operator } };
}

/** The record of a call that begins now, or goes on from a checkpoint. */
export function recordOf(plan: CallPlan, from: Checkpoint | null): SessionRecord {
  const { sessionId: session, context, host, meter, startedAt } = plan;
  const names = { session, user: host.user, mode: 'voice', lane: context.lane } as const;
  return new SessionRecord({ names, startedAt, meter, env: host.env, count: from?.count ?? null });
}

/** How a call's browser is talked to: in the words of GA, or of the wire before it. */
export function mannerOf({ context, notebook }: CallPlan): Pick<BrowserManner, 'lane' | 'preview'> {
  const preview = context.wire === 'ga' ? null : new PreviewWire(notebook.conversationId);
  return { lane: context.lane, preview };
}

/** The first words to a browser that knows the gateway, and again when the session was renewed. */
export function greeting(
  { sessionId, context, notebook, limits }: CallPlan,
  clock: SessionClock,
  resumeToken: string,
): GatewaySession {
  return {
    type: 'gateway.session',
    session_id: sessionId,
    resume_token: resumeToken,
    conversation_id: notebook.conversationId,
    audio: context.lane,
    limits: toldLimits(limits),
    expires_at: Math.floor(expiresAt(clock) / 1000),
  };
}
