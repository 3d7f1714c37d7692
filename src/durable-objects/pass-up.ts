/** The way up of a frame that may go: held until Azure is ready, held back while sound is too fast, then sent. Pure. */
import { heldUpdate, ownReading } from '../azure/answer-wish.ts';
import { picturesOf } from '../azure/pictures.ts';
import { NOTHING } from '../azure/usage.ts';
import { isRecord, type WireEvent } from '../azure/wire.ts';
import { tellAzure, tellBrowser, tellError, tellGateway, type Action } from './actions.ts';
import { ask } from './answers.ts';
import type { Context } from './context.ts';
import { withFrameUp } from './open-state.ts';
import { goNow, holdBack, release, waitMs, type Pace } from './pace.ts';
import { hold, type ControlFrame, type UpFrame } from './prelude.ts';
import { after, stay, type Live, type Open, type RelayState, type Step } from './relay-state.ts';
import { cut, follow } from './recorder.ts';
import { withPictures, withSpeech, withText } from './spending.ts';
import { holdAnswers } from './thrift.ts';
import { answerRefused } from './tool-answers.ts';
import { dropTools, saidSomething } from './tool-steps.ts';
import { CLEAR_OUTPUT } from '../protocol/client-events.ts';
import type { Complaint } from '../protocol/errors.ts';
import { knowsGateway } from '../protocol/subprotocols.ts';

/** Dropped sound is told when so much of it has come together, or when none waits any more. */
const TELL_DROPPED_MS = 1_000;

const TOO_EARLY: Complaint = {
  code: 'not_ready',
  message: 'Too much was sent before Azure was ready; wait for session.created.',
};

const TOO_FAST: Complaint = {
  code: 'not_ready',
  message: 'Too much waits behind sound that came faster than it may; send it at its own speed.',
};

/** A frame that may go up, and the time, in Unix milliseconds. */
export interface Rising {
  readonly frame: UpFrame;
  readonly now: number;
}

/** Sends a frame up, or holds it. */
export function passUp(context: Context, state: Live, rising: Rising): Step {
  const { frame, now } = rising;
  if (state.name !== 'open') {
    const prelude = hold(state.prelude, frame);
    return prelude ? stay({ ...state, prelude }) : turnBack(state, frame, TOO_EARLY);
  }
  const pace = goNow(state.pace, frame, now);
  if (pace) return goUp(context, { ...state, pace }, rising);
  const held = holdBack(state.pace, frame);
  if (!held) return turnBack(state, frame, state.pace.isShut ? TOO_EARLY : TOO_FAST);
  const isFirst = state.pace.held.length === 0 && !held.isShut;
  return stay({ ...state, pace: held }, isFirst ? heldActions(context, held) : []);
}

/** There is no room for an event: it may be tried again. */
function turnBack(state: Live, frame: UpFrame, complaint: Complaint): Step {
  const told = [tellError(complaint, state.ledger)];
  if (frame.kind === 'audio') return stay(state, told);
  const calls = answerRefused(state.ledger.calls, frame.event['event_id']);
  return stay({ ...state, ledger: { ...state.ledger, calls } }, told);
}

/**
 * Sends up what waited and may go now. At most one question in a step: the money promised to it has to count for the
 * next.
 */
export function wake(context: Context, state: RelayState, now: number): Step {
  if (state.name !== 'open') return stay(state);
  const { pace, frames } = release(state.pace, now, isQuestion);
  let step: Step = stay({ ...state, pace });
  for (const frame of frames) {
    if (step.state.name !== 'open') return step;
    step = after(step.actions, goUp(context, step.state, { frame, now }));
  }
  return step.state.name === 'open' ? after(step.actions, goOn(context, step.state, now)) : step;
}

function isQuestion(frame: UpFrame): boolean {
  return frame.kind === 'control' && frame.event.type === 'response.create';
}

/** What still waits is looked at again in time; what was dropped is told. */
function goOn(context: Context, state: Open, now: number): Step {
  const { pace } = state;
  const inMs = waitMs(pace, now);
  const isTold = pace.droppedMs >= TELL_DROPPED_MS || (pace.droppedMs > 0 && inMs === null);
  return stay(isTold ? { ...state, pace: { ...pace, droppedMs: 0 } } : state, [
    ...(isTold ? droppedActions(context, state, pace.droppedMs) : []),
    ...(inMs === null ? [] : [{ do: 'wake', inMs } as const]),
  ]);
}

/** Sends a frame up. */
function goUp(context: Context, state: Open, { frame, now }: Rising): Step {
  const sent = withFrameUp(state, frame);
  if (frame.kind === 'audio') return stay(sent, [tellAzure(frame.text, false)]);
  const { event } = frame;
  return state.former.has(String(event['item_id']))
    ? aboutFormer(state, event, now)
    : passEvent(context, sent, { frame, now });
}

