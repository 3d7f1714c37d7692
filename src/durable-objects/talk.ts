/**
 * A conversation in writing while it is being answered: one answer at a time, what waits behind it, and who is told what.
 * Pure: `(talk, something that happened) -> step`. A conversation in which nobody is answered has no talk.
 */
import type { RunEvent } from '../agent/run.ts';
import type { ChatErrorCode, ChatResponse, ChatServerEvent } from '../protocol/chat-events.ts';
import { ANSWER_CHARACTERS, WAITING_MESSAGES } from '../protocol/limits.ts';

/** A message of the person's that is kept and wants an answer. */
export interface Question {
  readonly messageId: string;
  /** The client's own id of it; null when it gave none. */
  readonly clientId: string | null;
  readonly content: string;
  /** The session it came from. */
  readonly sessionId: string;
  /** Unix milliseconds. Its answer stands at the same moment, behind it: what is said meanwhile comes after both. */
  readonly saidAt: number;
  /** That session carries out the tools of its page. */
  readonly runsTools: boolean;
}

/** A call of a tool on the way of an answer. `runner`: the session that carries it out; null: whoever does it first. */
export interface TalkCall {
  readonly callId: string;
  readonly name: string;
  readonly input: unknown;
  readonly place: 'client' | 'server';
  readonly runner: string | null;
  readonly outcome: { readonly output: unknown; readonly isError: boolean } | null;
  /** A client has answered it, and the run was told. */
  readonly isGiven: boolean;
}

/** The answer under way. */
export interface Answer {
  readonly question: Question;
  readonly answerId: string;
  readonly text: string;
  readonly calls: readonly TalkCall[];
  /** Why it was stopped by us; null while it runs. */
  readonly stopped: 'cancelled' | 'length' | null;
}

/** One conversation being answered. */
export interface Talk {
  readonly conversationId: string;
  readonly answer: Answer;
  /** Questions behind it, oldest first. */
  readonly waiting: readonly Question[];
}

/** Who hears an event: everybody in the conversation, one session, or all the others. */
export type Audience = 'all' | { readonly only: string } | { readonly except: string };

/** What is to be done. */
export type TalkAction =
  | { readonly do: 'tell'; readonly to: Audience; readonly event: ChatServerEvent }
  /** Begin to answer. */
  | { readonly do: 'run'; readonly answer: Answer }
  /** Have the run end, and listen to its end. */
  | { readonly do: 'stop' }
  /** Have the run end, and listen to it no more: its answer is not kept. */
  | { readonly do: 'drop' }
  /** Hand the run what a client's tool said. */
  | { readonly do: 'give'; readonly callId: string; readonly output: unknown };

/** The talk as it is then; null: nobody is answered any more. */
export interface TalkStep {
  readonly talk: Talk | null;
  readonly actions: readonly TalkAction[];
}

/** Asks a question: it is answered now, or after what is under way. There has to be room. */
export function ask(talk: Talk | null, conversationId: string, question: Question): TalkStep {
  if (talk === null) return begin(conversationId, question, []);
  return { talk: { ...talk, waiting: [...talk.waiting, question] }, actions: [] };
}

/** Whether one more question may wait. */
export function hasRoom(talk: Talk | null): boolean {
  return talk === null || talk.waiting.length < WAITING_MESSAGES;
}

/** The question of this message, answered now or waiting; null when it is neither. */
export function questionOf(talk: Talk | null, messageId: string): Question | null {
  if (talk === null) return null;
  return [talk.answer.question, ...talk.waiting].find((one) => one.messageId === messageId) ?? null;
}

/** When the next question of a conversation was said: after those before it, although the clock stands still. */
export function nextMoment(talk: Talk | null, now: number): number {
  const last = lastQuestion(talk);
  return last === null ? now : Math.max(now, last.saidAt + 1);
}

/** The id of the answer to a message, which ends in 0: whoever knows the one knows the other, also after the object was lost. */
export function answerIdOf(messageId: string): string {
  return `${messageId.slice(0, -1)}1`;
}

