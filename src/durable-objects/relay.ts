/**
 * The relay: what a call does with each frame, decided and not done. Pure: `(context, state, message) -> step`, one
 * function per direction. The states follow Azure's socket: dialling, configuring, open, ended.
 */
import { scrubFrame, scrubSession } from '../azure/scrub.ts';
import { ownReading } from '../azure/answer-wish.ts';
import { noTools } from '../azure/operator-tools.ts';
import { expiryOf, fallbackUpdate, isDetecting, isSelfAnswering, openingUpdate } from '../azure/session.ts';
import { complaintAboutAnswer } from '../azure/tool-calls.ts';
import { eventType, parseEvent, type WireEvent } from '../azure/wire.ts';
import type { Complaint } from '../protocol/errors.ts';
import { knowsGateway } from '../protocol/subprotocols.ts';
import { tellAzure, tellBrowser, tellError, tellGateway, type Action } from './actions.ts';
import { readBrowserFrame, type BrowserFrame } from './browser-frame.ts';
import type { Context } from './context.ts';
import { afterTooManyRequests } from './endings.ts';
import { causeOf, codeOf, nameEvent } from './ledger.ts';
import { freshOpen } from './open-state.ts';
import { droppedAction, passUp } from './pass-up.ts';
import type { UpFrame } from './prelude.ts';
import {
  after,
  end,
  refuse,
  stay,
  type Carried,
  type Live,
  type Open,
  type RelayState,
  type Step,
} from './relay-state.ts';
import { unsaid, type Briefed } from './briefing.ts';
import { withText } from './spending.ts';
import { mindBudget } from './thrift.ts';
import { answerGiven } from './tool-answers.ts';
import { offerTools } from './tool-steps.ts';
import { afterNonsense, errorActions, whileOpen } from './while-open.ts';

/** A frame as it came, and when, in Unix milliseconds. `number`: the how manieth of its browser's, from 1. */
export interface Arrival<Frame> {
  readonly frame: Frame;
  readonly now: number;
  readonly number?: number;
}

/** Decides what becomes of a frame from the browser. Sound is limited by its length; every other frame is a request. */
export function fromBrowser(
  context: Context,
  state: RelayState,
  { frame, now, number }: Arrival<string | ArrayBuffer>,
): Step {
  if (state.name === 'ended') return stay(state);
  const read = readBrowserFrame(frame, context);
  if (read.kind === 'audio') return passUp(context, state, { frame: { ...read, number }, now });
  const waitMs = context.allowance.waitForRequest(now);
  if (waitMs !== null) return end(state, afterTooManyRequests(waitMs));
  return after([{ do: 'count-request' }], passRequest(context, state, { read, now, number }));
}

/** Decides what becomes of a frame from Azure. */
export function fromAzure(context: Context, state: RelayState, { frame, now }: Arrival<string>): Step {
  if (state.name === 'ended' || state.name === 'dialling') return stay(state);
  const type = eventType(frame);
  if (type === null) return end(state, afterNonsense);
  if (state.name === 'configuring') return whileConfiguring(context, state, { frame, now });
  return whileOpen(context, state, { type, frame, now });
}

/** A socket of Azure's, as it is when it is there. */
export interface Connecting {
  /** What its session was told ahead of time; null: nothing. */
  readonly briefed: Briefed | null;
  readonly now: number;
}

/**
 * Azure's socket is there: the operator's word comes first, with what the client had chosen of a session before this. One
 * that was told everything ahead of time is open at once.
 */
export function azureConnected(context: Context, state: RelayState, { briefed, now }: Connecting): Step {
  if (state.name !== 'dialling') return stay(state);
  const { operator } = context;
  const { ledger, id } = nameEvent(state.ledger, 'session.update');
  const next: Configuring = {
    name: 'configuring',
    ledger,
    prelude: state.prelude,
    carried: state.carried,
    created: null,
    asked: 'opening',
    offered: operator.tools,
  };
  if (briefed !== null) return open(context, next, { updated: briefed.updated, briefed, now });
  const opening = openingUpdate(operator, id, state.carried?.open.chosen);
  return { state: next, actions: [tellAzure(opening, true)] };
}

