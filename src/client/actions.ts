import type { ChatAction } from './chat/chat.ts';
import type { ClientEvent } from './client-events.ts';
import type { Handover } from './handover.ts';
import type { MemoryRequest } from './memory/memory.ts';
import type { SessionEnding } from './warnings.ts';

/** What the deciding half asks of the acting half. */
export type Action =
  | CallAction
  | { readonly type: 'chat'; readonly action: ChatAction }
  | { readonly type: 'memory'; readonly request: MemoryRequest }
  | { readonly type: 'set-timer'; readonly name: TimerName; readonly ms: number }
  | { readonly type: 'clear-timer'; readonly name: TimerName };

/** What concerns a call and who the person is. */
export type CallAction =
  /** Sign in, open sound, microphone if wanted, and the socket; null begins a new conversation. */
  | { readonly type: 'open'; readonly withMicrophone: boolean; readonly conversationId: string | null }
  /** Open sound, microphone if there was one, and the socket of a call that another page left. */
  | { readonly type: 'reopen'; readonly handover: Handover }
  /** Give everything back. */
  | { readonly type: 'close' }
  /** Be nobody again, here and in every other window. */
  | { readonly type: 'sign-out' }
  /** Get a fresh token for this call; where nobody has one, what was warned of is told after all. */
  | { readonly type: 'renew'; readonly warning: SessionEnding }
  | { readonly type: 'send'; readonly event: ClientEvent }
  /** Carry out a tool of the page, which comes back as `tool-ran`. */
  | {
      readonly type: 'run-tool';
      readonly callId: string;
      readonly name: string;
      readonly arguments: unknown;
    }
  | { readonly type: 'play'; readonly part: number; readonly pcm: ArrayBuffer }
  | { readonly type: 'finish'; readonly part: number }
  | { readonly type: 'flush' }
  | { readonly type: 'hold' }
  | { readonly type: 'resume' }
  | { readonly type: 'mute'; readonly isMuted: boolean }
  | { readonly type: 'open-microphone' };

/** The clocks the deciding half may set; each runs once, and setting it again starts it anew. */
export type TimerName = 'interruption' | 'chat' | 'search';
