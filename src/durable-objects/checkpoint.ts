/**
 * What of a call is written down while it lives, so that its browser may come back although the object was lost: a crash,
 * a deploy, a move. Pure.
 */
import type { Chosen } from '../azure/session.ts';
import type { Context } from './context.ts';
import { nothingInFlight } from './in-flight.ts';
import { emptyLedger } from './ledger.ts';
import type { SessionUse } from './meter.ts';
import { freshOpen } from './open-state.ts';
import type { Open, RelayState } from './relay-state.ts';
import type { FrameCount } from './session-record.ts';
import { callsThatWait, waitingCalls } from './tool-answers.ts';

/** A call as it was last written down. Times in Unix milliseconds. */
export interface Checkpoint extends CallFacts, Standing {
  readonly version: 1;
  /** When the call was last known to be there. */
  readonly aliveAt: number;
}

/** Which call, and what it came to. */
export interface CallFacts {
  readonly sessionId: string;
  readonly conversationId: string;
  readonly startedAt: number;
  /** Its client may have put into the session what nobody can take out of it again. */
  readonly isUnlocked: boolean;
  /** Hashes of the tokens that bring its browser back, the oldest first. */
  readonly keys: readonly string[];
  readonly use: SessionUse;
  readonly count: FrameCount;
}

/** How far the talk had come. */
export interface Standing {
  /** Frames of the browser's that need not come again: those before the first for which Azure's word is waited. */
  readonly received: number;
  /** Frames behind that which need not either, by their numbers, counted from 1: what they said is said. */
  readonly known: readonly number[];
  readonly chosen: Chosen;
  /** Answers under way, as Azure announced them. */
  readonly responses: readonly Announced[];
  /** The last answers that were done, and how many frames had gone down then: a browser that got fewer waits for their end. */
  readonly finished: readonly { readonly response: Announced; readonly sent: number }[];
  /** How often the browser had come back to this object: each time the frames that it missed get other numbers. */
  readonly returns: number;
  /** Calls of tools that the client is to answer. */
  readonly waiting: readonly string[];
}

/** A token is good for so long after the last sign of life of its call: ten minutes, and the time between two such signs. */
export const GOOD_FOR_MS = 10 * 60_000 + 30_000;

/** An answer as Azure announced it. */
type Announced = Readonly<Record<string, unknown>>;

/** Answers that were done are remembered so many. */
const MOST_FINISHED = 8;

/** What went over the browser's sockets: frames up, and which of them were text, by their numbers; frames down. */
export interface FramesCounted {
  readonly heard: number;
  readonly texts: readonly number[];
  readonly sent: number;
  readonly returned: Returned;
}

/** The last return of a browser: the how manieth it was, what it had got, and how many frames had gone down right after it. */
export interface Returned {
  readonly count: number;
  readonly received: number;
  readonly sent: number;
}

/** No browser has come back. */
export const neverReturned: Returned = { count: 0, received: 0, sent: 0 };

/** How far the talk has come now; null while it has not begun. */
export function standingOf(
  before: Standing | null,
  state: RelayState,
  { heard, texts, sent, returned }: FramesCounted,
): Standing | null {
  const responses = state.name === 'open' ? state.inFlight.responses : [];
  const isDone = ({ id }: Announced): boolean => !responses.some((one) => one['id'] === id);
  const done = (before?.responses ?? []).filter(isDone).map((response) => ({ response, sent }));
  const finished = [...(before ? renumbered(before, returned) : []), ...done].slice(-MOST_FINISHED);
  const { count: returns } = returned;
  if (state.name !== 'open') return before && { ...before, responses, finished, returns };
  const { inFlight, pace, chosen, ledger } = state;
  const frames = [...inFlight.sent.map(({ frame }) => frame), ...pace.held];
  const open = new Set(frames.flatMap(({ number }) => (number === undefined ? [] : [number])));
  const received = open.size === 0 ? heard : Math.min(...open) - 1;
  const known = texts.filter((number) => number > received && !open.has(number));
  const waiting = [...waitingCalls(ledger.calls)];
  return { received, known, chosen, responses, finished, returns, waiting };
}

/** What a browser missed that came back goes down anew, at the latest as the last of all. */
function renumbered(
  { finished, returns }: Standing,
  { count, received, sent }: Returned,
): Standing['finished'] {
  if (returns === count) return finished;
  return finished.map((one) => (one.sent > received ? { ...one, sent } : one));
}

/** The standing of a call whose browser got so many frames: what it has seen begin and not end is under way for it. */
export function standingFor(standing: Standing, received: number): Standing {
  const unseen = standing.finished.filter(({ sent }) => sent > received).map(({ response }) => response);
  return { ...standing, responses: [...unseen, ...standing.responses], finished: [], returns: 0 };
}

/** The state of a call that has to go on from a checkpoint: open, and about to find its Azure gone. */
export function stateFrom(
  { operator }: Context,
  { chosen, responses, waiting }: Standing,
  now: number,
): Open {
  const ledger = { ...emptyLedger, calls: callsThatWait(waiting) };
  const inFlight = { ...nothingInFlight, responses };
  return { ...freshOpen({ ledger, operator, now }), chosen, inFlight };
}
