import type { Amount } from '../azure/usage.ts';
import type { ConversationMessage } from '../protocol/conversations.ts';

/** One thing of a call that is remembered: said by the person, heard of an answer, or done by the model with a tool. */
export interface Said {
  /** The item of Azure's conversation it stands for. */
  readonly itemId: string;
  readonly role: ConversationMessage['role'];
  /** `voice`: it was spoken. */
  readonly mode: ConversationMessage['mode'];
  readonly content: string;
  readonly status: 'complete' | 'interrupted';
  /** When it was said, in Unix milliseconds; no two of a call share it, so that it orders them. */
  readonly saidAt: number;
  readonly toolCalls: ConversationMessage['tool_calls'];
  readonly cost: Amount;
}
