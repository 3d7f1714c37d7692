/**
 * The relay: what a call does with each frame, decided and not done. Pure: `(context, state, message) -> step`, one
 * function per direction. The states follow Azure's socket: dialling, configuring, open, ended.
 */
import { audioOfDelta, audioPartOf, eventType, isRecord, parseEvent, type WireEvent } from '../azure/wire.ts';
import {
  fallbackUpdate,
  isSelfAnswering,
  openingUpdate,
  scrubError,
  scrubResponse,
  scrubSession,
} from '../azure/session.ts';
import type { Complaint } from '../protocol/errors.ts';
import { tellAzure, tellBrowser, tellError, tellGateway, type Action } from './actions.ts';
import { readBrowserFrame, type Reader } from './browser-frame.ts';
import { causeOf, codeOf, isRefusalOfAppend, nameEvent } from './ledger.ts';
import { hold, type UpFrame } from './prelude.ts';
import { end, refuse, stay, type Live, type RelayState, type Step } from './relay-state.ts';

/** A frame as it came, and when, in milliseconds. */
export interface Arrival<Frame> {
  readonly frame: Frame;
  readonly now: number;
}

/** Decides what becomes of a frame from the browser. */
export function fromBrowser(
  reader: Reader,
  state: RelayState,
  { frame, now }: Arrival<string | ArrayBuffer>,
): Step {
  if (state.name === 'ended') return stay(state);
  const read = readBrowserFrame(frame, reader);
  switch (read.kind) {
    case 'audio':
      return passUp(state, read);
    case 'control':
      return passControl(state, read.event);
    case 'ping':
      return stay(state, [tellGateway({ type: 'gateway.pong', upstream_ms: null })]);
    case 'refused':
      return refuse(state, tellError(read.complaint, state.ledger), now);
    case 'too-big':
      return end(state, 'tooBig', read.complaint);
  }
}

/** Decides what becomes of a frame from Azure. */
export function fromAzure(reader: Reader, state: RelayState, { frame, now }: Arrival<string>): Step {
  if (state.name === 'ended' || state.name === 'dialling') return stay(state);
  const type = eventType(frame);
  if (type === null) return end(state, 'upstreamFailed', BROKEN);
  if (state.name === 'configuring') return whileConfiguring(reader, state, frame);
  return whileOpen(reader, state, { type, frame, now });
}

/** Azure's socket is there: the operator's word comes first. */
export function azureConnected(reader: Reader, state: RelayState): Step {
  if (state.name !== 'dialling') return stay(state);
  const { ledger, id } = nameEvent(state.ledger, 'session.update');
  const next: RelayState = {
    name: 'configuring',
    ledger,
    prelude: state.prelude,
    created: null,
    asked: 'opening',
  };
  return { state: next, actions: [tellAzure(openingUpdate(reader.operator, id), true)] };
}

type Configuring = Extract<RelayState, { name: 'configuring' }>;
type Open = Extract<RelayState, { name: 'open' }>;
type AzureFrame = Arrival<string> & { readonly type: string };

const BROKEN: Complaint = { code: 'upstream_lost', message: 'Azure sent something that is not an event.' };

const TOO_EARLY: Complaint = {
  code: 'not_ready',
  message: 'Too much was sent before Azure was ready; wait for session.created.',
};

function passUp(state: Live, frame: UpFrame): Step {
  if (state.name === 'open') return stay(state, [tellAzure(frame.text, frame.kind === 'control')]);
  const prelude = hold(state.prelude, frame);
  if (prelude) return { state: { ...state, prelude }, actions: [] };
  return stay(state, [tellError(TOO_EARLY, state.ledger)]);
}

function passControl(state: Live, event: WireEvent): Step {
  const { ledger, id } = nameEvent(state.ledger, event.type);
  const text = JSON.stringify(event['event_id'] === undefined ? { ...event, event_id: id } : event);
  return passUp({ ...state, ledger }, { kind: 'control', text });
}

function whileConfiguring(reader: Reader, state: Configuring, frame: string): Step {
  const event = parseEvent(frame);
  if (event === null) return end(state, 'upstreamFailed', BROKEN);
  switch (event.type) {
    case 'session.created':
      return { state: { ...state, created: event }, actions: [] };
    case 'session.updated':
      return open(reader, state, event);
    case 'error':
      return causeOf(event) === 'session.update'
        ? askAgain(reader, state, event)
        : stay(state, errorActions(reader, event));
    default:
      return stay(state, [tellBrowser(frame)]);
  }
}

