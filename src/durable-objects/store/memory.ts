/**
 * What a user's sessions need of their memory. Times are Unix milliseconds. Everything here is synchronous, and each
 * method is one transaction. `note` and `erase` are the only ones that may be called while sound flows in a call: they
 * never make a frame wait for the disk (docs/decisions/0012-one-memory.md).
 */
import type { ConversationMessage, ConversationSummary } from '../../protocol/conversations.ts';

/** What one user's sessions said. Every id that is not this user's is simply unknown. */
export interface Memory {
  /** A conversation that nobody has said anything in yet; it is listed once somebody has. */
  begin(now: number): string;
  /** A conversation; null when there is none of this id. */
  find(conversationId: string): ConversationSummary | null;
  /** Keeps a message, or changes the one of this id; null when the conversation is gone. */
  keep(conversationId: string, message: KeptMessage): Kept | null;
  /** Keeps a message as `keep` does, without waiting for the disk, and without ever changing its place. */
  note(conversationId: string, message: KeptMessage): void;
  /** Takes one message out as `note` keeps one: without waiting for the disk. Nothing happens when there is none. */
  erase(conversationId: string, messageId: string): void;
  /** Puts what was noted into the tables. For when the last call ends; whoever reads does it anyhow. */
  fold(): void;
  /** Takes a message and everything after it out of a conversation. False when there is none of this id. */
  takeBack(conversationId: string, messageId: string): boolean;
  /** One message; null when there is none. */
  message(conversationId: string, messageId: string): ConversationMessage | null;
  /** The message that a client calls by this id of its own; null when it was never kept. */
  messageOfClient(conversationId: string, clientId: string): ConversationMessage | null;
  /** A conversation whose first message a client lately called so, with the same words; null when there is none. */
  begunWith(first: FirstMessage): string | null;
  /** The last thing said in a conversation; null when nothing was. */
  last(conversationId: string): ConversationMessage | null;
  /** What the model is given of a conversation: at most about `tokens` of its end, after what a summary stands for. */
  recall(conversationId: string, tokens: number): Recalled;
  /** Puts a summary in the place of everything until this message. */
  summarize(conversationId: string, summary: Summary): void;
  /** Forgets a conversation in which nobody said anything. For when the last session in it ends. */
  deleteEmpty(conversationId: string): void;
}

/** How a conversation may have begun: the client's own id of its first message, the words, and since when. */
export interface FirstMessage {
  readonly clientId: string;
  readonly content: string;
  readonly since: number;
}

/** A message to keep. */
export interface KeptMessage {
  readonly id: string;
  readonly role: 'user' | 'assistant';
  readonly mode: 'voice' | 'text';
  readonly content: string;
  readonly status: ConversationMessage['status'];
  /** When it was said, or began to be: what orders a conversation. The place of a message is given once and stays. */
  readonly saidAt: number;
  /** The client's own id of it; null when it gave none. */
  readonly clientId: string | null;
  readonly toolCalls: ConversationMessage['tool_calls'];
  /** The session it was said in, and what it cost. */
  readonly sessionId: string;
  readonly tokens: number;
  readonly nanoUsd: number;
}

/** What came of keeping a message: the conversation as it is now. */
export interface Kept {
  readonly conversation: ConversationSummary;
  /** The message gave the conversation its title. */
  readonly hasNewTitle: boolean;
}

/** The end of a conversation, oldest first. */
export interface Recalled {
  /** What stands for everything before; null when nothing was left out or nobody has summarized it yet. */
  readonly summary: string | null;
  readonly messages: readonly ConversationMessage[];
  /** Messages before these that no summary stands for, oldest first, as many as one summary can take; empty when there are none. */
  readonly forgotten: readonly ConversationMessage[];
}

/** Of a conversation in which nobody has said anything, or that is gone. */
export const nothingSaid: Recalled = { summary: null, messages: [], forgotten: [] };

/** What stands for the beginning of a conversation. */
export interface Summary {
  readonly text: string;
  /** The last message it stands for. */
  readonly until: string;
}