/** An item of a session before this one is Azure's no more: what a client says of it is remembered, and confirmed here. */
function aboutFormer(state: Open, event: WireEvent, now: number): Step {
  const type = FORMER_TYPES[event.type];
  const { item_id, content_index, audio_end_ms } = event;
  if (type === undefined) return stay(state, [tellAzure(JSON.stringify(event), true)]);
  const told = { type, event_id: `event_vg_${String(item_id)}`, item_id, content_index, audio_end_ms };
  const watched = { event: told, now, track: null, cost: NOTHING };
  const { recorder, actions } = follow(state.recorder, watched);
  return stay({ ...state, recorder }, [...actions, tellBrowser(JSON.stringify(told))]);
}

const FORMER_TYPES: { readonly [type in string]?: string } = {
  'conversation.item.truncate': 'conversation.item.truncated',
  'conversation.item.delete': 'conversation.item.deleted',
};

interface RisingEvent {
  readonly frame: ControlFrame;
  readonly now: number;
}

function passEvent(context: Context, state: Open, { frame, now }: RisingEvent): Step {
  const event = withoutFormerPlace(frame.event, state.former);
  switch (event.type) {
    case 'response.create':
      return ask(context, state, { event, isOurs: false, now });
    case 'response.cancel': {
      const dropped = dropTools({ ...state, spending: { ...state.spending, waiting: null } });
      return stay(dropped.state, [...dropped.actions, tellAzure(JSON.stringify(event), true)]);
    }
    case 'session.update':
      return updateSession(state, event);
    case 'conversation.item.create': {
      const text = JSON.stringify(event);
      const pictures = picturesOf(event);
      const read = withText(state.spending, text, frame.soundUnits + pictures.units);
      const spending = withPictures(withSpeech(read, frame.ms), pictures.count);
      const heard =
        isRecord(event['item']) && event['item']['role'] === 'user' ? saidSomething(state) : state;
      const told = [tellAzure(text, true)];
      const view = context.allowance.budget(now);
      return after(told, holdAnswers(context, { ...heard, spending }, { view, now }));
    }
    case 'conversation.item.truncate': {
      const { recorder, actions } = cut(state.recorder, event);
      return stay({ ...state, recorder }, [...actions, tellAzure(JSON.stringify(event), true)]);
    }
    case CLEAR_OUTPUT:
      // While nothing plays Azure says nothing to it, and owes nothing.
      return stay(state, [tellAzure(JSON.stringify(event), false)]);
    default:
      return stay(state, [tellAzure(JSON.stringify(event), true)]);
  }
}

/** Behind an item of a session before this one: at the end. */
function withoutFormerPlace(event: WireEvent, former: ReadonlySet<string>): WireEvent {
  if (!former.has(String(event['previous_item_id']))) return event;
  const { previous_item_id: _former, ...rest } = event;
  return { ...rest, type: event.type };
}

function updateSession(state: Open, event: WireEvent): Step {
  const { limit, isWritten, updates } = state.thrift;
  const asked = isRecord(event['session']) ? event['session'] : {};
  const next = [...updates, { id: String(event['event_id']), isOurs: false, asked }];
  const frame = JSON.stringify(heldUpdate(event, { limit, isWritten }));
  const own = ownReading(event);
  const spending = own === '' ? state.spending : withText(state.spending, own, 0);
  const thrift = { ...state.thrift, updates: next };
  return stay({ ...state, spending, thrift }, [tellAzure(frame, true)]);
}

function heldActions({ lane }: Context, pace: Pace): readonly Action[] {
  const inMs = waitMs(pace, pace.at) ?? 0;
  if (!knowsGateway(lane)) return [{ do: 'wake', inMs }];
  const held_ms = Math.round(pace.heldMs);
  const message = 'Sound came faster than twice its own speed, and waits its turn.';
  return [
    tellGateway({ type: 'gateway.warning', code: 'audio_held_back', message, held_ms }),
    { do: 'wake', inMs },
  ];
}

function droppedActions({ lane }: Context, { ledger }: Open, droppedMs: number): readonly Action[] {
  const ms = Math.round(droppedMs);
  const message = `Sound came so much faster than its own speed that ${ms} ms of it are lost.`;
  return [droppedAction(lane, ledger, { ms, message }), { do: 'log-dropped', ms }];
}

/** What is dropped is told on either lane, in the words that lane knows. */
export function droppedAction(
  lane: Context['lane'],
  ledger: Open['ledger'],
  { ms, message }: { readonly ms: number; readonly message: string },
): Action {
  const code = 'audio_dropped';
  return knowsGateway(lane)
    ? tellGateway({ type: 'gateway.warning', code, message, dropped_ms: ms })
    : tellError({ code, message }, ledger);
}