/** One bad key throws away the whole update: it is tried once more with what no call may start without. */
function askAgain(reader: Reader, state: Configuring, error: WireEvent): Step {
  const refusal: Action = { do: 'log-error', code: codeOf(error), cause: 'session.update' };
  if (state.asked === 'fallback') {
    const complaint: Complaint = { code: 'upstream_refused', message: 'Azure refused the session.' };
    const last = end(state, 'upstreamFailed', complaint);
    return { state: last.state, actions: [refusal, ...last.actions] };
  }
  const { ledger, id } = nameEvent(state.ledger, 'session.update');
  const actions = [refusal, tellAzure(fallbackUpdate(reader.operator, id), true)];
  return { state: { ...state, ledger, asked: 'fallback' }, actions };
}

/** The session is as the operator wants it: the browser learns of it as created, and what it said early goes up. */
function open(reader: Reader, state: Configuring, updated: WireEvent): Step {
  const created = { ...(state.created ?? updated), type: 'session.created', session: updated['session'] };
  const { ledger, prelude } = state;
  return {
    state: {
      name: 'open',
      ledger,
      part: null,
      answering: 0,
      isSelfAnswering: isSelfAnswering(updated),
      isReplyOwed: false,
    },
    actions: [
      tellBrowser(JSON.stringify(scrubSession(created, reader.operator))),
      ...(prelude.droppedMs > 0 ? lostActions(reader, state) : []),
      ...prelude.frames.map((frame) => tellAzure(frame.text, frame.kind === 'control')),
    ],
  };
}

/** What is dropped is told on either lane, in the words that lane knows. */
function lostActions({ lane }: Reader, { ledger, prelude }: Configuring): readonly Action[] {
  const ms = Math.round(prelude.droppedMs);
  const message = `Azure took longer than the sound that could be held; its first ${ms} ms are lost.`;
  const code = 'audio_dropped';
  const told =
    lane === 'binary'
      ? tellGateway({ type: 'gateway.warning', code, message, dropped_ms: ms })
      : tellError({ code, message }, ledger);
  return [told, { do: 'log-dropped', ms }];
}

function whileOpen(reader: Reader, state: Open, arrival: AzureFrame): Step {
  const { type, frame } = arrival;
  switch (type) {
    case 'response.output_audio.delta': {
      const sound = reader.lane === 'binary' && state.part ? audioOfDelta(frame, state.part) : null;
      return stay(state, [tellBrowser(sound ?? frame)]);
    }
    case 'response.content_part.added': {
      const part = reader.lane === 'binary' ? audioPartOf(frame) : null;
      return { state: { ...state, part: part ?? state.part }, actions: [tellBrowser(frame)] };
    }
    case 'input_audio_buffer.speech_started':
      return { state: { ...state, isReplyOwed: false }, actions: [tellBrowser(frame)] };
    case 'input_audio_buffer.speech_stopped':
      return { state: { ...state, isReplyOwed: state.isSelfAnswering }, actions: [tellBrowser(frame)] };
    case 'response.created':
    case 'response.done':
      return passResponse(reader, state, arrival);
    case 'session.created':
    case 'session.updated':
      return passSession(reader, state, frame);
    case 'error':
      return passError(reader, state, arrival);
    default:
      return stay(state, [tellBrowser(frame)]);
  }
}

function passResponse(reader: Reader, state: Open, { type, frame }: AzureFrame): Step {
  const answering = Math.max(0, state.answering + (type === 'response.created' ? 1 : -1));
  return {
    state: { ...state, answering, isReplyOwed: false },
    actions: [tellBrowser(scrubResponse(frame, reader.operator))],
  };
}

function passSession(reader: Reader, state: Open, frame: string): Step {
  const event = parseEvent(frame);
  if (event === null) return end(state, 'upstreamFailed', BROKEN);
  return {
    state: { ...state, isSelfAnswering: isSelfAnswering(event) },
    actions: [tellBrowser(JSON.stringify(scrubSession(event, reader.operator)))],
  };
}

function passError(reader: Reader, state: Open, { frame, now }: AzureFrame): Step {
  const event = parseEvent(frame);
  if (event === null) return end(state, 'upstreamFailed', BROKEN);
  const next: Open = { ...state, isReplyOwed: false };
  const [noted, told] = errorActions(reader, event);
  // Appends go up unparsed, so a bad one is Azure's to refuse; it counts as if we had.
  const step = isRefusalOfAppend(event) ? refuse(next, told, now) : stay(next, [told]);
  return { state: step.state, actions: [noted, ...step.actions] };
}

/** An error of Azure's reaches the browser as it is, but for an event id that we stamped and words of the operator's. */
function errorActions({ operator }: Reader, event: WireEvent): readonly [Action, Action] {
  const cause = causeOf(event);
  const clean = scrubError(event, operator);
  const error = isRecord(clean['error']) ? clean['error'] : {};
  const told = cause === null ? clean : { ...clean, error: { ...error, event_id: null } };
  return [
    { do: 'log-error', code: codeOf(event), cause: cause ?? 'unknown' },
    tellBrowser(JSON.stringify(told)),
  ];
}
