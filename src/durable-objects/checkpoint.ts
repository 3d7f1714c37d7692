/**
 * What of a call is written down while it lives, so that its browser may come back although the object was lost: a crash,
 * a deploy, a move. Pure.
 */
import type { Chosen } from '../azure/session.ts';
import type { Context } from './context.ts';
import { isLanded, nothingInFlight } from './in-flight.ts';
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
  /** Frames of the browser's that need not come again: those before the last moment at which nothing waited for Azure's word. */
  readonly received: number;
  readonly chosen: Chosen;
  /** Answers under way, as Azure announced them. */
  readonly responses: readonly Readonly<Record<string, unknown>>[];
  /** Calls of tools that the client is to answer. */
  readonly waiting: readonly string[];
}

/** A token is good for so long after the last sign of life of its call: ten minutes, and the time between two such signs. */
export const GOOD_FOR_MS = 10 * 60_000 + 30_000;

/** How far the talk has come now; null while it has not begun. `heard`: frames that the browser sent so far. */
export function standingOf(before: Standing | null, state: RelayState, heard: number): Standing | null {
  if (state.name !== 'open') return before;
  const { inFlight, pace, chosen, ledger } = state;
  const waiting = [...waitingCalls(ledger.calls)];
  const { responses } = inFlight;
  if (!isLanded(inFlight)) return { received: before?.received ?? 0, chosen, responses, waiting };
  // What is left in flight is sound that may be the beginning of a turn.
  const received = Math.max(before?.received ?? 0, heard - inFlight.sent.length - pace.held.length);
  return { received, chosen, responses, waiting };
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
