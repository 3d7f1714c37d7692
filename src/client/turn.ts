/**
 * Who is speaking, and what becomes of an answer that is talked over. Pure: a turn and an event in, a turn and what to do
 * out. Three facts of the wire shape it: answers come faster than they are spoken, so most are cut after they are complete;
 * a binary frame names no part, so it belongs to the one announced last; and voice detection hears coughs.
 */
import { durationMs } from '../protocol/audio-format.ts';
import type { Action } from './actions.ts';
import type { ServerEvent } from './server-events.ts';

/** One piece of spoken answer, from its announcement to its last sample. */
export interface Part {
  readonly number: number;
  readonly responseId: string;
  readonly itemId: string;
  readonly contentIndex: number;
  readonly receivedBytes: number;
  /** All of it has come. */
  readonly isWhole: boolean;
}

/** Someone speaks over an answer: the sound is held until it is clear whether that was something. */
export type Interruption =
  | { readonly name: 'none' }
  | {
      readonly name: 'speaking' | 'stopped';
      /** The items that what is being said will become. */
      readonly items: readonly string[];
      /** The responses being talked over. */
      readonly answers: readonly string[];
    };

export interface Turn {
  /** Announced and not yet heard to the end, oldest first. */
  readonly parts: readonly Part[];
  /** Cut, and waiting to be told how far it was heard. */
  readonly cut: readonly Part[];
  /** The part that binary frames belong to; null drops them. */
  readonly incoming: number | null;
  readonly nextPart: number;
  /** The response being made. */
  readonly response: string | null;
  /** Something was said or typed and no answer has begun. */
  readonly isAwaited: boolean;
  readonly interruption: Interruption;
  /** Responses nobody wants to hear any more of. */
  readonly unwanted: readonly string[];
}

export interface TurnStep {
  readonly turn: Turn;
  readonly actions: readonly Action[];
}

/** Talk that has lasted this long is no cough: the answer is cut before the model is asked again. */
export const CERTAIN_MS = 1200;

/** When it fell silent again and no turn was made of it within this time, the answer goes on. */
export const NOTHING_MS = 1500;

/** When a turn was made of it, this is how long its words or its answer may take to show that it was meant. */
export const VERDICT_MS = 2500;

const REMEMBERED = 16;
const NO_INTERRUPTION: Interruption = { name: 'none' };
const HUSH: readonly Action[] = [{ type: 'clear-timer', name: 'interruption' }];

/** Before anything was said. */
export const freshTurn: Turn = {
  parts: [],
  cut: [],
  incoming: null,
  nextPart: 1,
  response: null,
  isAwaited: false,
  interruption: NO_INTERRUPTION,
  unwanted: [],
};

/** Whether there is an answer to cut: sounding, about to, or being made. */
export function isAnswering(turn: Turn): boolean {
  return turn.parts.length > 0 || wantedResponse(turn) !== null;
}

/** Whether the assistant is heard, or would be but for a hold. */
export function isAudible(turn: Turn): boolean {
  return turn.parts.some((part) => part.receivedBytes > 0);
}

/** Follows an event from the gateway. */
export function followTurn(turn: Turn, event: ServerEvent): TurnStep {
  switch (event.type) {
    case 'input_audio_buffer.speech_started':
      return speechStarted(turn, event.itemId);
    case 'input_audio_buffer.speech_stopped':
      return speechStopped(turn);
    case 'input_audio_buffer.committed':
      return committed({ ...turn, isAwaited: true });
    case 'conversation.item.input_audio_transcription.delta':
      return event.delta.trim() === '' ? stay(turn) : meant(turn, event.itemId);
    case 'conversation.item.input_audio_transcription.completed':
      return event.transcript.trim() === '' ? wasNothing(turn, event.itemId) : meant(turn, event.itemId);
    case 'conversation.item.input_audio_transcription.failed':
      return meant(turn, event.itemId);
    case 'response.created':
      return stay({ ...turn, response: event.responseId, isAwaited: true });
    case 'response.content_part.added':
      return event.isAudio ? partAdded(turn, event) : stay(turn);
    case 'response.output_audio.done':
      return partsWhole(turn, (part) => part.itemId === event.itemId);
    case 'response.done':
      return responseDone(turn, event.responseId);
    case 'gateway.session':
    case 'gateway.warning':
    case 'conversation.item.added':
    case 'answer.delta':
    case 'answer.done':
    case 'error':
      return stay(turn);
  }
}

