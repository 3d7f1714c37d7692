/** What becomes of a frame of Azure's while both ends talk. Pure. */
import { scrubError } from '../azure/scrub-error.ts';
import { isAboutOwnItem, namingTypes, withoutOwnItems } from '../azure/own-items.ts';
import { scrubFrame, scrubSession } from '../azure/scrub.ts';
import { isDetecting, isSelfAnswering, withUpdate } from '../azure/session.ts';
import { NOTHING, transcriptionCost } from '../azure/usage.ts';
import { audioOfDelta, audioPartOf, isRecord, parseEvent, type WireEvent } from '../azure/wire.ts';
import { tellBrowser, type Action } from './actions.ts';
import { madeCall } from '../azure/tool-calls.ts';
import { begin, finish, refused, TOOLS_ASK } from './answers.ts';
import type { Reader } from './browser-frame.ts';
import type { Context } from './context.ts';
import { confirmed, confirmingTypes, withQuestions } from './in-flight.ts';
import { answeredEvent, causeOf, codeOf, isRefusalOfAppend } from './ledger.ts';
import { trackOf, withFrame } from './recorded-answer.ts';
import { follow, isOurs, watchedTypes } from './recorder.ts';
import { after, end, refuse, stay, type Ending, type Open, type Step } from './relay-state.ts';
import { REPLAYED } from './replay.ts';
import { withSound, withWords } from './seen.ts';
import { withSpeech } from './spending.ts';
import { heardOfCalls, answerRefused, TOOL_ANSWER } from './tool-answers.ts';
import { answererIn, followTools, hasTools, toolTypes } from './tool-steps.ts';

/** A frame of Azure's, its type, and when it came. */
export interface AzureFrame {
  readonly frame: string;
  readonly type: string;
  readonly now: number;
}

/** The frame, and what it says where somebody has read it already. */
interface Read extends AzureFrame {
  readonly event: WireEvent | null;
}

/** The ending when Azure sends what is no event. */
export const afterNonsense: Ending = {
  as: 'upstreamFailed',
  complaint: { code: 'upstream_lost', message: 'Azure sent something that is not an event.' },
};

/** Decides what becomes of a frame of an open session. */
export function whileOpen(context: Context, state: Open, arrival: AzureFrame): Step {
  const { type, frame, now } = arrival;
  // The hot path: sound is neither parsed nor copied.
  if (type === 'response.output_audio.delta') return passSound(context, state, arrival);
  const isTold = watchedTypes.has(type) || namingTypes.has(type) || confirmingTypes.has(type);
  const isOfTools = toolTypes.has(type) && hasTools(context);
  if (!isTold && !isOfTools) return pass(context, state, { ...arrival, event: null });
  const event = parseEvent(frame);
  if (event === null) return pass(context, state, { ...arrival, event });
  const tooled = followTools(context, state, event);
  return after(tooled.actions, tell(context, tooled.state, { type, frame, now, event }));
}

/** The event comes down as if nothing of the gateway's own were in the conversation, and is remembered as it is. */
function tell(context: Context, state: Open, arrival: Read & { readonly event: WireEvent }): Step {
  const { type, frame, now, event } = arrival;
  const { items } = state.tools;
  const shown = isAboutOwnItem(event, items) ? null : withoutOwnItems(event, items);
  const seen = shown === event ? frame : JSON.stringify(shown);
  const step =
    shown === null
      ? stay(heardOfCall(context, state, arrival))
      : pass(context, state, { type, frame: seen, now, event: shown });
  const isTelling =
    shown === null && !(isRecord(event['item']) && event['item']['type'] === 'function_call_output');
  return remembered(isTelling ? step : landed(step, event), event, now);
}

/** The step without what the event confirms: it need not be sent again. */
function landed(step: Step, event: WireEvent): Step {
  const { state, actions } = step;
  if (state.name !== 'open') return step;
  const inFlight = withQuestions(confirmed(state.inFlight, event), state.spending.asked);
  return { state: { ...state, inFlight }, actions };
}

/** The step with what is to be kept of the event. */
function remembered({ state, actions }: Step, event: WireEvent, now: number): Step {
  if (state.name !== 'open') return { state, actions };
  const cost = actions.find((action) => action.do === 'settle')?.amount ?? NOTHING;
  const watched = { event, now, track: state.track, cost };
  const { recorder, actions: kept } = follow(state.recorder, watched);
  const track = event.type === 'response.content_part.added' ? trackOf(event) : null;
  const isNew = track !== null && isOurs(recorder, track);
  return {
    state: { ...state, recorder, track: isNew ? track : state.track },
    actions: [...actions, ...kept],
  };
}

