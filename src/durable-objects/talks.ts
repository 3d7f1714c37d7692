/**
 * The conversations in writing that are being answered: runs the agent for them, keeps what came of it, and tells
 * everybody who is in them. What becomes of each event, `talk.ts` decides.
 */
import type { RunEvent, Turn } from '../agent/run.ts';
import type { ChatServerEvent, ChatToolResult } from '../protocol/chat-events.ts';
import { dayCost } from './budget-words.ts';
import { dayOf } from './budget.ts';
import { ChatPurse } from './chat-purse.ts';
import type { Answerers } from './chat-agent.ts';
import { chatEnding } from './chat-endings.ts';
import type { Chat } from './chat.ts';
import { clientTools, type WaitingTools } from './client-tools.ts';
import { afterBudget } from './endings.ts';
import { keptCalls, recollectionOf, tokensBehind } from './recollection.ts';
import { nothingSaid, type Memory, type Recalled } from './store/memory.ts';
import { Summaries } from './summary.ts';
import {
  ask,
  cancel,
  fromRun,
  fromTool,
  leave,
  missed,
  outcomeOf,
  takeBack,
  type Answer,
  type Audience,
  type Question,
  type Talk,
  type TalkAction,
  type TalkStep,
} from './talk.ts';

/** Who shelters the conversations. */
export interface TalksHost {
  /** The sessions that are in a conversation now. */
  readonly readers: (conversationId: string) => readonly Chat[];
  /** Something was paid for. */
  readonly onPaid: (chat: Chat) => void;
  /** An answer begins, or the last one has ended. */
  readonly onBusy: () => void;
}

/** An answer under way, beside what is decided about it. */
interface Run {
  readonly answer: Answer;
  readonly asker: Chat;
  readonly abort: AbortController;
  readonly purse: ChatPurse;
  /** Tools that wait for a client. */
  readonly tools: WaitingTools;
  recalled: Recalled | null;
}

/** As long-lived as the user's object. */
export class Talks {
  readonly #memory: Memory;
  readonly #answerers: () => Answerers;
  readonly #host: TalksHost;
  readonly #talks = new Map<string, Talk>();
  readonly #runs = new Map<string, Run>();
  readonly #askers = new Map<string, Chat>();
  readonly #summaries: Summaries;

  constructor(memory: Memory, answerers: () => Answerers, host: TalksHost) {
    this.#memory = memory;
    this.#summaries = new Summaries(memory);
    this.#answerers = answerers;
    this.#host = host;
  }

  /** The talk in a conversation; null while nobody is answered there. */
  of(conversationId: string): Talk | null {
    return this.#talks.get(conversationId) ?? null;
  }

  /** True while anybody is answered. */
  isBusy(): boolean {
    return this.#runs.size > 0;
  }

  /** A message that is kept is to be answered. */
  ask(chat: Chat, conversationId: string, question: Question): void {
    this.#askers.set(question.messageId, chat);
    this.#apply(conversationId, ask(this.of(conversationId), conversationId, question));
  }

  /** Stops the answer in a conversation; false when there is none. */
  cancel(conversationId: string): boolean {
    const talk = this.of(conversationId);
    if (talk !== null) this.#apply(conversationId, cancel(talk));
    return talk !== null;
  }

  /** Forgets that a question was asked. */
  takeBack(conversationId: string, messageId: string): void {
    const talk = this.of(conversationId);
    if (talk !== null) this.#apply(conversationId, takeBack(talk, messageId));
  }

  /** Forgets everything that is asked in a conversation. */
  drop(conversationId: string): void {
    if (this.#talks.has(conversationId)) {
      this.#apply(conversationId, { talk: null, actions: [{ do: 'drop' }] });
    }
  }

  /** Stops what this session asked: what came of its answer is kept, what waits is not asked. */
  stop(sessionId: string): void {
    for (const [id, talk] of this.#talks) {
      const next = { ...talk, waiting: talk.waiting.filter((one) => one.sessionId !== sessionId) };
      const isIts = talk.answer.question.sessionId === sessionId;
      this.#apply(id, isIts ? cancel(next) : { talk: next, actions: [] });
    }
  }

  /** Stops everything at once, and keeps nothing of it: whoever comes after may be about to empty the object. */
  stopAll(): void {
    for (const id of this.#talks.keys()) this.drop(id);
    this.#summaries.stop();
  }

  /** Hands over what a client's tool said; false when nobody asked this client for it. */
  give(chat: Chat, { call_id: callId, output }: ChatToolResult): boolean {
    const conversationId = chat.conversationId();
    const talk = conversationId === null ? null : this.of(conversationId);
    const step = talk && fromTool(talk, { callId, output, sessionId: chat.sessionId });
    if (step === null || conversationId === null) return false;
    this.#apply(conversationId, step);
    return true;
  }

  /** Tells a session what it missed of the answer under way. */
  replay(chat: Chat, conversationId: string, received: number): void {
    const talk = this.of(conversationId);
    if (talk !== null) this.#act(conversationId, missed(talk, chat.sessionId, received));
  }

  /** A session is no longer in a conversation. */
  leave(conversationId: string, sessionId: string): void {
    const talk = this.of(conversationId);
    if (talk !== null) this.#apply(conversationId, leave(talk, sessionId));
  }

  #apply(conversationId: string, { talk, actions }: TalkStep): void {
    if (talk === null) this.#talks.delete(conversationId);
    else this.#talks.set(conversationId, talk);
    this.#act(conversationId, actions);
  }

