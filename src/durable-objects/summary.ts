/** How the beginning of a conversation is summed up when it no longer fits. */
import type { ConversationMessage } from '../protocol/conversations.ts';
import type { Recalled, Summary } from './store/memory.ts';

/** What a summary is asked for with. */
export const SUMMARY_INSTRUCTIONS =
  'Summarize the conversation you are given for the assistant who goes on with it. Keep names, facts the person told, ' +
  'decisions, open questions and promises. Write at most 300 words, in the language of the conversation, and nothing else.';

/** What is to be summed up: the summary so far, and what it does not stand for yet. Null: nothing is. */
export interface ToSumUp {
  readonly text: string;
  /** The last message it will stand for. */
  readonly until: string;
}

/** What of a conversation is to be summed up. */
export function toSumUp({ summary, forgotten }: Recalled): ToSumUp | null {
  const last = forgotten.at(-1);
  if (last === undefined) return null;
  const before = summary === null ? [] : [`What was said before, in short: ${summary}`];
  return { text: [...before, ...forgotten.map(lineOf)].join('\n'), until: last.id };
}

/** The summary to keep; null when the model wrote none. */
export function summaryFrom({ until }: ToSumUp, answer: string): Summary | null {
  const text = answer.trim();
  return text === '' ? null : { text, until };
}

function lineOf({ role, content, tool_calls: calls }: ConversationMessage): string {
  const done = calls.map(({ name, output }) => `(${name}: ${JSON.stringify(output)})`);
  return [`${role}: ${content}`, ...done].join(' ');
}
