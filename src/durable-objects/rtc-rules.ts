/**
 * What a WebRTC call decides. Its sound goes from browser to Azure by itself, and so may events: we look on by a socket
 * of our own, the sideband, on which everything shows as Azure took it. Pure.
 */
import { responseUsage } from '../azure/usage.ts';
import { eventType, isRecord, parseEvent, type WireEvent } from '../azure/wire.ts';
import { tellAzure, type Action } from './actions.ts';
import { isFinalLoss, lossesOf, type Loss } from './azure-lost.ts';
import type { CallRules } from './call-rules.ts';
import type { Context } from './context.ts';
import { afterDial } from './endings.ts';
import { confirmed } from './in-flight.ts';
import { answeredEvent } from './ledger.ts';
import { freshOpen } from './open-state.ts';
import type { Arrival, Connecting } from './relay.ts';
import { police, setRight, type Asker } from './rtc-police.ts';
import { withoutUnheard } from './rtc-unheard.ts';
import { after, end, stay, type Open, type RelayState, type Step } from './relay-state.ts';
import { seenCost, withSound } from './seen.ts';
import { noTools } from '../azure/operator-tools.ts';
import { withText } from './spending.ts';
import { offerTools } from './tool-steps.ts';
import { mindBudget } from './thrift.ts';
import { afterNonsense, whileOpen } from './while-open.ts';

/** Sound is not told here. A token of it is so many characters of base64 elsewhere, and a spoken letter takes so many. */
const UNITS_PER_TOKEN = 3_200;
const UNITS_PER_LETTER = 4_160;

/** The decisions of a call whose sound does not pass through us. */
export const rtcRules: CallRules = {
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
function connected(context: Context, state: RelayState, { now }: Connecting): Step {
  if (state.name === 'ended' || state.name === 'configuring') return stay(state);
  if (state.name === 'open') {
    // An answer that was under way may be over, and nobody told us: it is charged when it is told, or when another begins.
    const pace = { ...state.pace, isShut: false };
    const back = { ...state, pace, answering: 0, isReplyOwed: false, openedAt: now };
    const told = tellRight(context, { ...back, thrift: { ...back.thrift, updates: [] } });
    return { ...told, actions: [...told.actions, { do: 'wake', inMs: 0 }] };
  }
  const fresh = freshOpen({ ledger: state.ledger, operator: context.operator, now });
  const spending = context.replayed.reduce((sum, text) => withText(sum, text, 0), fresh.spending);
  const next: Open = { ...fresh, spending, offered: noTools, isSelfAnswering: true, isDetecting: true };
  const told = tellRight(context, next);
  if (told.state.name !== 'open') return told;
  const before = [...told.actions, ...context.replayed.map((frame) => tellAzure(frame, true))];
  return after(before, mindBudget(context, told.state, now));
}

/** Tells the session what it has to be, and which tools there are. */
function tellRight(context: Context, state: Open): Step {
  const { isLocked, tools } = context.operator;
  // What is the operator's is told in one.
  const right = setRight(context, isLocked ? { ...state, offered: tools } : state);
  return right.state.name === 'open' ? after(right.actions, offerTools(context, right.state)) : right;
}

function lost(_context: Context, state: RelayState, { ending, now }: Loss): Step {
  if (state.name !== 'open') return stay(state);
  const losses = lossesOf(state, now);
  if (isFinalLoss(losses, ending)) return end(state, ending);
  const code = ending.complaint?.code ?? 'upstream_lost';
  const left = withoutUnheard(state);
  // What is said meanwhile waits.
  const pace = { ...state.pace, isShut: true };
  return stay({ ...left.state, pace, losses }, [...left.actions, { do: 'redial', code }]);
}

function heard(context: Context, state: RelayState, { frame, now }: Arrival<string>): Step {
  if (state.name !== 'open') return stay(state);
  const type = eventType(frame);
  if (type === null) return end(state, afterNonsense);
  const event = OWN_TYPES.has(type) ? parseEvent(frame) : null;
  const here = goingOn(inTime(state, now), type);
  const ready = event === null ? stay(here) : prepare(context, here, event);
  if (ready.state.name !== 'open') return ready;
  const told = after(ready.actions, withoutChannel(whileOpen(context, ready.state, { type, frame, now })));
  if (event === null || told.state.name !== 'open') return told;
  const asker = askerOf(event, { before: ready.state, next: told.state });
  return after(told.actions, police(context, told.state, { event, now, asker }));
}

function askerOf(event: WireEvent, { before, next }: { readonly before: Open; readonly next: Open }): Asker {
  // What was asked for waits in a row, and each confirmation takes one out of it.
  const [first] = before.thrift.updates;
  if (event.type === 'session.updated') return first === undefined ? 'nobody' : ownerOf(first);
  // So do the answers of tools, which pass us, whoever gave them.
  if (next.ledger.calls.given.size < before.ledger.calls.given.size) return 'gateway';
  // And what came by the socket beside the sound was counted there.
  return confirmed(before.inFlight, event) === before.inFlight ? 'nobody' : 'beside';
}

function ownerOf({ isOurs }: Open['thrift']['updates'][number]): Asker {
  return isOurs ? 'gateway' : 'beside';
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

/** What Azure itself tells the browser is not told again on the socket beside. */
function withoutChannel({ state, actions }: Step): Step {
  return { state, actions: actions.filter((action) => !isOnChannel(action)) };
}

function isOnChannel(action: Action): boolean {
  if (action.do !== 'tell-browser' || typeof action.frame !== 'string') return false;
  return CHANNEL_TYPES.has(eventType(action.frame) ?? '');
}

/**
 * What `webrtcfilter=on` lets pass to a browser's data channel.
 * Source: https://learn.microsoft.com/azure/ai-foundry/openai/how-to/realtime-audio-webrtc
 */
const CHANNEL_TYPES: ReadonlySet<string> = new Set([
  'input_audio_buffer.speech_started',
  'input_audio_buffer.speech_stopped',
  'output_audio_buffer.started',
  'output_audio_buffer.stopped',
  'conversation.item.input_audio_transcription.completed',
  'conversation.item.added',
  'conversation.item.created',
  'response.output_text.delta',
  'response.output_text.done',
  'response.output_audio_transcript.delta',
  'response.output_audio_transcript.done',
]);

/** The microphone is always on: its sound goes up as time goes by. */
function inTime(state: Open, now: number): Open {
  const { pace } = state;
  const sentMs = pace.sentMs + Math.max(0, now - pace.sentAt);
  return { ...state, pace: { ...pace, sentMs, sentAt: now } };
}

/** An answer that was under way when the sideband was lost is not over when it still says something. */
function goingOn(state: Open, type: string): Open {
  const isBack = state.answering === 0 && state.spending.running.length > 0 && SAYING.has(type);
  return isBack ? { ...state, answering: 1 } : state;
}

const SAYING: ReadonlySet<string> = new Set([
  'response.output_text.delta',
  'response.output_audio_transcript.delta',
]);

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
      const sounding = track && { ...track, units: track.units + units, at: track.at ?? state.pace.sentAt };
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
      const isNeeded = limit !== null || isWritten || state.ledger.changedAt.length > 0;
      const complaint = { code: 'upstream_refused', message: 'Azure refused the session.' } as const;
      const about = answeredEvent(event);
      const isAboutOurs = state.thrift.updates.some(({ id, isOurs }) => isOurs && id === about);
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
