/** What is remembered, as `GET /api/conversations` tells it. Times are Unix seconds, ids are opaque. */

/** One conversation in a list. */
export interface ConversationSummary {
  readonly id: string;
  /** The person's own, else the beginning of the first thing they said; empty while nobody said anything. */
  readonly title: string;
  readonly created_at: number;
  readonly updated_at: number;
  readonly message_count: number;
}

/** `GET /api/conversations`: the latest first. `next` is the cursor of the next page, null on the last. */
export interface ConversationPage {
  readonly conversations: readonly ConversationSummary[];
  readonly next: string | null;
}

/** One thing that was said. */
export interface ConversationMessage {
  readonly id: string;
  readonly role: 'user' | 'assistant';
  readonly mode: 'voice' | 'text';
  /** What was written or said; of a spoken answer, what was heard. */
  readonly content: string;
  /** `answering`: on its way. `interrupted`: the person talked over it, stopped it, or something broke. */
  readonly status: 'complete' | 'interrupted' | 'answering';
  readonly created_at: number;
  /** What the answer did on its way; only answers have any. */
  readonly tool_calls: readonly ConversationToolCall[];
}

/** A tool the model called, and what it said; `output` null: it never said anything. */
export interface ConversationToolCall {
  readonly call_id: string;
  readonly name: string;
  readonly arguments: unknown;
  readonly output: unknown;
  readonly is_error: boolean;
}

/** `GET /api/conversations/:id`: the newest page of messages, oldest of it first. `next` leads to older ones. */
export interface ConversationWithMessages extends ConversationSummary {
  readonly messages: readonly ConversationMessage[];
  readonly next: string | null;
}

/** `GET /api/conversations/search?q=`: the best first. */
export interface SearchPage {
  readonly results: readonly SearchResult[];
  readonly next: string | null;
}

/** A message that has what was looked for, or a conversation whose title has it (`message_id` null). */
export interface SearchResult {
  readonly conversation_id: string;
  readonly title: string;
  readonly message_id: string | null;
  readonly role: 'user' | 'assistant' | null;
  /** The words around what was found. */
  readonly snippet: string;
  /** Where in the snippet the words that were found are: start and end, in UTF-16 units. */
  readonly matches: readonly (readonly [start: number, end: number])[];
  readonly created_at: number;
}
