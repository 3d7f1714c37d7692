/**
 * What becomes of an answer that is talked over. It is held at once and cut only when the talk is known to mean something:
 * it lasts, or has words, or nothing says otherwise for long. Azure may reply sooner than that is known, even to a cough,
 * so the reply waits too, and is played or taken back.
 */
import type { Action } from './actions.ts';
import {
  answersOf,
  isAnswering,
  stay,
  wantedResponse,
  type Interruption,
  type Part,
  type Turn,
  type TurnStep,
} from './turn.ts';

/** Talk that has lasted this long is no cough: the answer is cut before the model is asked again. */
export const CERTAIN_MS = 1200;

/** When it fell silent again and no turn was made of it within this time, the answer goes on. */
export const NOTHING_MS = 1500;

/** When a turn was made of it, this is how long its words or its answer may take to show that it was meant. */
export const VERDICT_MS = 2500;

/** When the reply is there and the words are not, this is how long they may still take. */
export const WORDS_MS = 900;

/** How many responses and parts are remembered after they were cut. */
const REMEMBERED = 16;

const NO_INTERRUPTION: Interruption = { name: 'none' };
const HUSH: readonly Action[] = [{ type: 'clear-timer', name: 'interruption' }];

/** Someone speaks: over an answer it is held; a reply to what was said just before is out of date. */
export function speechStarted(before: Turn, itemId: string): TurnStep {
  if (before.interruption.name === 'none' && !isAnswering(before))
    return stay({ ...before, isAwaited: false });
  const { turn, actions } = takeBackReply(before);
  const { interruption } = turn;
  const known = interruption.name === 'none' ? { items: [], answers: answersOf(turn) } : interruption;
  const items = [...known.items, itemId];
  return {
    turn: {
      ...turn,
      isAwaited: false,
      interruption: { name: 'speaking', items, answers: known.answers, reply: [] },
    },
    actions: [...actions, { type: 'hold' }, setTimer(CERTAIN_MS)],
  };
}

/** They have stopped: now it shows whether a turn is made of it. */
export function speechStopped(turn: Turn): TurnStep {
  if (turn.interruption.name === 'none') return stay(turn);
  return {
    turn: { ...turn, interruption: { ...turn.interruption, name: 'stopped' } },
    actions: [setTimer(NOTHING_MS)],
  };
}

/** A turn was made of it: now it shows whether there were words in it. */
export function turnTaken(turn: Turn): TurnStep {
  return turn.interruption.name === 'none' ? stay(turn) : { turn, actions: [setTimer(VERDICT_MS)] };
}

/** A reply has begun to sound before the words are known. */
export function replyBegun(turn: Turn): TurnStep {
  return turn.interruption.name === 'none' ? stay(turn) : { turn, actions: [setTimer(WORDS_MS)] };
}

/** There were words in it, or nobody can say. */
export function wasMeant(turn: Turn, itemId: string): TurnStep {
  const { interruption } = turn;
  if (interruption.name === 'none' || !interruption.items.includes(itemId)) return stay(turn);
  return cutAnswers(turn, interruption.answers);
}

/** No word was in it: the answer goes on, and a reply to nothing is taken back. */
export function wasNothing(turn: Turn, itemId: string): TurnStep {
  const { interruption } = turn;
  if (interruption.name === 'none')
    return stay(turn.response === null ? { ...turn, isAwaited: false } : turn);
  if (!interruption.items.includes(itemId)) return stay(turn);
  const back = takeBackReply({ ...turn, isAwaited: false });
  const step = goOn(back.turn);
  return { turn: step.turn, actions: [...back.actions, ...step.actions] };
}

/** The interruption's clock ran out: talk that goes on, and talk that is replied to, was meant. */
export function interruptionTimedOut(turn: Turn): TurnStep {
  const { interruption } = turn;
  if (interruption.name === 'none') return stay(turn);
  const isMeant = interruption.name === 'speaking' || repliesOf(turn).length > 0;
  return isMeant ? cutAnswers(turn, interruption.answers) : goOn(turn);
}

/** Cuts every answer, because the person typed or asked for silence: a response still being made is cancelled. */
export function cutByHand(before: Turn): TurnStep {
  const { turn, actions } = takeBackReply(before);
  const response = wantedResponse(turn);
  const step = cutAnswers(turn, answersOf(turn));
  return {
    turn: { ...step.turn, isAwaited: false },
    actions: [...actions, ...(response === null ? [] : [cancel(response)]), ...step.actions],
  };
}

/** The answer that was talked over is gone before any of it sounded: there is nothing left to hold or to cut. */
export function leaveMoot(turn: Turn): TurnStep {
  return turn.interruption.name === 'none' || isAnswering(turn) ? stay(turn) : goOn(turn);
}

/** Plays of a part what comes of it, or keeps it while the part is a reply that waits. */
export function playOrKeep(turn: Turn, part: Part, action: Action): TurnStep {
  const { interruption } = turn;
  if (interruption.name === 'none' || interruption.answers.includes(part.responseId))
    return { turn, actions: [action] };
  return stay({ ...turn, interruption: { ...interruption, reply: [...interruption.reply, action] } });
}

function cutAnswers(turn: Turn, answers: readonly string[]): TurnStep {
  const cut = turn.parts.filter((part) => answers.includes(part.responseId));
  const reply = turn.interruption.name === 'none' ? [] : turn.interruption.reply;
  return {
    turn: {
      ...without(turn, cut, answers),
      cut: [...turn.cut, ...cut].slice(-REMEMBERED),
      interruption: NO_INTERRUPTION,
    },
    actions: [...HUSH, { type: 'flush' }, ...reply],
  };
}

/** Azure forgets a reply nobody heard. */
function takeBackReply(turn: Turn): TurnStep {
  const { interruption } = turn;
  const replies = repliesOf(turn);
  if (interruption.name === 'none' || replies.length === 0) return stay(turn);
  const parts = turn.parts.filter((part) => replies.includes(part.responseId));
  const response = wantedResponse(turn);
  const cancels = response !== null && replies.includes(response) ? [cancel(response)] : [];
  const deletes = parts.map(({ itemId }): Action => ({
    type: 'send',
    event: { type: 'conversation.item.delete', item_id: itemId },
  }));
  return {
    turn: { ...without(turn, parts, replies), interruption: { ...interruption, reply: [] } },
    actions: [...cancels, ...deletes],
  };
}

/** Responses begun since the answers were talked over. */
function repliesOf(turn: Turn): readonly string[] {
  const { interruption } = turn;
  return interruption.name === 'none'
    ? []
    : answersOf(turn).filter((id) => !interruption.answers.includes(id));
}

function without(turn: Turn, gone: readonly Part[], responses: readonly string[]): Turn {
  const parts = turn.parts.filter((part) => !gone.includes(part));
  const isIncomingLeft = parts.some((part) => part.number === turn.incoming);
  return {
    ...turn,
    parts,
    incoming: isIncomingLeft ? turn.incoming : null,
    unwanted: [...turn.unwanted, ...responses].slice(-REMEMBERED),
  };
}

function goOn(turn: Turn): TurnStep {
  return { turn: { ...turn, interruption: NO_INTERRUPTION }, actions: [...HUSH, { type: 'resume' }] };
}

function cancel(response: string): Action {
  return { type: 'send', event: { type: 'response.cancel', response_id: response } };
}

function setTimer(ms: number): Action {
  return { type: 'set-timer', name: 'interruption', ms };
}
