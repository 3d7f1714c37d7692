/** Where a call stands, and the steps that are the same wherever it stands. Pure. */
import type { Chosen } from '../azure/session.ts';
import type { AudioPart, WireEvent } from '../azure/wire.ts';
import type { CloseName } from '../protocol/close-codes.ts';
import type { Complaint } from '../protocol/errors.ts';
import { REFUSED_FRAMES, REFUSED_WINDOW_MS } from '../protocol/limits.ts';
import { tellError, type Action } from './actions.ts';
import type { BudgetMark } from './budget-words.ts';
import type { InFlight } from './in-flight.ts';
import { emptyLedger, type Ledger } from './ledger.ts';
import type { Pace } from './pace.ts';
import { emptyPrelude, type Prelude } from './prelude.ts';
import type { Track } from './recorded-answer.ts';
import type { Recorder } from './recorder.ts';
import type { Seen } from './seen.ts';
import type { Spending } from './spending.ts';
import type { OperatorTool } from '../azure/operator-tools.ts';
import type { ToolSteps } from './tool-steps-state.ts';

/** Where a call stands between its two sockets. */
export type RelayState =
  | {
      readonly name: 'dialling';
      readonly ledger: Ledger;
      readonly prelude: Prelude;
      /** Null before the call was open for the first time. */
      readonly carried: Carried | null;
    }
  | {
      readonly name: 'configuring';
      readonly ledger: Ledger;
      readonly prelude: Prelude;
      readonly carried: Carried | null;
      readonly created: WireEvent | null;
      readonly asked: 'opening' | 'fallback';
      /** The tools that Azure was told of. */
      readonly offered: readonly OperatorTool[];
    }
  | {
      readonly name: 'open';
      readonly ledger: Ledger;
      /** The audio part that binary frames down belong to. */
      readonly part: AudioPart | null;
      /** Responses begun and not done. */
      readonly answering: number;
      /** What the person says is answered without being asked for: voice detection creates responses. */
      readonly isSelfAnswering: boolean;
      /** Voice detection hears when the person speaks. */
      readonly isDetecting: boolean;
      /** The person has spoken, and the answer has not begun. */
      readonly isReplyOwed: boolean;
      readonly pace: Pace;
      readonly spending: Spending;
      readonly speech: Speech;
      /** What came so far of the answers under way. */
      readonly seen: Seen;
      readonly thrift: Thrift;
      /** What of the call may still have to be remembered, and the sound on its way down. */
      readonly recorder: Recorder;
      readonly track: Track | null;
      /** When this session of Azure's was open, and when it ends by itself; null: Azure did not say. Unix milliseconds. */
      readonly openedAt: number;
      readonly expiresAt: number | null;
      /** Sessions lost in a row, since the last that came to something. */
      readonly losses: number;
      /** What another session would have to be told: the client's settings, and what went up and may be lost. */
      readonly chosen: Chosen;
      readonly inFlight: InFlight;
      /** Items of sessions before this one that a client may still name. */
      readonly former: ReadonlySet<string>;
      /** The tools that Azure was told of, and how far the model has come with them. */
      readonly offered: readonly OperatorTool[];
      readonly tools: ToolSteps;
    }
  | { readonly name: 'ended' };

/** What goes on when a session of Azure's is gone. */
export interface Carried {
  readonly reason: 'lost' | 'expiry';
  /** Since when nobody hears what comes up, in Unix milliseconds. */
  readonly since: number;
  readonly losses: number;
  /** The call as it stood, with everything settled that was under way. */
  readonly open: Open;
}

/** Both ends talk. */
export type Open = Extract<RelayState, { name: 'open' }>;

/** What is known of the person's speech, so that an answer's price can be told before it is made. Milliseconds. */
export interface Speech {
  /** Where voice detection heard the turn begin, on Azure's clock of the buffer; null when it hears none. */
  readonly startMs: number | null;
  /** The turn was measured by voice detection: its commit adds nothing. */
  readonly isCounted: boolean;
  /** How much sound had gone up at the last commit. */
  readonly markMs: number;
}

/** How a call saves money near the end of a budget. */
export interface Thrift {
  /** The highest mark that was reached on the day that ends then (Unix milliseconds): none, 80 or 95 per cent. */
  readonly told: BudgetMark;
  readonly resetsAt: number;
  /** `due`: the person has to be told aloud as soon as nobody speaks. `done`: the talk goes on in writing. */
  readonly wrap: 'no' | 'due' | 'done';
  /** The longest answer Azure was told to give in this session, in tokens; null: it was told nothing. */
  readonly limit: number | null;
  /** Azure was told to answer in writing. */
  readonly isWritten: boolean;
  /** Whose updates of the session Azure has not confirmed yet, oldest first, by event id; ours are not told. */
  readonly updates: readonly {
    readonly id: string;
    readonly isOurs: boolean;
    /** What it asks for, when a client does. */
    readonly asked: Chosen;
  }[];
}

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
  carried: null,
};

/** A state in which something may still happen. */
export type Live = Exclude<RelayState, { name: 'ended' }>;

/** No change of state. */
export function stay(state: RelayState, actions: readonly Action[] = []): Step {
  return { state, actions };
}

/** How a call ends, the story in words when it is no ordinary end, and what the close says in place of its usual reason. */
export interface Ending {
  readonly as: CloseName;
  readonly complaint: Complaint | null;
  readonly reason?: string;
}

/** Ends the call with the story in words first, whatever the state; nothing when it has ended already. */
export function end(state: RelayState, { as, complaint, reason }: Ending): Step {
  if (state.name === 'ended') return stay(state);
  const told = complaint ? [tellError(complaint, state.ledger)] : [];
  return { state: { name: 'ended' }, actions: [...told, { do: 'end', as, reason: reason ?? null }] };
}

/** The same step with something done before it. */
export function after(actions: readonly Action[], step: Step): Step {
  return { state: step.state, actions: [...actions, ...step.actions] };
}

/** Counts a frame that was refused, says so with `told`, and ends the call of a client that keeps on. `now` in milliseconds. */
export function refuse(state: Live, told: Action, now: number): Step {
  const recent = state.ledger.refusedAt.filter((at) => now - at < REFUSED_WINDOW_MS);
  const ledger = { ...state.ledger, sequence: state.ledger.sequence + 1, refusedAt: [...recent, now] };
  if (ledger.refusedAt.length < REFUSED_FRAMES) return { state: { ...state, ledger }, actions: [told] };
  const complaint: Complaint = {
    code: 'too_many_refused_frames',
    message: `${REFUSED_FRAMES} frames were refused within a minute.`,
  };
  return after([told], end({ ...state, ledger }, { as: 'notAllowed', complaint }));
}