function pass(context: Context, state: Open, arrival: Read): Step {
  const { type, frame } = arrival;
  switch (type) {
    case 'response.content_part.added': {
      const part = context.lane === 'binary' && arrival.event !== null ? audioPartOf(arrival.event) : null;
      return stay({ ...state, part: part ?? state.part }, [tellBrowser(frame)]);
    }
    case 'response.output_text.delta':
    case 'response.output_audio_transcript.delta':
    case 'response.function_call_arguments.delta':
      return stay({ ...state, seen: withWords(state.seen, frame) }, [tellBrowser(frame)]);
    case 'input_audio_buffer.speech_started':
    case 'input_audio_buffer.speech_stopped':
    case 'input_audio_buffer.committed':
      return stay(heardSpeech(state, arrival), [tellBrowser(frame), { do: 'note-activity' }]);
    case 'conversation.item.input_audio_transcription.completed':
      return passTranscript(context, state, arrival);
    case 'response.created':
    case 'response.done':
      return passResponse(context, state, arrival);
    case 'session.created':
    case 'session.updated':
      return passSession(context, state, frame);
    case 'error':
      return passError(context, state, arrival);
    case 'response.function_call_arguments.done':
    case 'response.output_item.done':
    case 'conversation.item.added':
      return stay(heardOfCall(context, state, arrival), [
        tellBrowser(scrubFrame(arrival, context.operator, arrival.event)),
      ]);
    default:
      return stay(state, [tellBrowser(scrubFrame(arrival, context.operator, arrival.event))]);
  }
}

/** An error of Azure's reaches the browser as it is, but for an event id that we stamped and words of the operator's. */
export function errorActions({ operator }: Reader, event: WireEvent): readonly [Action, Action] {
  const cause = causeOf(event);
  const clean = scrubError(event, operator, cause);
  const error = isRecord(clean['error']) ? clean['error'] : {};
  const told = cause === null ? clean : { ...clean, error: { ...error, event_id: null } };
  return [
    { do: 'log-error', code: codeOf(event), cause: cause ?? 'unknown' },
    tellBrowser(JSON.stringify(told)),
  ];
}

/** A call of the model's is its client's to answer, or was answered. */
function heardOfCall(context: Context, state: Open, { event: known, frame }: Read): Open {
  // An item may hold a whole utterance: it is read only when it can be about a call.
  const event = frame.includes('function_call') ? (known ?? parseEvent(frame)) : null;
  const made = event === null ? null : madeCall(event);
  if (event === null || (made !== null && answererIn(context, state, made.name) === 'gateway')) return state;
  return { ...state, ledger: { ...state.ledger, calls: heardOfCalls(state.ledger.calls, event, 'client') } };
}

function passSound({ lane }: Context, state: Open, { frame, now }: AzureFrame): Step {
  const sound = lane === 'binary' && state.part ? audioOfDelta(frame, state.part) : null;
  const { track } = state;
  // Only where two answers sound at once may a frame be of another one.
  const isOfTrack = track !== null && (state.answering < 2 || frame.includes(`"item_id":"${track.itemId}"`));
  const seen = withSound(state.seen, frame.length);
  const next = { ...state, seen, track: isOfTrack ? withFrame(track, frame, now) : track };
  return stay(next, [tellBrowser(sound ?? frame)]);
}

/** How long the person spoke, by Azure's own clock; without voice detection, by the sound that went up. */
function heardSpeech(state: Open, arrival: Read): Open {
  const { type } = arrival;
  const { speech, pace, spending } = state;
  const event = read(arrival);
  if (type === 'input_audio_buffer.speech_started') {
    return { ...state, isReplyOwed: false, speech: { ...speech, startMs: msOf(event, 'audio_start_ms') } };
  }
  if (type === 'input_audio_buffer.speech_stopped') {
    const ms = (msOf(event, 'audio_end_ms') ?? 0) - (speech.startMs ?? 0);
    return {
      ...state,
      isReplyOwed: state.isSelfAnswering,
      spending: withSpeech(spending, ms),
      speech: { ...speech, startMs: null, isCounted: true },
    };
  }
  const ms = speech.isCounted ? 0 : pace.sentMs - speech.markMs;
  return {
    ...state,
    spending: withSpeech(spending, ms),
    speech: { startMs: null, isCounted: false, markMs: pace.sentMs },
  };
}

