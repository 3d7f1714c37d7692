/** When what was typed goes up: Azure makes one answer at a time, so a message may have to wait for its turn. Pure. */
import type { Action } from './actions.ts';
import { addTyped, markUnheard } from './captions.ts';
import { typedMessages } from './client-events.ts';
import { flushed, type Heard } from './heard.ts';
import { cutByHand } from './interruption.ts';
import type { Live, Model, TypedMessage } from './model.ts';
import { stay, withTurn, type Step } from './step.ts';
import { isAnswering } from './turn.ts';

/** What was typed while an answer was on its way goes up when that answer is made: Azure makes one at a time. */
export function release({ model, actions }: Step): Step {
  const { call } = model;
  if (call.name !== 'live' || call.waiting.length === 0) return { model, actions };
  const { turn, waiting } = call;
  if (turn.isAwaited || turn.response !== null || turn.cut.length > 0) return { model, actions };
  return {
    model: { ...model, call: { ...call, turn: { ...turn, isAwaited: true }, waiting: [] } },
    actions: [...actions, ...sendTyped(waiting)],
  };
}

/**
 * Typing over an answer cuts it first; the message waits until Azure knows what was heard of the answer. Typing before
 * an answer has begun waits for it.
 */
export function typed(model: Model, call: Live, { id, text }: TypedMessage): Step {
  const notice = model.notice?.remedy === 'open-microphone' ? model.notice : null;
  const shown = { ...model, captions: addTyped(model.captions, id, text), notice };
  if (isAnswering(call.turn)) {
    const waiting = [...call.waiting, { id, text }];
    return withTurn(shown, { ...call, waiting }, cutByHand(call.turn));
  }
  if (call.waiting.length > 0 || call.turn.isAwaited)
    return stay({ ...shown, call: { ...call, waiting: [...call.waiting, { id, text }] } });
  const turn = { ...call.turn, isAwaited: true };
  return { model: { ...shown, call: { ...call, turn } }, actions: sendTyped([{ id, text }]) };
}

/** The speaker has told what was heard of a cut answer: Azure hears of that, then of what was typed. */
export function tellHeard(model: Model, call: Live, heard: readonly Heard[]): Step {
  const { turn, actions, cuts } = flushed(call.turn, heard);
  const captions = cuts.reduce((now, cut) => markUnheard(now, cut.itemId, cut), model.captions);
  const isAwaited = turn.isAwaited || call.waiting.length > 0;
  return {
    model: { ...model, captions, call: { ...call, turn: { ...turn, isAwaited }, waiting: [] } },
    actions: [...actions, ...sendTyped(call.waiting)],
  };
}

/** Typed messages, and the wish for one answer to them. */
export function sendTyped(messages: readonly TypedMessage[]): readonly Action[] {
  return typedMessages(messages).map((event): Action => ({ type: 'send', event }));
}