/** The answer is to end here: what came of it is kept, and the next question is asked. */
export function cancel(talk: Talk): TalkStep {
  if (talk.answer.stopped !== null) return { talk, actions: [] };
  return { talk: { ...talk, answer: { ...talk.answer, stopped: 'cancelled' } }, actions: [{ do: 'stop' }] };
}

/** The last question is taken back: it waits no more, or its answer is dropped. */
export function takeBack(talk: Talk, messageId: string): TalkStep {
  if (talk.answer.question.messageId === messageId) return { talk: null, actions: [{ do: 'drop' }] };
  const waiting = talk.waiting.filter((one) => one.messageId !== messageId);
  return { talk: { ...talk, waiting }, actions: [] };
}

/** The question that was asked last; null when none is. */
export function lastQuestion(talk: Talk | null): Question | null {
  return talk?.waiting.at(-1) ?? talk?.answer.question ?? null;
}

/** What the run tells. `readers`: the sessions in the conversation. */
export function fromRun(talk: Talk, event: RunEvent, readers: readonly string[]): TalkStep {
  const { answer } = talk;
  switch (event.type) {
    case 'text':
      return write(talk, event.text);
    case 'tool-call': {
      const { sessionId } = answer.question;
      const runner = event.runs === 'client' && readers.includes(sessionId) ? sessionId : null;
      const { callId, name, input, runs: place } = event;
      const call: TalkCall = { callId, name, input, place, runner, outcome: null, isGiven: false };
      return withCalls(talk, [...answer.calls, call], tellCall(talk, call));
    }
    case 'tool-result': {
      const { callId, output, isError } = event;
      const calls = answer.calls.map((call) =>
        call.callId === callId ? { ...call, outcome: { output, isError } } : call,
      );
      const call = calls.find((one) => one.callId === callId);
      return withCalls(talk, calls, call ? tellOutcome(talk, call, 'all') : []);
    }
    case 'end':
      return finish(talk, event);
  }
}

/** A client's tool has answered. Null when nobody asked this session for it. */
export function fromTool(
  talk: Talk,
  {
    callId,
    output,
    sessionId,
  }: { readonly callId: string; readonly output: unknown; readonly sessionId: string },
): TalkStep | null {
  const call = talk.answer.calls.find((one) => one.callId === callId);
  const isOpen = call?.place === 'client' && !call.isGiven && call.outcome === null;
  if (!call || !isOpen || (call.runner ?? sessionId) !== sessionId) return null;
  const calls = talk.answer.calls.map((one) => (one === call ? { ...one, isGiven: true } : one));
  return withCalls(talk, calls, [{ do: 'give', callId, output }]);
}

/** A session has left the conversation: what its page was to do, another may. */
export function leave(talk: Talk, sessionId: string): TalkStep {
  const isIts = (call: TalkCall): boolean =>
    call.runner === sessionId && !call.isGiven && call.outcome === null;
  const calls = talk.answer.calls.map((call) => (isIts(call) ? { ...call, runner: null } : call));
  const freed = calls.filter((call, at) => call !== talk.answer.calls[at]);
  return withCalls(
    talk,
    calls,
    freed.flatMap((call) => tellCall(talk, call)),
  );
}

/** What a session that comes back missed of the answer under way, after `received` UTF-16 units of it. */
export function missed(talk: Talk, sessionId: string, received: number): readonly TalkAction[] {
  const { text, calls } = talk.answer;
  const to = { only: sessionId };
  const rest = text.slice(received);
  return [
    ...(rest === '' ? [] : [tell(to, { type: 'text_delta', content: rest, ...namesOf(talk) })]),
    ...calls.flatMap((call) => [
      tell(to, callEvent(talk, call, (call.runner ?? sessionId) === sessionId)),
      ...tellOutcome(talk, call, to),
    ]),
  ];
}

/** What is kept of the answer, and how it ended. `reason` is what the run says. */
export function outcomeOf(
  { answer }: Talk,
  reason: RunReason,
): Pick<ChatResponse, 'content' | 'status' | 'reason'> {
  const told = answer.stopped ?? (reason === 'steps' ? 'length' : reason);
  const isWhole = told === 'stop' || told === 'length';
  return { content: answer.text, status: isWhole ? 'complete' : 'interrupted', reason: told };
}

