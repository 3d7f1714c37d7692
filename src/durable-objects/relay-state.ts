/** Where a call stands, and the steps that are the same wherever it stands. Pure. */
import type { AudioPart, WireEvent } from '../azure/wire.ts';
import type { CloseName } from '../protocol/close-codes.ts';
import type { Complaint } from '../protocol/errors.ts';
import { REFUSED_FRAMES, REFUSED_WINDOW_MS } from '../protocol/limits.ts';
import { tellError, type Action } from './actions.ts';
import { emptyLedger, type Ledger } from './ledger.ts';
import { emptyPrelude, type Prelude } from './prelude.ts';

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
      /** What the person says is answered without being asked for: voice detection creates responses. */
      readonly isSelfAnswering: boolean;
      /** The person has spoken, and the answer has not begun. */
      readonly isReplyOwed: boolean;
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

/** A state in which something may still happen. */
export type Live = Exclude<RelayState, { name: 'ended' }>;

/** No change of state. */
export function stay(state: RelayState, actions: readonly Action[] = []): Step {
  return { state, actions };
}

/** Ends the call with the story in words first, whatever the state; nothing when it has ended already. */
export function end(state: RelayState, as: CloseName, complaint: Complaint | null): Step {
  if (state.name === 'ended') return stay(state);
  const told = complaint ? [tellError(complaint, state.ledger)] : [];
  return { state: { name: 'ended' }, actions: [...told, { do: 'end', as }] };
}

/** Counts a frame that was refused, says so with `told`, and ends the call of a client that keeps on. `now` in milliseconds. */
export function refuse(state: Live, told: Action, now: number): Step {
  const recent = state.ledger.refusedAt.filter((at) => now - at < REFUSED_WINDOW_MS);
  const ledger = { sequence: state.ledger.sequence + 1, refusedAt: [...recent, now] };
  if (ledger.refusedAt.length < REFUSED_FRAMES) return { state: { ...state, ledger }, actions: [told] };
  const last = end({ ...state, ledger }, 'notAllowed', {
    code: 'too_many_refused_frames',
    message: `${REFUSED_FRAMES} frames were refused within a minute.`,
  });
  return { state: last.state, actions: [told, ...last.actions] };
}
