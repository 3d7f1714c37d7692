/**
 * The page decides here and nowhere else: a model and an event in, a model and what to do out. Pure, so that every rule of
 * a call can be told in a test without a browser.
 */
import type { Action } from './actions.ts';
import { addTyped, followCaptions, markUnheard, removeCaption, type Caption } from './captions.ts';
import { typedMessages } from './client-events.ts';
import type { Call, CallEvent, Model, TypedMessage } from './model.ts';
import { closeProblem, errorNotice, problems, type Notice } from './problems.ts';
import { followTurn, partEnded, takeSound } from './follow-turn.ts';
import { flushed, type Heard } from './heard.ts';
import { cutByHand, interruptionTimedOut } from './interruption.ts';
import type { ServerEvent } from './server-events.ts';
import { freshTurn, isAnswering, type TurnStep } from './turn.ts';

export interface Step {
  readonly model: Model;
  readonly actions: readonly Action[];
}

type Live = Extract<Call, { name: 'live' }>;

/** One step of the call. An event that means nothing in this state changes nothing. */
export function reduce(model: Model, event: CallEvent): Step {
  if (event.type === 'failed') return fail(model, problems[event.problem]);
  switch (model.call.name) {
    case 'idle':
    case 'ended':
    case 'error':
      return whileClosed(model, event);
    case 'connecting':
      return whileConnecting(model, model.call, event);
    case 'live':
      return release(whileLive(model, model.call, event));
  }
}

/** What was typed while an answer was on its way goes up when that answer is made: Azure makes one at a time. */
function release({ model, actions }: Step): Step {
  const { call } = model;
  if (call.name !== 'live' || call.waiting.length === 0) return { model, actions };
  const { turn, waiting } = call;
  if (turn.isAwaited || turn.response !== null || turn.cut.length > 0) return { model, actions };
  return {
    model: { ...model, call: { ...call, turn: { ...turn, isAwaited: true }, waiting: [] } },
    actions: [...actions, ...sendTyped(waiting)],
  };
}

function whileClosed(model: Model, event: CallEvent): Step {
  if (event.type === 'start') return open(model, []);
  if (event.type !== 'typed') return stay(model);
  const { id, text } = event;
  return open({ ...model, captions: addTyped(model.captions, id, text) }, [{ id, text }]);
}

/** A call begun by typing asks for no microphone; the button beside the message turns it on later. */
function open(model: Model, waiting: readonly TypedMessage[]): Step {
  const withMicrophone = waiting.length === 0;
  return {
    model: { ...model, call: { name: 'connecting', microphone: 'off', waiting }, notice: null },
    actions: [{ type: 'open', withMicrophone }],
  };
}

function whileConnecting(model: Model, call: Extract<Call, { name: 'connecting' }>, event: CallEvent): Step {
  switch (event.type) {
    case 'end':
      return close(model, { name: 'ended' }, null);
    case 'closed':
      return fail(model, neverOpened(closeProblem(event.code, event.reason)));
    case 'microphone-opened':
      return stay({ ...model, call: { ...call, microphone: 'on' } });
    case 'microphone-gone':
      return stay({ ...model, call: { ...call, microphone: 'off' }, notice: problems[event.problem] });
    case 'typed': {
      const { id, text } = event;
      const waiting = [...call.waiting, { id, text }];
      return stay({ ...model, call: { ...call, waiting }, captions: addTyped(model.captions, id, text) });
    }
    case 'server':
      return event.event.type === 'session.created' ? begin(model, call) : hear(model, event.event);
    case 'start':
    case 'toggle-mute':
    case 'stop-answer':
    case 'open-microphone':
    case 'hint':
    case 'devices-changed':
    case 'timer':
    case 'failed':
    case 'sound':
    case 'part-ended':
    case 'flushed':
      return stay(model);
  }
}

/** A connection that never stood was not lost. */
function neverOpened(problem: Notice | null): Notice {
  if (problem === problems.upstreamFailed) return problems.upstreamRefused;
  return problem === null || problem === problems.connectionLost ? problems.unreachable : problem;
}

function begin(model: Model, call: Extract<Call, { name: 'connecting' }>): Step {
  const { microphone, waiting } = call;
  const turn = { ...freshTurn, isAwaited: waiting.length > 0 };
  return {
    model: { ...model, call: { name: 'live', microphone, turn, waiting: [] } },
    actions: sendTyped(waiting),
  };
}