/** A token that came by `gateway.auth` was looked at and is not this user's, or not good. */
export function authRefused(state: RelayState, refusal: AuthRefusal, now: number): Step {
  if (state.name === 'ended') return stay(state);
  const { message, cause } = refusal;
  const complaint: Complaint = { code: 'invalid_credential', message, param: 'token' };
  const told = cause === null ? complaint : { ...complaint, cause };
  return refuse(state, tellError(told, state.ledger), now);
}

/** Why, in words, and the client's own name of its event. */
interface AuthRefusal {
  readonly message: string;
  readonly cause: string | null;
}

type Configuring = Extract<RelayState, { name: 'configuring' }>;

interface Request {
  readonly read: Exclude<BrowserFrame, { kind: 'audio' }>;
  readonly now: number;
  readonly number: number | undefined;
}

function passRequest(context: Context, state: Live, { read, now, number }: Request): Step {
  switch (read.kind) {
    case 'control': {
      const refusal = complaintAboutAnswer(read.event, state.ledger.calls.open, context.operator);
      if (refusal) return refuse(state, tellError(withCause(refusal, read.event), state.ledger), now);
      return after([{ do: 'note-activity' }], passControl(context, state, { read, now, number }));
    }
    case 'ping':
      return stay(state, [{ do: 'answer-ping', received: read.received }]);
    case 'auth':
      return stay(state, [{ do: 'authenticate', token: read.token, cause: read.cause }]);
    case 'refused':
      return refuse(state, tellError(read.complaint, state.ledger), now);
    case 'too-big':
      return end(state, { as: 'tooBig', complaint: read.complaint });
  }
}

function passControl(
  context: Context,
  state: Live,
  { read, now, number }: Request & { readonly read: Extract<BrowserFrame, { kind: 'control' }> },
): Step {
  const { event, units, soundUnits, ms } = read;
  const { ledger: next, id } = nameEvent(state.ledger, event.type);
  const named = event['event_id'] === undefined ? { ...event, event_id: id } : event;
  const ledger = { ...next, calls: answerGiven(next.calls, named) };
  const frame: UpFrame = { kind: 'control', event: named, units, soundUnits, ms, number };
  return after(leftOutActions(context, read), passUp(context, { ...state, ledger }, { frame, now }));
}

function withCause(complaint: Complaint, { event_id: id }: WireEvent): Complaint {
  return typeof id === 'string' ? { ...complaint, cause: id } : complaint;
}

/** On the JSON lane a client reads what became of its settings in Azure's own answer, and nowhere else. */
function leftOutActions(
  { lane }: Context,
  { type, leftOut: fields }: { readonly type: string; readonly leftOut: readonly string[] },
): readonly Action[] {
  if (!knowsGateway(lane) || fields.length === 0) return [];
  const message = `${type} goes up without ${fields.join(', ')}.`;
  return [tellGateway({ type: 'gateway.warning', code: 'fields_left_out', message, fields })];
}

function whileConfiguring(context: Context, state: Configuring, { frame, now }: Arrival<string>): Step {
  const event = parseEvent(frame);
  if (event === null) return end(state, afterNonsense);
  switch (event.type) {
    case 'session.created':
      return { state: { ...state, created: event }, actions: [] };
    case 'session.updated':
      return open(context, state, { updated: event, briefed: null, now });
    case 'error':
      return causeOf(event) === 'session.update'
        ? askAgain(context, state, event)
        : stay(state, errorActions(context, event));
    default:
      return stay(state, [tellBrowser(scrubFrame({ type: event.type, frame }, context.operator))]);
  }
}

