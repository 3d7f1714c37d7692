/** What the page knows: the states of a call, all that can happen to one, and the one word the page hangs on. */
import type { TimerName } from './actions.ts';
import type { Caption } from './captions.ts';
import { freshChat, type Chat, type ChatEvent } from './chat/chat.ts';
import { freshConversation, type Conversation } from './conversation.ts';
import type { Cost } from './cost.ts';
import type { Handover } from './handover.ts';
import { freshMemory, type Memory, type MemoryEvent } from './memory/memory.ts';
import type { Lost } from './outbox.ts';
import { noPageCalls, type PageCalls } from './page-calls.ts';
import type { Notice, ProblemName } from './problems.ts';
import type { Way } from './reconnect.ts';
import type { ServerEvent } from './server-events.ts';
import type { SessionEnding } from './warnings.ts';
import type { Heard } from './heard.ts';
import { freshTurn, isAnswering, isAudible, type Turn } from './turn.ts';

/** Typed, and not sent yet: the socket is still opening, or what was heard of a cut answer is told first. */
export interface TypedMessage {
  readonly id: string;
  readonly text: string;
}

/** Whether sound goes up: `off` when there is no microphone, or none was asked for. */
export type Microphone = 'on' | 'muted' | 'off';

export type Call =
  | { readonly name: 'idle' }
  | {
      readonly name: 'connecting';
      readonly microphone: Microphone;
      readonly waiting: readonly TypedMessage[];
    }
  | {
      readonly name: 'live';
      /** Its socket is lost, and another one is on its way. */
      readonly isAway: boolean;
      /** The gateway has lost Azure, and looks for another session. */
      readonly isAzureAway: boolean;
      /** Messages that were typed while it was away, and went nowhere yet. */
      readonly typedAway: readonly string[];
      readonly microphone: Microphone;
      readonly turn: Turn;
      readonly waiting: readonly TypedMessage[];
      readonly tools: PageCalls;
    }
  | { readonly name: 'ended' }
  | { readonly name: 'error' };

/** A call that opens. */
export type Connecting = Extract<Call, { name: 'connecting' }>;

/** A call that runs. */
export type Live = Extract<Call, { name: 'live' }>;

export interface Model {
  readonly call: Call;
  readonly captions: readonly Caption[];
  readonly conversation: Conversation;
  readonly chat: Chat;
  readonly memory: Memory;
  /** The message that is being written anew, by its caption; null: none. */
  readonly editing: string | null;
  /** What is told for now. */
  readonly notice: Notice | null;
  /** What holds for the rest of the call, and is told while there is nothing more urgent. */
  readonly standing: Notice | null;
  /** What the latest call cost; null until that is told. */
  readonly cost: Cost | null;
  /** There is an account to sign out of; a guest has none. */
  readonly isSignedIn: boolean;
  /** The code of the last `error` event of this call, or empty: it tells why the call ended, should it end now. */
  readonly lastError: string;
}

/** What the door says about who the person is, and the wish to be nobody again. */
export type AccountEvent =
  | { readonly type: 'signed-in'; readonly isGuest: boolean }
  | { readonly type: 'sign-out' }
  | { readonly type: 'signed-out' }
  | { readonly type: 'sign-out-failed' };

/**
 * Everything that can happen: the person's wishes, the gateway's words, and news from the acting half. `at` is when it
 * happened, in Unix milliseconds.
 */
export type CallEvent =
  | { readonly type: 'account'; readonly event: AccountEvent }
  | { readonly type: 'chat'; readonly event: ChatEvent }
  | { readonly type: 'memory'; readonly event: MemoryEvent }
  | { readonly type: 'start' }
  | ({ readonly type: 'typed' } & TypedMessage)
  | { readonly type: 'toggle-mute' }
  | { readonly type: 'stop-answer' }
  | { readonly type: 'end' }
  | { readonly type: 'open-microphone' }
  | { readonly type: 'microphone-opened' }
  /** There is none, or no longer: the call goes on in writing. */
  | { readonly type: 'microphone-gone'; readonly problem: ProblemName }
  /** Something that ends nothing, such as a microphone that gives no sound; null: it is over. */
  | { readonly type: 'hint'; readonly problem: ProblemName | null }
  | { readonly type: 'devices-changed' }
  /** Nobody had a fresh token: the call ends when its own does. */
  | { readonly type: 'not-renewed'; readonly warning: SessionEnding; readonly at: number }
  | { readonly type: 'failed'; readonly notice: Notice }
  | { readonly type: 'server'; readonly event: ServerEvent; readonly at: number }
  /** The socket of the call is lost, closed as it says; what is said and typed is kept. */
  | { readonly type: 'away'; readonly code: number; readonly reason: string }
  /** The page was loaded again in the middle of a call. */
  | { readonly type: 'come-back'; readonly handover: Handover }
  | { readonly type: 'back'; readonly way: Way; readonly lost: Lost }
  | { readonly type: 'sound'; readonly pcm: ArrayBuffer }
  | { readonly type: 'tool-ran'; readonly callId: string; readonly output: object }
  | { readonly type: 'part-ended'; readonly part: number }
  | { readonly type: 'flushed'; readonly heard: readonly Heard[] }
  | { readonly type: 'timer'; readonly name: TimerName }
  | { readonly type: 'closed'; readonly code: number; readonly reason: string; readonly at: number };

/** A call that has just begun to run, with nothing under way. */
export const freshLive: Live = {
  name: 'live',
  isAway: false,
  isAzureAway: false,
  typedAway: [],
  microphone: 'off',
  turn: freshTurn,
  waiting: [],
  tools: noPageCalls,
};

/** The page as it loads. */
export const freshModel: Model = {
  call: { name: 'idle' },
  captions: [],
  conversation: freshConversation,
  chat: freshChat,
  memory: freshMemory,
  editing: null,
  notice: null,
  standing: null,
  cost: null,
  isSignedIn: false,
  lastError: '',
};

/** The word the page hangs on: the value of `data-call`. */
export type Phase =
  | 'idle'
  | 'connecting'
  | 'listening'
  | 'thinking'
  | 'speaking'
  | 'muted'
  | 'reconnecting'
  | 'ended'
  | 'error';

/**
 * Which phase a call is in. A lost socket wins over the rest, whatever still sounds; then a voice that sounds; then an Azure
 * that was lost; a hold, while the person speaks, is listening.
 */
export function phaseOf(call: Call): Phase {
  if (call.name !== 'live') return call.name;
  if (call.isAway) return 'reconnecting';
  const { turn, microphone } = call;
  if (turn.interruption.name !== 'none') return 'listening';
  if (isAudible(turn)) return 'speaking';
  if (call.isAzureAway) return 'reconnecting';
  if (turn.isAwaited || turn.working > 0 || isAnswering(turn)) return 'thinking';
  return microphone === 'muted' ? 'muted' : 'listening';
}