function whileLive(model: Model, call: Live, event: CallEvent): Step {
  switch (event.type) {
    case 'end':
      return close(model, { name: 'ended' }, null);
    case 'closed':
      return endedFromAfar(model, closeProblem(event.code, event.reason));
    case 'typed':
      return typed(model, call, event);
    case 'toggle-mute':
      return toggleMute(model, call);
    case 'stop-answer':
      return isAnswering(call.turn) ? withTurn(model, call, cutByHand(call.turn)) : stay(model);
    case 'open-microphone':
      return { model: { ...model, notice: null }, actions: [{ type: 'open-microphone' }] };
    case 'microphone-opened':
      return stay({ ...model, call: { ...call, microphone: 'on' }, notice: null });
    case 'microphone-gone':
      return stay({ ...model, call: { ...call, microphone: 'off' }, notice: problems[event.problem] });
    case 'hint':
      return stay({
        ...model,
        notice: event.problem === null ? withoutHint(model.notice) : problems[event.problem],
      });
    case 'devices-changed':
      return isMicrophoneMissed(model) ? { model, actions: [{ type: 'open-microphone' }] } : stay(model);
    case 'server':
      return followGateway(model, call, event.event);
    case 'sound':
      return withTurn(model, call, takeSound(call.turn, event.pcm));
    case 'part-ended':
      return stay({ ...model, call: { ...call, turn: partEnded(call.turn, event.part) } });
    case 'flushed':
      return tellHeard(model, call, event.heard);
    case 'timer':
      return withTurn(model, call, interruptionTimedOut(call.turn));
    case 'start':
    case 'failed':
      return stay(model);
  }
}

/** Words of a reply that was taken back come late, and have no caption any more. */
function followGateway(model: Model, call: Live, event: ServerEvent): Step {
  const isForgotten =
    (event.type === 'answer.delta' || event.type === 'answer.done') &&
    call.turn.unwanted.includes(event.responseId) &&
    !model.captions.some((caption) => caption.id === event.itemId);
  return withTurn(isForgotten ? model : hear(model, event).model, call, followTurn(call.turn, event));
}

/** Captions and complaints; what an event does to the turn comes apart from it. */
function hear(model: Model, event: ServerEvent): Step {
  if (event.type === 'error') {
    return stay({ ...model, notice: errorNotice(event.code, event.message) ?? model.notice });
  }
  if (event.type === 'gateway.warning')
    return stay({ ...model, notice: { text: event.message, remedy: 'none' } });
  if (event.type === 'response.done' && event.status === 'failed') {
    const text = `The assistant could not answer. ${event.message ?? 'Say it again.'}`;
    return stay({ ...model, notice: { text, remedy: 'none' } });
  }
  const captions = followCaptions(model.captions, event);
  // A new answer means that what was complained about is over; a microphone's trouble is not.
  const notice = event.type === 'response.created' && model.notice?.remedy === 'none' ? null : model.notice;
  return stay({ ...model, captions, notice });
}

/**
 * Typing over an answer cuts it first; the message waits until Azure knows what was heard of the answer. Typing before
 * an answer has begun waits for it.
 */
function typed(model: Model, call: Live, { id, text }: TypedMessage): Step {
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

function tellHeard(model: Model, call: Live, heard: readonly Heard[]): Step {
  const { turn, actions, cuts } = flushed(call.turn, heard);
  const captions = cuts.reduce((now, cut) => markUnheard(now, cut.itemId, cut), model.captions);
  const isAwaited = turn.isAwaited || call.waiting.length > 0;
  return {
    model: { ...model, captions, call: { ...call, turn: { ...turn, isAwaited }, waiting: [] } },
    actions: [...actions, ...sendTyped(call.waiting)],
  };
}

/** The microphone gives sound again; whatever else is being told stays. */
function withoutHint(notice: Notice | null): Notice | null {
  return notice === problems.microphoneSilent || notice === problems.microphonePaused ? null : notice;
}

/** Something was plugged in or out: a microphone that was lost may be back. */
function isMicrophoneMissed(model: Model): boolean {
  return model.notice === problems.microphoneLost || model.notice === problems.microphoneMissing;
}

function toggleMute(model: Model, call: Live): Step {
  if (call.microphone === 'off') return stay(model);
  const microphone = call.microphone === 'on' ? 'muted' : 'on';
  return {
    model: { ...model, call: { ...call, microphone } },
    actions: [{ type: 'mute', isMuted: microphone === 'muted' }],
  };
}

function sendTyped(messages: readonly TypedMessage[]): readonly Action[] {
  return typedMessages(messages).map((event): Action => ({ type: 'send', event }));
}

function withTurn(model: Model, call: Live, { turn, actions }: TurnStep): Step {
  return {
    model: { ...model, captions: withoutDeleted(model.captions, actions), call: { ...call, turn } },
    actions,
  };
}

/** What Azure is told to forget is not shown either. */
function withoutDeleted(captions: readonly Caption[], actions: readonly Action[]): readonly Caption[] {
  return actions.reduce(
    (now, action) =>
      action.type === 'send' && action.event.type === 'conversation.item.delete'
        ? removeCaption(now, action.event.item_id)
        : now,
    captions,
  );
}

function endedFromAfar(model: Model, problem: Notice | null): Step {
  return problem === null ? close(model, { name: 'ended' }, model.notice) : fail(model, problem);
}

function fail(model: Model, notice: Notice): Step {
  return close(model, { name: 'error' }, notice);
}

function close(model: Model, call: Call, notice: Notice | null): Step {
  return { model: { ...model, call, notice }, actions: [{ type: 'close' }] };
}

function stay(model: Model): Step {
  return { model, actions: [] };
}