/** One bad key throws away the whole update: it is tried once more with what no call may start without. */
function askAgain({ operator }: Context, state: Configuring, error: WireEvent): Step {
  const refusal: Action = { do: 'log-error', code: codeOf(error), cause: 'session.update' };
  if (state.asked === 'fallback') {
    const complaint: Complaint = { code: 'upstream_refused', message: 'Azure refused the session.' };
    return after([refusal], end(state, { as: 'upstreamFailed', complaint }));
  }
  const { ledger, id } = nameEvent(state.ledger, 'session.update');
  const actions = [refusal, tellAzure(fallbackUpdate(operator, id), true)];
  return { state: { ...state, ledger, asked: 'fallback', offered: noTools }, actions };
}

/**
 * The session is as the operator wants it: the browser learns of it as created, and what it said early waits no longer
 * for anything but its pace.
 */
function open(
  context: Context,
  state: Configuring,
  { updated, briefed, now }: Connecting & { readonly updated: WireEvent },
): Step {
  const rest = briefed && unsaid(briefed.briefing.conversation, context.replayed);
  const replayed = rest ?? context.replayed;
  const next = opened(context, state, { updated, now });
  const actions = [
    ...openedActions(context, state, { updated, now }),
    ...replayed.map((frame) => tellAzure(frame, true)),
    ...(state.prelude.droppedMs > 0 ? lostActions(context, state) : []),
  ];
  const hasEarly = next.pace.held.length > 0;
  const offered = offerTools(context, next);
  const minded = after([...actions, ...offered.actions], mindBudget(context, offered.state, now));
  return { ...minded, actions: [...minded.actions, ...(hasEarly ? [WAKE_NOW] : [])] };
}

/** A client hears once that its session was created; another of Azure's is news to who knows the gateway. */
function openedActions(
  { lane, operator }: Context,
  { carried, created: first }: Configuring,
  { updated, now }: { updated: WireEvent; now: number },
): readonly Action[] {
  if (carried === null) {
    const created = { ...(first ?? updated), type: 'session.created', session: updated['session'] };
    return [tellBrowser(JSON.stringify(scrubSession(created, operator)))];
  }
  if (!knowsGateway(lane)) return [];
  const { reason, since } = carried;
  return [tellGateway({ type: 'gateway.upstream.renewed', reason, gap_ms: Math.max(0, now - since) })];
}

const WAKE_NOW: Action = { do: 'wake', inMs: 0 };

function opened(
  { operator, replayed }: Context,
  { ledger, prelude, carried, offered }: Configuring,
  { updated, now }: { updated: WireEvent; now: number },
): Open {
  const { frames: held, audioMs: heldMs, controlUnits: heldUnits } = prelude;
  const empty = freshOpen({ ledger, operator, now });
  const fresh: Open = {
    ...empty,
    isSelfAnswering: isSelfAnswering(updated),
    isDetecting: isDetecting(updated),
    pace: { ...empty.pace, held, heldMs, heldUnits },
    spending: replayed.reduce((spending, text) => withText(spending, text, 0), empty.spending),
    expiresAt: expiryOf(updated),
    offered,
  };
  return carried === null ? fresh : goingOn(fresh, carried);
}

/** What the new session does not know and the call does. */
function goingOn(
  fresh: Open,
  { losses, open: { thrift, spending, recorder, chosen, tools } }: Carried,
): Open {
  const { told, resetsAt, wrap } = thrift;
  const read = withText(fresh.spending, ownReading({ type: 'session.update', session: chosen }), 0);
  return {
    ...fresh,
    losses,
    chosen,
    tools,
    recorder,
    thrift: { ...fresh.thrift, told, resetsAt, wrap },
    spending: { ...read, waiting: spending.waiting, sequence: spending.sequence },
    former: new Set(recorder.entries.map(({ id }) => id)),
  };
}

function lostActions({ lane }: Context, { ledger, prelude }: Configuring): readonly Action[] {
  const ms = Math.round(prelude.droppedMs);
  const message = `Azure took longer than the sound that could be held; its first ${ms} ms are lost.`;
  return [droppedAction(lane, ledger, { ms, message }), { do: 'log-dropped', ms }];
}
