/**
 * One socket of a chat: what becomes of a frame, what it is told, and what of it outlives the object's sleep. Pure.
 * Times in Unix milliseconds.
 */
import type {
  ChatClientEvent,
  ChatServerEvent,
  ChatToolResult,
  ChatMessage,
  ChatResume,
} from '../protocol/chat-events.ts';
import { REFUSED_FRAMES, REFUSED_WINDOW_MS } from '../protocol/limits.ts';
import { markOf, usedWords, type BudgetMark } from './budget-words.ts';
import { isSpent, nearestBudget, type BudgetView } from './budget.ts';
import { chatEnding, reasonOf, type ChatEnding } from './chat-endings.ts';
import { readChatFrame, type ChatComplaint } from './chat-frame.ts';
import type { Allowance } from './context.ts';
import { afterBudget, afterTooManyRequests } from './endings.ts';

/** Where a socket stands, small enough to be attached to it. */
export interface ChatState {
  readonly conversationId: string | null;
  /**
   * How much of the wire the client knows: `events`: all of it; `older`: two words, and no more before its first answer;
   * `answered`: an older one that had it.
   */
  readonly speaks: 'events' | 'older' | 'answered';
  /** What an older client is told of its conversation once it has had its answer. */
  readonly held: ChatServerEvent | null;
  /** When frames were refused lately. */
  readonly refusedAt: readonly number[];
  /** The highest mark of the budget that was told on the day that ends then. */
  readonly told: BudgetMark;
  readonly resetsAt: number;
}

/** What is to be done, at this socket or for its conversation. */
export type ChatAction =
  | { readonly do: 'tell'; readonly event: ChatServerEvent }
  | { readonly do: 'count-request' }
  /** Somebody is there. */
  | { readonly do: 'note-activity' }
  | { readonly do: 'authenticate'; readonly token: string }
  | { readonly do: 'ask'; readonly message: ChatMessage }
  | { readonly do: 'resume'; readonly resume: ChatResume }
  | { readonly do: 'cancel' }
  | { readonly do: 'give'; readonly result: ChatToolResult }
  | { readonly do: 'end'; readonly ending: ChatEnding };

/** The next state, and what to do. */
export interface ChatStep {
  readonly state: ChatState;
  readonly actions: readonly ChatAction[];
}

/** A socket that was just let in. `speaksEvents`: it offered our subprotocol. */
export function freshChat(conversationId: string | null, speaksEvents: boolean): ChatState {
  const speaks = speaksEvents ? 'events' : 'older';
  return { conversationId, speaks, held: null, refusedAt: [], told: 0, resetsAt: 0 };
}

/** Decides what becomes of a frame; every one is a request. */
export function fromBrowser(
  allowance: Allowance,
  state: ChatState,
  { frame, now }: { readonly frame: string | ArrayBuffer; readonly now: number },
): ChatStep {
  const waitMs = allowance.waitForRequest(now);
  if (waitMs !== null) return end(state, chatEnding(afterTooManyRequests(waitMs)));
  const read = readChatFrame(frame);
  const counted: ChatAction = { do: 'count-request' };
  switch (read.kind) {
    case 'too-big':
      return after(
        [counted],
        end(state, { as: 'tooBig', complaint: read.complaint, reason: reasonOf('tooBig') }),
      );
    case 'refused':
      return after([counted], refuse(state, read.complaint, now));
    case 'event': {
      const knowsMore = !read.isBare && state.speaks !== 'events';
      const next: ChatState = knowsMore ? { ...state, speaks: 'events' } : state;
      return { state: next, actions: [counted, ...actionsFor(read.event)] };
    }
  }
}

/** Counts what was refused and says so; a client that keeps on is closed. */
export function refuse(state: ChatState, complaint: ChatComplaint, now: number): ChatStep {
  const recent = state.refusedAt.filter((at) => now - at < REFUSED_WINDOW_MS);
  const next = { ...state, refusedAt: [...recent, now] };
  const told: ChatAction = { do: 'tell', event: errorOf(complaint) };
  if (next.refusedAt.length < REFUSED_FRAMES) return { state: next, actions: [told] };
  const message = `${REFUSED_FRAMES} frames were refused within a minute.`;
  const last: ChatComplaint = { code: 'too_many_refused_frames', message };
  return after([told], end(next, { as: 'notAllowed', complaint: last, reason: reasonOf('notAllowed') }));
}

/** The day's budget may have changed: tells of each mark that was passed, once, and ends at the last. */
export function mindBudget(state: ChatState, view: BudgetView, now: number): ChatStep {
  if (isSpent(view)) return end(state, chatEnding(afterBudget({ resetsAt: view.resetsAt, now })));
  const nearest = nearestBudget(view);
  const reached = markOf(nearest);
  const told = view.resetsAt === state.resetsAt ? state.told : 0;
  const next: ChatState = { ...state, resetsAt: view.resetsAt, told: reached > told ? reached : told };
  if (!nearest || reached <= told || reached === 0) return { state: next, actions: [] };
  const event: ChatServerEvent = {
    type: 'warning',
    code: reached === 95 ? 'budget_95' : 'budget_80',
    message: usedWords(nearest),
    at: Math.floor(view.resetsAt / 1000),
  };
  return { state: next, actions: [{ do: 'tell', event }] };
}

/** What this client is told of an event, and when: an older one gets text first, so that who reads one frame gets text. */
export function audible(
  state: ChatState,
  event: ChatServerEvent,
): { readonly state: ChatState; readonly told: readonly ChatServerEvent[] } {
  if (state.speaks === 'events') return { state, told: [event] };
  switch (event.type) {
    case 'text_response':
      return {
        state: { ...state, speaks: 'answered', held: null },
        told: state.held === null ? [event] : [event, state.held],
      };
    case 'conversation':
      return state.speaks === 'answered'
        ? { state, told: [event] }
        : { state: { ...state, held: event }, told: [] };
    case 'text_delta':
    case 'error':
    case 'pong':
      return { state, told: [event] };
    case 'usage':
    case 'warning':
      return { state, told: state.speaks === 'answered' ? [event] : [] };
    case 'message':
    case 'tool_call':
    case 'tool_result':
      return { state, told: [] };
  }
}

/** A complaint as an event. */
export function errorOf({ code, message, id }: ChatComplaint): ChatServerEvent {
  return { type: 'error', code, message, ...(id === undefined ? {} : { id }) };
}

/** Ends a chat, with the story in words first. */
export function end(state: ChatState, ending: ChatEnding): ChatStep {
  const told: readonly ChatAction[] = ending.complaint
    ? [{ do: 'tell', event: errorOf(ending.complaint) }]
    : [];
  return { state, actions: [...told, { do: 'end', ending }] };
}

const ACTIVE: ChatAction = { do: 'note-activity' };

function actionsFor(event: ChatClientEvent): readonly ChatAction[] {
  switch (event.type) {
    case 'message':
      return [ACTIVE, { do: 'ask', message: event }];
    case 'resume':
      return [ACTIVE, { do: 'resume', resume: event }];
    case 'cancel':
      return [ACTIVE, { do: 'cancel' }];
    case 'tool_result':
      return [ACTIVE, { do: 'give', result: event }];
    case 'auth':
      return [{ do: 'authenticate', token: event.token }];
    case 'ping':
      return [{ do: 'tell', event: { type: 'pong' } }];
  }
}

function after(actions: readonly ChatAction[], step: ChatStep): ChatStep {
  return { state: step.state, actions: [...actions, ...step.actions] };
}
