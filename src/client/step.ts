/** What the page decides at once: the model after an event, and what to do. */
import type { Action } from './actions.ts';
import { edit, withoutRunning } from './captions.ts';
import type { Call, Live, Model } from './model.ts';
import { withoutDeleted } from './news.ts';
import type { Notice } from './problems.ts';
import type { TurnStep } from './turn.ts';

export interface Step {
  readonly model: Model;
  readonly actions: readonly Action[];
}

/** Nothing to do. */
export function stay(model: Model): Step {
  return { model, actions: [] };
}

/** The call is over, whatever for, and everything is given back. */
export function close(model: Model, call: Call, notice: Notice | null): Step {
  const captions = unsentOf(model.call).reduce(
    (now, id) => edit(now, id, (caption) => ({ ...caption, fate: 'unsent' })),
    withoutRunning(model.captions),
  );
  return { model: { ...model, captions, call, notice, standing: null }, actions: [{ type: 'close' }] };
}

/** What was typed and never went up: it says so, and can be sent in writing. */
function unsentOf(call: Call): readonly string[] {
  if (call.name !== 'connecting' && call.name !== 'live') return [];
  const waiting = call.waiting.map(({ id }) => id);
  return call.name === 'live' && call.isAway ? [...call.typedAway, ...waiting] : waiting;
}

/** The call is over because something went wrong. */
export function fail(model: Model, notice: Notice): Step {
  return close(model, { name: 'error' }, notice);
}

/** A running call with its turn moved on. */
export function withTurn(model: Model, call: Live, { turn, actions }: TurnStep): Step {
  return { model: withoutDeleted({ ...model, call: { ...call, turn } }, actions), actions };
}
