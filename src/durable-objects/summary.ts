/** How the beginning of a conversation is summed up when it no longer fits. */
import type { Agent } from '../agent/agent.ts';
import type { AgentSession } from '../agent/run.ts';
import type { ConversationMessage } from '../protocol/conversations.ts';
import type { ChatPurse } from './chat-purse.ts';
import type { Memory, Recalled } from './store/memory.ts';

/** What a summary is asked for with. */
export const SUMMARY_INSTRUCTIONS =
  'Summarize the conversation you are given for the assistant who goes on with it. Keep names, facts the person told, ' +
  'decisions, open questions and promises. Write at most 300 words, in the language of the conversation, and nothing else.';

/** Who sums up, and who pays. */
export interface Summarizing {
  readonly summarizer: Agent;
  readonly purse: ChatPurse;
}

/** Summaries under way: one of a conversation at a time. */
export class Summaries {
  readonly #memory: Memory;
  readonly #underWay = new Map<string, { readonly abort: AbortController; readonly purse: ChatPurse }>();

  constructor(memory: Memory) {
    this.#memory = memory;
  }

  /** Sums up what the model was not given. Nobody waits for it; what fails is tried again after the next answer. */
  async sumUp(conversationId: string, recalled: Recalled, { summarizer, purse }: Summarizing): Promise<void> {
    const until = recalled.forgotten.at(-1)?.id;
    if (until === undefined || this.#underWay.has(conversationId)) return;
    const summing = { abort: new AbortController(), purse };
    this.#underWay.set(conversationId, summing);
    const { signal } = summing.abort;
    const { turn } = await summarizer.run(toSumUp(recalled), { session: ALONE, purse, signal });
    if (this.#underWay.get(conversationId) !== summing) return;
    this.#underWay.delete(conversationId);
    const text = turn.answer.trim();
    if (turn.reason === 'stop' && text !== '') this.#memory.summarize(conversationId, { text, until });
  }

  /** Stops all of them; nothing of them is kept. */
  stop(): void {
    for (const { abort, purse } of this.#underWay.values()) {
      abort.abort();
      purse.abandon();
    }
    this.#underWay.clear();
  }
}

const ALONE: AgentSession = { recall: () => ({ summary: null, said: [] }), keep: () => undefined };

/** The summary so far, and what it does not stand for yet. */
function toSumUp({ summary, forgotten }: Recalled): string {
  const before = summary === null ? [] : [`What was said before, in short: ${summary}`];
  return [...before, ...forgotten.map(lineOf)].join('\n');
}

function lineOf({ role, content, tool_calls: calls }: ConversationMessage): string {
  const done = calls.map(({ name, output }) => `(${name}: ${JSON.stringify(output)})`);
  return [`${role}: ${content}`, ...done].join(' ');
}