  #act(conversationId: string, actions: readonly TalkAction[]): void {
    for (const action of actions) {
      switch (action.do) {
        case 'tell':
          for (const chat of this.#heardBy(conversationId, action.to)) chat.tell(action.event);
          break;
        case 'run':
          void this.#run(conversationId, action.answer);
          break;
        case 'stop':
          this.#runs.get(conversationId)?.abort.abort();
          break;
        case 'drop':
          this.#drop(conversationId);
          break;
        case 'give':
          this.#runs.get(conversationId)?.tools.get(action.callId)?.(action.output);
          break;
      }
    }
  }

  #drop(conversationId: string): void {
    const run = this.#runs.get(conversationId);
    this.#runs.delete(conversationId);
    run?.abort.abort();
    run?.purse.abandon();
    this.#host.onBusy();
  }

  #heardBy(conversationId: string, to: Audience): readonly Chat[] {
    const readers = this.#host.readers(conversationId);
    if (to === 'all') return readers;
    return readers.filter(({ sessionId }) =>
      'only' in to ? sessionId === to.only : sessionId !== to.except,
    );
  }

  async #run(conversationId: string, answer: Answer): Promise<void> {
    const { question } = answer;
    const asker = this.#askers.get(question.messageId);
    this.#askers.delete(question.messageId);
    if (!asker) return;
    const { agent, price } = this.#answerers();
    const purse = this.#purse(asker, price, answer.answerId);
    const run: Run = {
      answer,
      asker,
      abort: new AbortController(),
      purse,
      tools: new Map(),
      recalled: null,
    };
    this.#runs.set(conversationId, run);
    this.#host.onBusy();
    const events = agent.runStream(question.content, {
      session: {
        recall: () => recollectionOf(this.#recall(conversationId, run), question.messageId),
        keep: (turn) => this.#keep(conversationId, run, turn),
      },
      signal: run.abort.signal,
      purse,
      ...(question.runsTools ? { runClientTool: clientTools(run.tools) } : {}),
    });
    for await (const event of events) {
      if (this.#runs.get(conversationId) !== run) break;
      this.#hear(conversationId, run, event);
    }
  }

  #hear(conversationId: string, run: Run, event: RunEvent): void {
    const talk = this.of(conversationId);
    if (talk === null) return;
    if (event.type === 'text') run.purse.wrote(event.text);
    const readers = this.#host.readers(conversationId);
    const step = fromRun(
      talk,
      event,
      readers.map(({ sessionId }) => sessionId),
    );
    if (event.type !== 'end') return this.#apply(conversationId, step);
    this.#runs.delete(conversationId);
    const told = step.actions.filter((action) => action.do === 'tell');
    this.#act(conversationId, told);
    this.#tellUsage(conversationId, run);
    for (const chat of readers) chat.noteActivity();
    for (const chat of readers) chat.keep();
    if (event.error?.code === 'budget_spent') this.#endSpent(run);
    this.#apply(conversationId, {
      talk: step.talk,
      actions: step.actions.filter((action) => action.do !== 'tell'),
    });
    this.#host.onBusy();
    const { recalled, asker, answer } = run;
    if (recalled === null) return;
    const { summarizer, price } = this.#answerers();
    const purse = this.#purse(asker, price, `summary-${answer.answerId}`);
    void this.#summaries.sumUp(conversationId, recalled, { summarizer, purse });
  }

  #recall(conversationId: string, run: Run): Recalled {
    if (this.#runs.get(conversationId) !== run) return nothingSaid;
    const talk = this.of(conversationId);
    const behind = [run.answer.question, ...(talk?.waiting ?? [])].map(({ content }) => content);
    run.recalled = this.#memory.recall(conversationId, tokensBehind(behind));
    return run.recalled;
  }

  /** One transaction: the answer, what it did and what it cost. One that was dropped, or in which nothing came, is none. */
  #keep(conversationId: string, run: Run, { toolCalls, reason, usage }: Turn): void {
    const talk = this.of(conversationId);
    if (talk === null || this.#runs.get(conversationId) !== run) return;
    const { content, status } = outcomeOf(talk, reason);
    if (content === '' && toolCalls.length === 0) return;
    const { question, answerId } = run.answer;
    this.#memory.keep(conversationId, {
      id: answerId,
      role: 'assistant',
      mode: 'text',
      content,
      status,
      saidAt: question.saidAt,
      clientId: null,
      toolCalls: keptCalls(toolCalls),
      sessionId: question.sessionId,
      tokens: usage.input + usage.output,
      nanoUsd: run.purse.spent().nanoUsd,
    });
  }

  #purse(asker: Chat, price: Answerers['price'], name: string): ChatPurse {
    const { meter } = asker;
    const priceOf = price(dayOf(Date.now()));
    return new ChatPurse({ meter, priceOf, name }, () => this.#host.onPaid(asker));
  }

  #tellUsage(conversationId: string, { asker, purse }: Run): void {
    const paid = { amount: purse.spent(), callMs: 0 };
    const event: ChatServerEvent = { type: 'usage', ...dayCost(paid, asker.meter.budget(Date.now())) };
    for (const chat of this.#heardBy(conversationId, 'all')) chat.tell(event);
  }

  /** What is only promised to others is not spent; a day that cannot pay for the shortest answer is. */
  #endSpent({ asker }: Run): void {
    const now = Date.now();
    const { reserved, resetsAt } = asker.meter.budget(now);
    if (reserved.tokens === 0) asker.finish(chatEnding(afterBudget({ resetsAt, now })));
  }
}
