/**
 * What a WebRTC call decides. Its sound goes from browser to Azure by itself, and so may events: we look on by a socket
 * of our own, the sideband, on which everything shows as Azure took it. Pure.
 */
import { keepsWords, wordsUpdate } from '../azure/session.ts';
import { responseUsage } from '../azure/usage.ts';
import { eventType, isRecord, parseEvent, type WireEvent } from '../azure/wire.ts';
import { tellAzure, type Action } from './actions.ts';
import type { Loss } from './azure-lost.ts';
import type { CallRules } from './call-rules.ts';
import type { Context } from './context.ts';
import { afterDial, afterTooManyRequests } from './endings.ts';
import { causeOf, nameEvent } from './ledger.ts';
import { freshOpen } from './open-state.ts';
import type { Arrival } from './relay.ts';
import { after, end, stay, type Open, type RelayState, type Step } from './relay-state.ts';
import { seenCost, withSound } from './seen.ts';
import { withText } from './spending.ts';
import { mindBudget } from './thrift.ts';
import { afterNonsense, whileOpen } from './while-open.ts';

/** A sideband that was lost so often in a row, and nobody was answered in between, is lost for good. */
const MOST_LOSSES = 4;

/** So often within a minute a browser may change what is the operator's: somebody's old client may do it without malice. */
const MOST_CHANGES = 3;
const CHANGES_WINDOW_MS = 60_000;

/** Sound is not told here. A token of it is so many characters of base64 elsewhere, and a spoken letter takes so many. */
const UNITS_PER_TOKEN = 3_200;
const UNITS_PER_LETTER = 4_160;

/** The decisions of a call whose sound does not pass through us. */
export const rtcRules: CallRules = {
  medium: 'webrtc',
  connected,
  heard,
  lost,
  unreached: (unreached) => {
    // Nobody ends a call without its socket, but its browser, or Azure at the end of its time.
    const isGone = unreached.outcome === 'refused' && unreached.status === 404;
    return isGone ? { as: 'over', complaint: null } : afterDial(unreached);
  },
};

/**
 * The call was minted as the operator wants it, and is open from its first moment: whatever happens before Azure has
 * confirmed our first word counts too.
 */
function connected(context: Context, state: RelayState, now: number): Step {
  if (state.name === 'ended' || state.name === 'configuring') return stay(state);
  if (state.name === 'open') {
    // An answer that was under way may be over, and nobody told us: it is charged when it is told, or when another begins.
    const back = { ...state, answering: 0, isReplyOwed: false, openedAt: now };
    return setRight(context, { ...back, thrift: { ...back.thrift, updates: [] } });
  }
  const fresh = freshOpen({ ledger: state.ledger, operator: context.operator, now });
  const spending = context.replayed.reduce((sum, text) => withText(sum, text, 0), fresh.spending);
  const next: Open = { ...fresh, spending, isSelfAnswering: true, isDetecting: true };
  const told = setRight(context, next);
  if (told.state.name !== 'open') return told;
  const before = [...told.actions, ...context.replayed.map((frame) => tellAzure(frame, true))];
  return after(before, mindBudget(context, told.state, now));
}

function lost(_context: Context, state: RelayState, { ending, now }: Loss): Step {
  if (state.name !== 'open') return stay(state);
  const losses = now - state.openedAt >= CHANGES_WINDOW_MS ? 1 : state.losses + 1;
  if (ending.as === 'over' || losses > MOST_LOSSES) return end(state, ending);
  const code = ending.complaint?.code ?? 'upstream_lost';
  return stay({ ...state, losses }, [{ do: 'redial', code }]);
}

function heard(context: Context, state: RelayState, { frame, now }: Arrival<string>): Step {
  if (state.name !== 'open') return stay(state);
  const type = eventType(frame);
  if (type === null) return end(state, afterNonsense);
  const event = OWN_TYPES.has(type) ? parseEvent(frame) : null;
  const ready = event === null ? stay(inTime(state, now)) : prepare(context, inTime(state, now), event);
  if (ready.state.name !== 'open') return ready;
  const told = after(ready.actions, whileOpen(context, ready.state, { type, frame, now }));
  if (event === null || told.state.name !== 'open') return told;
  return after(told.actions, police(context, told.state, { event, now }));
}

/** The types that are looked into before, or after, what becomes of them in any call. */
const OWN_TYPES: ReadonlySet<string> = new Set([
  'session.updated',
  'input_audio_buffer.speech_started',
  'conversation.item.created',
  'conversation.item.added',
  'response.created',
  'response.output_audio_transcript.delta',
  'response.done',
  'error',
]);

/** The microphone is always on: its sound goes up as time goes by. */
function inTime(state: Open, now: number): Open {
  const { pace } = state;
  const sentMs = pace.sentMs + Math.max(0, now - pace.at);
  return { ...state, pace: { ...pace, sentMs, at: now } };
}

/** What elsewhere the sound itself tells. */
function prepare(context: Context, state: Open, event: WireEvent): Step {
  switch (event.type) {
    case 'input_audio_buffer.speech_started': {
      const startMs = event['audio_start_ms'];
      const sentMs = typeof startMs === 'number' ? startMs : state.pace.sentMs;
      return stay({ ...state, pace: { ...state.pace, sentMs } });
    }
    case 'response.output_audio_transcript.delta': {
      const { delta } = event;
      const units = typeof delta === 'string' ? delta.length * UNITS_PER_LETTER : 0;
      const { track } = state;
      const sounding = track && { ...track, units: track.units + units, at: track.at ?? state.pace.at };
      return stay({ ...state, seen: withSound(state.seen, units), track: sounding });
    }
    case 'response.created':
      return withoutOrphans(context, state, event);
    case 'response.done': {
      const tokens = responseUsage(event)?.output.audio ?? 0;
      const { track } = state;
      if (track === null || tokens === 0) return stay(state);
      return stay({ ...state, track: { ...track, units: tokens * UNITS_PER_TOKEN } });
    }
    case 'error': {
      // Without it the session would stay as somebody else made it, or cost what the day does not pay for.
      const { limit, isWritten } = state.thrift;
      const isNeeded = limit !== null || isWritten || state.ledger.refusedAt.length > 0;
      const complaint = { code: 'upstream_refused', message: 'Azure refused the session.' } as const;
      const isAboutOurs = causeOf(event) === 'session.update';
      return isAboutOurs && isNeeded ? end(state, { as: 'upstreamFailed', complaint }) : stay(state);
    }
    default:
      return stay(state);
  }
}