/** Takes a binary frame: the next sound of the part announced last. */
export function takeSound(turn: Turn, pcm: ArrayBuffer): TurnStep {
  const { incoming } = turn;
  if (incoming === null) return stay(turn);
  const parts = turn.parts.map((part) =>
    part.number === incoming ? { ...part, receivedBytes: part.receivedBytes + pcm.byteLength } : part,
  );
  return { turn: { ...turn, parts }, actions: [{ type: 'play', part: incoming, pcm }] };
}

/** The last sample of a part was played; those before it are over too. */
export function partEnded(turn: Turn, number: number): Turn {
  return { ...turn, parts: turn.parts.filter((part) => part.number > number) };
}

/** Cuts every answer, because the person typed or asked for silence: a response still being made is cancelled. */
export function cutByHand(turn: Turn): TurnStep {
  const answers = answersOf(turn);
  const step = cutAnswers(turn, answers);
  const response = wantedResponse(turn);
  if (response === null) return step;
  const cancel: Action = { type: 'send', event: { type: 'response.cancel', response_id: response } };
  return { turn: { ...step.turn, isAwaited: false }, actions: [cancel, ...step.actions] };
}

/** The interruption's clock ran out. */
export function interruptionTimedOut(turn: Turn): TurnStep {
  const { interruption } = turn;
  if (interruption.name === 'none') return stay(turn);
  const isAnswered = turn.response !== null && !interruption.answers.includes(turn.response);
  if (interruption.name === 'speaking' || isAnswered) return cutAnswers(turn, interruption.answers);
  return goOn(turn);
}

/** How far a part that was cut had come, in milliseconds heard. */
export interface Heard {
  readonly part: number;
  readonly heardMs: number;
}

/** What was cut, with what of it was heard and received. */
export interface Cut {
  readonly itemId: string;
  readonly heardMs: number;
  readonly receivedMs: number;
  readonly isWhole: boolean;
}

/** The flush has told what was heard: Azure is told too, so that the conversation keeps only that. */
export function flushed(turn: Turn, heard: readonly Heard[]): TurnStep & { readonly cuts: readonly Cut[] } {
  const cuts: Cut[] = [];
  const actions: Action[] = [];
  for (const { part: number, heardMs } of heard) {
    const part = turn.cut.find((it) => it.number === number);
    if (part === undefined || part.receivedBytes === 0) continue;
    const receivedMs = Math.floor(durationMs(part.receivedBytes));
    const endMs = Math.max(0, Math.min(Math.floor(heardMs), receivedMs));
    if (part.isWhole && endMs === receivedMs) continue;
    cuts.push({ itemId: part.itemId, heardMs: endMs, receivedMs, isWhole: part.isWhole });
    actions.push({
      type: 'send',
      event: {
        type: 'conversation.item.truncate',
        item_id: part.itemId,
        content_index: part.contentIndex,
        audio_end_ms: endMs,
      },
    });
  }
  const told = new Set(heard.map(({ part }) => part));
  return { turn: { ...turn, cut: turn.cut.filter((part) => !told.has(part.number)) }, actions, cuts };
}

function speechStarted(turn: Turn, itemId: string): TurnStep {
  const { interruption } = turn;
  if (interruption.name === 'none' && !isAnswering(turn)) return stay({ ...turn, isAwaited: false });
  const before = interruption.name === 'none' ? { items: [], answers: answersOf(turn) } : interruption;
  const next: Interruption = { name: 'speaking', items: [...before.items, itemId], answers: before.answers };
  return {
    turn: { ...turn, isAwaited: false, interruption: next },
    actions: [{ type: 'hold' }, { type: 'set-timer', name: 'interruption', ms: CERTAIN_MS }],
  };
}

function speechStopped(turn: Turn): TurnStep {
  if (turn.interruption.name === 'none') return stay(turn);
  return {
    turn: { ...turn, interruption: { ...turn.interruption, name: 'stopped' } },
    actions: [{ type: 'set-timer', name: 'interruption', ms: NOTHING_MS }],
  };
}

function committed(turn: Turn): TurnStep {
  if (turn.interruption.name === 'none') return stay(turn);
  return { turn, actions: [{ type: 'set-timer', name: 'interruption', ms: VERDICT_MS }] };
}

function meant(turn: Turn, itemId: string): TurnStep {
  const { interruption } = turn;
  if (interruption.name === 'none' || !interruption.items.includes(itemId)) return stay(turn);
  return cutAnswers(turn, interruption.answers);
}