function passTranscript({ tariff }: Context, state: Open, arrival: Read): Step {
  const { frame } = arrival;
  const event = read(arrival);
  if (event === null) return end(state, afterNonsense);
  const amount = transcriptionCost(event, tariff.transcripts);
  return stay(state, [tellBrowser(frame), { do: 'settle', id: null, amount }]);
}

function passResponse(context: Context, state: Open, arrival: Read): Step {
  const { type, now } = arrival;
  const event = read(arrival);
  if (event === null) return end(state, afterNonsense);
  const isBegun = type === 'response.created';
  const answering = Math.max(0, state.answering + (isBegun ? 1 : -1));
  const losses = isBegun ? state.losses : 0;
  const next: Open = { ...state, answering, isReplyOwed: false, losses };
  const told = [tellBrowser(scrubFrame(arrival, context.operator, event)), { do: 'note-activity' }] as const;
  return after(told, isBegun ? begin(context, next, { event, now }) : finish(context, next, event));
}

function passSession({ operator }: Context, state: Open, frame: string): Step {
  const event = parseEvent(frame);
  if (event === null) return end(state, afterNonsense);
  const [first, ...updates] = state.thrift.updates;
  const isConfirmation = event.type === 'session.updated' && first !== undefined;
  const next: Open = {
    ...state,
    isSelfAnswering: isSelfAnswering(event),
    isDetecting: isDetecting(event),
    chosen: isConfirmation ? withUpdate(state.chosen, first.asked) : state.chosen,
    thrift: isConfirmation ? { ...state.thrift, updates } : state.thrift,
  };
  // The client did not ask for ours and would not know what to make of it.
  if (isConfirmation && first.isOurs) return stay(next);
  return stay(next, [tellBrowser(JSON.stringify(scrubSession(event, operator)))]);
}

function passError(context: Context, state: Open, { frame, now }: AzureFrame): Step {
  const event = parseEvent(frame);
  if (event === null) return end(state, afterNonsense);
  // What was told again concerns no client, nor does the end of a session that another follows.
  const cause = causeOf(event) ?? '';
  const isHidden = [REPLAYED, TOOL_ANSWER].includes(cause) || codeOf(event) === 'session_expired';
  if (isHidden) return stay(withoutAnswer(state, event), [errorActions(context, event)[0]]);
  const asked = withoutAnswer({ ...state, isReplyOwed: false }, event);
  const about = refused(asked, event);
  const given = about?.step ?? stay(asked);
  if (given.state.name !== 'open') return given;
  const next = withoutUpdate(given.state, event);
  const [noted, told] = errorActions(context, event);
  // What we asked for by ourselves is asked again, or not; the client never hears of it.
  if (about?.isOurs) return stay(askLater(next.state, event), [...given.actions, noted]);
  // Nor does it hear that the person's own turn was quicker than an answer after tools.
  const isOvertaken = cause === TOOLS_ASK && codeOf(event) === 'conversation_already_has_active_response';
  if (next.isOurs || isOvertaken) return stay(next.state, [...given.actions, noted]);
  // Appends go up unparsed, so a bad one is Azure's to refuse; it counts as if we had.
  const step = isRefusalOfAppend(event) ? refuse(next.state, told, now) : stay(next.state, [told]);
  return after([...given.actions, noted], step);
}

/** The sentence that was to be said aloud is said when the answer that stood in its way is done; else it goes unsaid. */
function askLater(state: Open, error: WireEvent): Open {
  if (codeOf(error) !== 'conversation_already_has_active_response') return state;
  return { ...state, thrift: { ...state.thrift, wrap: 'due' } };
}

function withoutAnswer(state: Open, error: WireEvent): Open {
  const calls = answerRefused(state.ledger.calls, answeredEvent(error));
  return { ...state, ledger: { ...state.ledger, calls } };
}

function withoutUpdate(state: Open, error: WireEvent): { state: Open; isOurs: boolean } {
  const about = answeredEvent(error);
  const mine = state.thrift.updates.find(({ id }) => id === about);
  if (!mine) return { state, isOurs: false };
  const updates = state.thrift.updates.filter((one) => one !== mine);
  return { state: { ...state, thrift: { ...state.thrift, updates } }, isOurs: mine.isOurs };
}

function read({ event, frame }: Read): WireEvent | null {
  return event ?? parseEvent(frame);
}

function msOf(event: WireEvent | null, key: string): number | null {
  const value = event?.[key];
  return typeof value === 'number' ? value : null;
}