type RunReason = Extract<RunEvent, { type: 'end' }>['turn']['reason'];

function begin(conversationId: string, question: Question, waiting: readonly Question[]): TalkStep {
  const answer: Answer = {
    question,
    answerId: answerIdOf(question.messageId),
    text: '',
    calls: [],
    stopped: null,
  };
  return { talk: { conversationId, answer, waiting }, actions: [{ do: 'run', answer }] };
}

/** An answer that has reached its longest ends there: no more of it could be kept. */
function write(talk: Talk, text: string): TalkStep {
  const { answer } = talk;
  const room = answer.stopped === 'length' ? 0 : ANSWER_CHARACTERS - answer.text.length;
  const piece = text.length > room ? text.slice(0, room).toWellFormed() : text;
  const isFull = text.length > room && answer.stopped === null;
  return {
    talk: {
      ...talk,
      answer: { ...answer, text: answer.text + piece, stopped: isFull ? 'length' : answer.stopped },
    },
    actions: [
      ...(piece === '' ? [] : [tell('all', { type: 'text_delta', content: piece, ...namesOf(talk) })]),
      ...(isFull ? [{ do: 'stop' } as const] : []),
    ],
  };
}

function finish(talk: Talk, { turn, error }: Extract<RunEvent, { type: 'end' }>): TalkStep {
  const { conversationId, answer, waiting } = talk;
  const { clientId } = answer.question;
  const told: TalkAction[] = [];
  if (error !== null && answer.stopped === null) {
    const { message, retryAfterMs } = error;
    const code: ChatErrorCode = error.code;
    told.push(
      tell('all', {
        type: 'error',
        code,
        message,
        ...(retryAfterMs === null ? {} : { retry_after_seconds: Math.ceil(retryAfterMs / 1000) }),
        ...(clientId === null ? {} : { id: clientId }),
      }),
    );
  }
  told.push(tell('all', { type: 'text_response', ...outcomeOf(talk, turn.reason), ...namesOf(talk) }));
  const [next, ...others] = waiting;
  if (!next) return { talk: null, actions: told };
  const step = begin(conversationId, next, others);
  return { talk: step.talk, actions: [...told, ...step.actions] };
}

function withCalls(talk: Talk, calls: readonly TalkCall[], actions: readonly TalkAction[]): TalkStep {
  return { talk: { ...talk, answer: { ...talk.answer, calls } }, actions };
}

/** `client` is said to whoever is to carry it out, and to nobody else. */
function tellCall(talk: Talk, call: TalkCall): readonly TalkAction[] {
  if (call.place === 'server' || call.runner === null) return [tell('all', callEvent(talk, call, true))];
  return [
    tell({ only: call.runner }, callEvent(talk, call, true)),
    tell({ except: call.runner }, callEvent(talk, call, false)),
  ];
}

function callEvent(
  talk: Talk,
  { callId, name, input, place, isGiven, outcome }: TalkCall,
  isYours: boolean,
): ChatServerEvent {
  const isOpen = !isGiven && outcome === null;
  return {
    type: 'tool_call',
    call_id: callId,
    name,
    arguments: input,
    runs: place === 'client' && isYours && isOpen ? 'client' : 'server',
    ...namesOf(talk),
  };
}

function tellOutcome(talk: Talk, { callId, outcome }: TalkCall, to: Audience): readonly TalkAction[] {
  if (outcome === null) return [];
  const { output, isError } = outcome;
  return [tell(to, { type: 'tool_result', call_id: callId, output, is_error: isError, ...namesOf(talk) })];
}

function namesOf({ conversationId, answer }: Talk): {
  readonly conversation_id: string;
  readonly message_id: string;
} {
  return { conversation_id: conversationId, message_id: answer.answerId };
}

function tell(to: Audience, event: ChatServerEvent): TalkAction {
  return { do: 'tell', to, event };
}