/** No word was in it. An answer begun to it before this was known is not wanted. */
function wasNothing(turn: Turn, itemId: string): TurnStep {
  const { interruption, response } = turn;
  if (interruption.name === 'none') return stay(response === null ? { ...turn, isAwaited: false } : turn);
  if (!interruption.items.includes(itemId)) return stay(turn);
  const step = goOn({ ...turn, isAwaited: false });
  if (response === null || interruption.answers.includes(response)) return step;
  return {
    turn: { ...step.turn, unwanted: remember(turn.unwanted, [response]) },
    actions: [{ type: 'send', event: { type: 'response.cancel', response_id: response } }, ...step.actions],
  };
}

function goOn(turn: Turn): TurnStep {
  return { turn: { ...turn, interruption: NO_INTERRUPTION }, actions: [...HUSH, { type: 'resume' }] };
}

function partAdded(
  turn: Turn,
  event: Extract<ServerEvent, { type: 'response.content_part.added' }>,
): TurnStep {
  const { responseId, itemId, contentIndex } = event;
  if (turn.unwanted.includes(responseId)) return stay({ ...turn, incoming: null });
  const { interruption } = turn;
  // A new answer begins while the old one is held: it was meant.
  const isNew = interruption.name !== 'none' && !interruption.answers.includes(responseId);
  const step = isNew ? cutAnswers(turn, interruption.answers) : stay(turn);
  const number = step.turn.nextPart;
  const part: Part = { number, responseId, itemId, contentIndex, receivedBytes: 0, isWhole: false };
  const parts = [...step.turn.parts, part];
  return {
    turn: { ...step.turn, parts, incoming: number, nextPart: number + 1, isAwaited: false },
    actions: step.actions,
  };
}

function responseDone(turn: Turn, responseId: string): TurnStep {
  const isLatest = turn.response === responseId;
  const isAwaited = turn.isAwaited && !(isLatest && !turn.unwanted.includes(responseId));
  const next = { ...turn, isAwaited, response: isLatest ? null : turn.response };
  const step = partsWhole(next, (part) => part.responseId === responseId);
  // A part that never sounded will never end.
  const parts = step.turn.parts.filter((part) => part.receivedBytes > 0 || part.responseId !== responseId);
  const after = leaveMoot({ ...step.turn, parts });
  return { turn: after.turn, actions: [...step.actions, ...after.actions] };
}

/** The answer that was talked over is gone before any of it sounded: there is nothing left to hold or to cut. */
function leaveMoot(turn: Turn): TurnStep {
  const { interruption } = turn;
  return interruption.name === 'none' || isAnswering(turn) ? stay(turn) : goOn(turn);
}

function partsWhole(turn: Turn, isMeant: (part: Part) => boolean): TurnStep {
  const ending = turn.parts.filter((part) => !part.isWhole && isMeant(part));
  const parts = turn.parts.map((part) => (ending.includes(part) ? { ...part, isWhole: true } : part));
  return { turn: { ...turn, parts }, actions: ending.map((part) => ({ type: 'finish', part: part.number })) };
}

function cutAnswers(turn: Turn, answers: readonly string[]): TurnStep {
  const cut = turn.parts.filter((part) => answers.includes(part.responseId));
  const parts = turn.parts.filter((part) => !cut.includes(part));
  return {
    turn: {
      ...turn,
      parts,
      cut: [...turn.cut, ...cut].slice(-REMEMBERED),
      incoming: parts.some((part) => part.number === turn.incoming) ? turn.incoming : null,
      interruption: NO_INTERRUPTION,
      unwanted: remember(turn.unwanted, answers),
    },
    actions: [...HUSH, { type: 'flush' }],
  };
}

function answersOf(turn: Turn): readonly string[] {
  const answers = new Set(turn.parts.map((part) => part.responseId));
  const response = wantedResponse(turn);
  if (response !== null) answers.add(response);
  return [...answers];
}

/** The response being made, unless it was cut already and only its end is still to come. */
function wantedResponse({ response, unwanted }: Turn): string | null {
  return response !== null && unwanted.includes(response) ? null : response;
}

function remember(known: readonly string[], more: readonly string[]): readonly string[] {
  return [...known, ...more].slice(-REMEMBERED);
}

function stay(turn: Turn): TurnStep {
  return { turn, actions: [] };
}
