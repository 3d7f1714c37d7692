/**
 * Who is speaking, and what becomes of an answer that is talked over. Pure: a turn and an event in, a turn and what to do
 * out. Three facts of the wire shape it: answers come faster than they are spoken, so most are cut after they are complete;
 * a binary frame names no part, so it belongs to the one announced last; and voice detection hears coughs.
 */
import type { Action } from './actions.ts';

/** One piece of spoken answer, from its announcement to its last sample. */
export interface Part {
  readonly number: number;
  readonly responseId: string;
  readonly itemId: string;
  readonly contentIndex: number;
  readonly receivedBytes: number;
  /** So much of its beginning was heard before the page was loaded again, and is not played. */
  readonly heardBytes: number;
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
      /** What to play of the reply that Azure has begun already, once it is clear that there was something to reply to. */
      readonly reply: readonly Action[];
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
  /** Tools of the gateway's at work: the model goes on after them. */
  readonly working: number;
  readonly interruption: Interruption;
  /** The response that Azure plays by itself, on the track of a call by WebRTC. */
  readonly playing: string | null;
  /** Responses nobody wants to hear any more of. */
  readonly unwanted: readonly string[];
  /** How much of the sound of an item was heard before the page was loaded again, in bytes. */
  readonly heardBefore: Readonly<Record<string, number>>;
}

export interface TurnStep {
  readonly turn: Turn;
  readonly actions: readonly Action[];
}

/** Before anything was said. */
export const freshTurn: Turn = {
  parts: [],
  cut: [],
  incoming: null,
  nextPart: 1,
  response: null,
  isAwaited: false,
  working: 0,
  interruption: { name: 'none' },
  playing: null,
  unwanted: [],
  heardBefore: {},
};

/** Whether nothing is under way: what comes next needs nothing of what came so far. */
export function isSettled(turn: Turn): boolean {
  const { cut, isAwaited, interruption } = turn;
  const isBusy = answersOf(turn).length > 0 || cut.length > 0 || turn.response !== null || isAwaited;
  return !isBusy && interruption.name === 'none';
}

/** Whether there is an answer to cut: sounding, about to, or being made. */
export function isAnswering(turn: Turn): boolean {
  return answersOf(turn).length > 0;
}

/** Whether the assistant is heard, or would be but for a hold. */
export function isAudible(turn: Turn): boolean {
  return turn.playing !== null || turn.parts.some((part) => part.receivedBytes > 0);
}

/** Every response that is heard, waits to be, or is being made. */
export function answersOf(turn: Turn): readonly string[] {
  const answers = new Set(turn.parts.map((part) => part.responseId));
  for (const response of [turn.playing, wantedResponse(turn)]) if (response !== null) answers.add(response);
  return [...answers];
}

/** The response being made, unless it was cut already and only its end is still to come. */
export function wantedResponse({ response, unwanted }: Turn): string | null {
  return response !== null && unwanted.includes(response) ? null : response;
}

/** Nothing to do. */
export function stay(turn: Turn): TurnStep {
  return { turn, actions: [] };
}