/** Azure makes one answer of the conversation at a time: those before it ended while nobody looked on. */
function withoutOrphans({ tariff }: Context, state: Open, event: WireEvent): Step {
  const { spending, seen, answering } = state;
  const isBeside = isRecord(event['response']) && (event['response']['conversation_id'] ?? null) === null;
  if (isBeside || answering > 0 || spending.running.length === 0) return stay(state);
  const actions = spending.running.map(({ reservation: id, input }): Action => ({
    do: 'settle',
    id,
    amount: seenCost(input, seen, tariff),
  }));
  return stay({ ...state, spending: { ...spending, running: [] } }, actions);
}

interface Seen {
  readonly event: WireEvent;
  readonly now: number;
}

/** What a browser did without asking us. */
function police(context: Context, state: Open, { event, now }: Seen): Step {
  switch (event.type) {
    case 'session.updated':
      return policeSession(context, state, { event, now });
    case 'conversation.item.created':
    case 'conversation.item.added':
      return policeItem(context, state, { event, now });
    default:
      return stay(state);
  }
}

function policeSession(context: Context, state: Open, { event, now }: Seen): Step {
  const { updates } = state.thrift;
  // What we have asked for since is still to come, and undoes whatever this is.
  if (updates.length > 0) return stay(state);
  const isKept = keepsWords(event, context.operator) && keepsThrift(event, state);
  return isKept ? stay(state) : changed(context, state, now);
}

function keepsThrift({ session }: WireEvent, { thrift: { limit, isWritten } }: Open): boolean {
  if (!isRecord(session)) return true;
  const { max_output_tokens: longest, output_modalities: modalities } = session;
  const isShort = limit === null || (typeof longest === 'number' && longest <= limit);
  return isShort && !(isWritten && Array.isArray(modalities) && modalities.includes('audio'));
}

/** It is undone, with the answer that it may have brought; whoever keeps on is hung up. */
function changed(context: Context, state: Open, now: number): Step {
  const recent = state.ledger.refusedAt.filter((at) => now - at < CHANGES_WINDOW_MS);
  const ledger = { ...state.ledger, refusedAt: [...recent, now] };
  if (ledger.refusedAt.length >= MOST_CHANGES) {
    const message = 'The session was changed again and again by whoever may not.';
    return end(state, { as: 'notAllowed', complaint: { code: 'too_many_refused_frames', message } });
  }
  const right = setRight(context, { ...state, ledger });
  if (right.state.name !== 'open' || state.answering === 0) return right;
  const { ledger: next, id } = nameEvent(right.state.ledger, 'response.cancel');
  const cancel = JSON.stringify({ type: 'response.cancel', event_id: id });
  return stay({ ...right.state, ledger: next }, [...right.actions, tellAzure(cancel, true)]);
}

/** A word of the system's that is not ours is taken out again; what the person typed, or a tool said, is a request. */
function policeItem(context: Context, state: Open, { event, now }: Seen): Step {
  const item = isRecord(event['item']) ? event['item'] : {};
  const { id, type, role, content } = item;
  if (isReplayed(context, id)) return stay(state);
  if (role === 'system' && context.operator.isLocked) {
    const taken = changed(context, state, now);
    if (taken.state.name !== 'open') return taken;
    const { ledger, id: eventId } = nameEvent(taken.state.ledger, 'conversation.item.delete');
    const frame = JSON.stringify({ type: 'conversation.item.delete', event_id: eventId, item_id: id });
    return stay({ ...taken.state, ledger }, [tellAzure(frame, true), ...taken.actions]);
  }
  const isSpoken =
    Array.isArray(content) && content.some((part) => isRecord(part) && part['type'] === 'input_audio');
  const isTheirs =
    (type === 'message' && role !== 'assistant' && !isSpoken) || type === 'function_call_output';
  if (!isTheirs) return stay(state);
  const waitMs = context.allowance.waitForRequest(now);
  if (waitMs !== null) return end(state, afterTooManyRequests(waitMs));
  const spending = withText(state.spending, JSON.stringify(item), 0);
  return stay({ ...state, spending }, [{ do: 'count-request' }, { do: 'note-activity' }]);
}

/** What we told of an earlier talk has names that only we know. */
function isReplayed({ replayed }: Context, id: unknown): boolean {
  const name = JSON.stringify({ id: String(id) }).slice(1, -1);
  return replayed.some((frame) => frame.includes(name));
}

/** Tells the session what is the operator's, and what the day still pays for. */
function setRight({ operator }: Context, state: Open): Step {
  const { ledger, id } = nameEvent(state.ledger, 'session.update');
  const { limit, isWritten, updates } = state.thrift;
  const held = {
    ...(limit === null ? {} : { max_output_tokens: limit }),
    ...(isWritten ? { output_modalities: ['text'] } : {}),
  };
  const thrift = { ...state.thrift, updates: [...updates, { id, isOurs: true, asked: {} }] };
  return stay({ ...state, ledger, thrift }, [tellAzure(wordsUpdate(operator, id, held), true)]);
}
