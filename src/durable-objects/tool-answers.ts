/**
 * The calls of the model's that wait for an answer. An answer counts as given when it goes up, so that no second one
 * follows it, and as not given when it was refused after all. Pure.
 */
import type { Answerer } from '../azure/operator-tools.ts';
import { answeredCall, madeCall, takenAnswer } from '../azure/tool-calls.ts';
import type { WireEvent } from '../azure/wire.ts';
import { OUR_ID_START } from '../protocol/client-events.ts';

/** Calls that are remembered. A model that makes more and waits for all of them is lost anyhow: the oldest are forgotten. */
const MOST_CALLS = 100;

/** What is known of the model's calls, oldest first, by the calls' ids. */
export interface ToolAnswers {
  /** Calls that wait, and whose each is to answer. */
  readonly open: ReadonlyMap<string, Answerer>;
  /** Answers that Azure has not taken yet: the ids of their events. */
  readonly given: ReadonlyMap<string, string>;
}

/** A conversation in which no call was made. */
export const noCalls: ToolAnswers = { open: new Map(), given: new Map() };

/** A conversation that is taken up again, with the calls in it that wait for a client's answer. */
export function callsThatWait(callIds: Iterable<string>): ToolAnswers {
  return { ...noCalls, open: newest(new Map([...callIds].map((id) => [id, 'client']))) };
}

/** After an event of Azure's: a call was made, or an answer taken. The same when the event tells neither. */
export function heardOfCalls(calls: ToolAnswers, event: WireEvent, answerer: Answerer): ToolAnswers {
  const made = madeCall(event);
  // It is told of a call twice, and it may have been answered in between.
  if (made !== null && !calls.given.has(made.callId)) {
    return { ...calls, open: newest(new Map(calls.open).set(made.callId, answerer)) };
  }
  const taken = takenAnswer(event);
  return taken === null ? calls : { open: without(calls.open, taken), given: without(calls.given, taken) };
}

/** After a client's event that may go up; the same when it answers no call that waits. */
export function answerGiven(calls: ToolAnswers, event: WireEvent): ToolAnswers {
  const callId = answeredCall(event);
  if (callId === null || calls.open.get(callId) !== 'client') return calls;
  return {
    open: without(calls.open, callId),
    given: newest(new Map(calls.given).set(callId, String(event['event_id']))),
  };
}

/** After the client's event of this id was refused, by Azure or by us: the call waits again. */
export function answerRefused(calls: ToolAnswers, eventId: unknown): ToolAnswers {
  const [callId] = [...calls.given].find(([, id]) => id === eventId) ?? [];
  if (callId === undefined) return calls;
  if (isOwnAnswer(eventId)) return { ...calls, given: without(calls.given, callId) };
  return {
    open: newest(new Map(calls.open).set(callId, 'client')),
    given: without(calls.given, callId),
  };
}

/** The calls that a client will answer, or has answered without Azure's word for it. */
export function waitingCalls({ open, given }: ToolAnswers): ReadonlySet<string> {
  const waiting = [...open].flatMap(([id, answerer]) => (answerer === 'client' ? [id] : []));
  const theirs = [...given].flatMap(([id, eventId]) => (isOwnAnswer(eventId) ? [] : [id]));
  return new Set([...waiting, ...theirs]);
}

/** The calls that the model will hear of, whoever answers them. */
export function pendingCalls(calls: ToolAnswers): ReadonlySet<string> {
  return new Set([...calls.open.keys(), ...calls.given.keys()]);
}

/** The calls that the gateway carries out. */
export function ownCalls({ open }: ToolAnswers): readonly string[] {
  return [...open].flatMap(([id, answerer]) => (answerer === 'gateway' ? [id] : []));
}

/** With one more call that the gateway carries out. */
export function ownCallMade(calls: ToolAnswers, callId: string): ToolAnswers {
  return { ...calls, open: newest(new Map(calls.open).set(callId, 'gateway')) };
}

/** After the gateway's own answer, an event of this id, went up. */
export function ownCallAnswered(calls: ToolAnswers, callId: string, eventId: string): ToolAnswers {
  return { open: without(calls.open, callId), given: newest(new Map(calls.given).set(callId, eventId)) };
}

/** The kind of an event in which the gateway answers a call, as its id says. */
export const TOOL_ANSWER = 'tool';

function isOwnAnswer(eventId: unknown): boolean {
  return (
    typeof eventId === 'string' && eventId.startsWith(OUR_ID_START) && eventId.endsWith(`.${TOOL_ANSWER}`)
  );
}

function newest<V>(calls: ReadonlyMap<string, V>): ReadonlyMap<string, V> {
  return calls.size <= MOST_CALLS ? calls : new Map([...calls].slice(-MOST_CALLS));
}

function without<V>(calls: ReadonlyMap<string, V>, callId: string): ReadonlyMap<string, V> {
  return calls.has(callId) ? new Map([...calls].filter(([id]) => id !== callId)) : calls;
}
