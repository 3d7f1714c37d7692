/**
 * The relay: what a call does with each frame, decided and not done. Pure: `(context, state, message) -> step`, one
 * function per direction. The states follow Azure's socket: dialling, configuring, open, ended.
 */
import {
  audioOfDelta,
  eventType,
  isRecord,
  parseEvent,
  type AudioPart,
  type WireEvent,
} from '../azure/wire.ts';
import { fallbackUpdate, openingUpdate, scrubSession } from '../azure/session.ts';
import type { CloseName } from '../protocol/close-codes.ts';
import type { Complaint } from '../protocol/errors.ts';
import type { GatewayEvent } from '../protocol/gateway-events.ts';
import { REFUSED_FRAMES, REFUSED_WINDOW_MS } from '../protocol/limits.ts';
import { tellAzure, tellBrowser, tellError, tellGateway, type Action } from './actions.ts';
import { readBrowserFrame, type Reader } from './browser-frame.ts';
import { causeOf, codeOf, emptyLedger, nameEvent, type Ledger } from './ledger.ts';
import { emptyPrelude, hold, type Prelude, type UpFrame } from './prelude.ts';

/** Where a call stands between its two sockets. */
export type RelayState =
  | { readonly name: 'dialling'; readonly ledger: Ledger; readonly prelude: Prelude }
  | {
      readonly name: 'configuring';
      readonly ledger: Ledger;
      readonly prelude: Prelude;
      readonly created: WireEvent | null;
      readonly asked: 'opening' | 'fallback';
    }
  | {
      readonly name: 'open';
      readonly ledger: Ledger;
      /** The audio part that binary frames down belong to. */
      readonly part: AudioPart | null;
      /** Responses begun and not done. */
      readonly answering: number;
    }
  | { readonly name: 'ended' };

/** The next state, and what to do to get there. */
export interface Step {
  readonly state: RelayState;
  readonly actions: readonly Action[];
}

/** The state of a call whose Azure is being dialled. */
export const dialling: RelayState = {
  name: 'dialling',
  ledger: emptyLedger,
  prelude: emptyPrelude,
};

/** Decides what becomes of a frame from the browser. `now` in milliseconds. */
export function fromBrowser(
  reader: Reader,
  state: RelayState,
  message: { frame: string | ArrayBuffer; now: number },
): Step {
  if (state.name === 'ended') return stay(state);
  const read = readBrowserFrame(message.frame, reader);
  switch (read.kind) {
    case 'audio':
      return passUp(state, read);
    case 'control':
      return passControl(state, read.event);
    case 'ping':
      return stay(state, [tellGateway({ type: 'gateway.pong', upstream_ms: null })]);
    case 'refused':
      return refuse(state, read.complaint, message.now);
    case 'too-big':
      return end(state, 'tooBig', read.complaint);
  }
}

/** Decides what becomes of a frame from Azure. */
export function fromAzure(reader: Reader, state: RelayState, frame: string): Step {
  if (state.name === 'ended' || state.name === 'dialling') return stay(state);
  const type = eventType(frame);
  if (type === null) return end(state, 'upstreamFailed', BROKEN);
  if (state.name === 'configuring') return whileConfiguring(reader, state, { type, frame });
  return whileOpen(reader, state, { type, frame });
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

/** Ends the call with the story in words first, whatever the state; nothing when it has ended already. */
export function end(state: RelayState, as: CloseName, complaint: Complaint | null): Step {
  if (state.name === 'ended') return stay(state);
  const told = complaint ? [tellError(complaint, state.ledger)] : [];
  return { state: { name: 'ended' }, actions: [...told, { do: 'end', as }] };
}

type Live = Exclude<RelayState, { name: 'ended' }>;
type Configuring = Extract<RelayState, { name: 'configuring' }>;
type Open = Extract<RelayState, { name: 'open' }>;
interface AzureFrame {
  readonly type: string;
  readonly frame: string;
}

const BROKEN: Complaint = { code: 'upstream_lost', message: 'Azure sent something that is not an event.' };

function passUp(state: Live, frame: UpFrame): Step {
  if (state.name === 'open') return stay(state, [tellAzure(frame.text, frame.kind === 'control')]);
  const prelude = hold(state.prelude, frame);
  if (prelude) return { state: { ...state, prelude }, actions: [] };
  return stay(state, [
    tellError(
      { code: 'not_ready', message: 'Too much was sent before Azure was ready; wait for session.created.' },
      state.ledger,
    ),
  ]);
}

function passControl(state: Live, event: WireEvent): Step {
  const { ledger, id } = nameEvent(state.ledger, event.type);
  const text = JSON.stringify(event['event_id'] === undefined ? { ...event, event_id: id } : event);
  return passUp({ ...state, ledger }, { kind: 'control', text });
}

function refuse(state: Live, complaint: Complaint, now: number): Step {
  const recent = state.ledger.refusedAt.filter((at) => now - at < REFUSED_WINDOW_MS);
  const ledger = { sequence: state.ledger.sequence + 1, refusedAt: [...recent, now] };
  const told = tellError(complaint, state.ledger);
  if (ledger.refusedAt.length < REFUSED_FRAMES) return { state: { ...state, ledger }, actions: [told] };
  const last = end({ ...state, ledger }, 'notAllowed', {
    code: 'too_many_refused_frames',
    message: `${REFUSED_FRAMES} frames were refused within a minute.`,
  });
  return { state: last.state, actions: [told, ...last.actions] };
}

function whileConfiguring(reader: Reader, state: Configuring, { type, frame }: AzureFrame): Step {
  const event = parseEvent(frame);
  if (event === null) return end(state, 'upstreamFailed', BROKEN);
  if (type === 'session.created') return { state: { ...state, created: event }, actions: [] };
  if (type === 'session.updated') return open(reader, state, event);
  if (type !== 'error' || causeOf(event) !== 'session.update') return stay(state, [tellBrowser(frame)]);
  const refusal: Action = { do: 'log-error', code: codeOf(event), cause: 'session.update' };
  if (state.asked === 'fallback') {
    const last = end(state, 'upstreamFailed', {
      code: 'upstream_refused',
      message: 'Azure refused the session.',
    });
    return { state: last.state, actions: [refusal, ...last.actions] };
  }
  const { ledger, id } = nameEvent(state.ledger, 'session.update');
  const actions = [refusal, tellAzure(fallbackUpdate(reader.operator, id), true)];
  return { state: { ...state, ledger, asked: 'fallback' }, actions };
}

/** The session is as the operator wants it: the browser learns of it as created, and what it said early goes up. */
function open(reader: Reader, state: Configuring, updated: WireEvent): Step {
  const created = { ...(state.created ?? updated), type: 'session.created', session: updated['session'] };
  const { droppedMs, frames } = state.prelude;
  const lost: GatewayEvent = {
    type: 'gateway.warning',
    code: 'audio_dropped',
    message: 'Azure took longer than the sound that could be held; its beginning is lost.',
    dropped_ms: Math.round(droppedMs),
  };
  const isTold = droppedMs > 0 && reader.lane === 'binary';
  return {
    state: { name: 'open', ledger: state.ledger, part: null, answering: 0 },
    actions: [
      tellBrowser(JSON.stringify(scrubSession(created, reader.operator))),
      ...(isTold ? [tellGateway(lost)] : []),
      ...frames.map((frame) => tellAzure(frame.text, frame.kind === 'control')),
    ],
  };
}

function whileOpen(reader: Reader, state: Open, { type, frame }: AzureFrame): Step {
  switch (type) {
    case 'response.output_audio.delta': {
      const sound = reader.lane === 'binary' && state.part ? audioOfDelta(frame, state.part) : null;
      return stay(state, [tellBrowser(sound ?? frame)]);
    }
    case 'response.content_part.added':
      return reader.lane === 'binary'
        ? { state: { ...state, part: announcedPart(frame) ?? state.part }, actions: [tellBrowser(frame)] }
        : stay(state, [tellBrowser(frame)]);
    case 'response.created':
      return { state: { ...state, answering: state.answering + 1 }, actions: [tellBrowser(frame)] };
    case 'response.done':
      return {
        state: { ...state, answering: Math.max(0, state.answering - 1) },
        actions: [tellBrowser(frame)],
      };
    case 'session.created':
    case 'session.updated':
      return stay(state, [tellBrowser(scrubbed(reader, frame))]);
    case 'error':
      return passError(state, frame);
    default:
      return stay(state, [tellBrowser(frame)]);
  }
}

function announcedPart(frame: string): AudioPart | null {
  const event = parseEvent(frame);
  const part = event?.['part'];
  const itemId = event?.['item_id'];
  const contentIndex = event?.['content_index'];
  if (!isRecord(part) || part['type'] !== 'audio') return null;
  if (typeof itemId !== 'string' || typeof contentIndex !== 'number') return null;
  return { itemId, contentIndex };
}

function scrubbed(reader: Reader, frame: string): string {
  const event = parseEvent(frame);
  return event ? JSON.stringify(scrubSession(event, reader.operator)) : frame;
}

/** An error of Azure's reaches the browser as it is, but for an event id that we stamped and the client never knew. */
function passError(state: Open, frame: string): Step {
  const event = parseEvent(frame);
  if (event === null) return stay(state, [tellBrowser(frame)]);
  const cause = causeOf(event);
  const noted: Action = { do: 'log-error', code: codeOf(event), cause: cause ?? 'unknown' };
  if (cause === null || !isRecord(event['error'])) return stay(state, [noted, tellBrowser(frame)]);
  const told = { ...event, error: { ...event['error'], event_id: null } };
  return stay(state, [noted, tellBrowser(JSON.stringify(told))]);
}

function stay(state: RelayState, actions: readonly Action[] = []): Step {
  return { state, actions };
}
