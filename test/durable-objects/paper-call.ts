/** A call without sockets and without an object: tells the relay what arrives, keeps what it wants done, and does the sums. */
import { realtimePrice, transcriptionPrice } from '../../src/azure/prices.ts';
import { plus, NOTHING, type Amount } from '../../src/azure/usage.ts';
import type { Reservation } from '../../src/durable-objects/account.ts';
import type { Action } from '../../src/durable-objects/actions.ts';
import { giveWay, lastActions } from '../../src/durable-objects/azure-lost.ts';
import { freshDay, type Budgets, type BudgetView, type DayUsage } from '../../src/durable-objects/budget.ts';
import { socketRules, type CallRules } from '../../src/durable-objects/call-rules.ts';
import type { Context } from '../../src/durable-objects/context.ts';
import { afterAzureClose } from '../../src/durable-objects/endings.ts';
import { wake } from '../../src/durable-objects/pass-up.ts';
import { fromBrowser } from '../../src/durable-objects/relay.ts';
import {
  dialling,
  end,
  type Ending,
  type RelayState,
  type Step,
} from '../../src/durable-objects/relay-state.ts';
import { replay } from '../../src/durable-objects/replay.ts';
import type { Briefed } from '../../src/durable-objects/briefing.ts';
import type { Said } from '../../src/durable-objects/said.ts';
import { waitForRequest, withRequest, type RequestWindow } from '../../src/durable-objects/request-window.ts';
import { pageLeft, toolAnswered, type ToolWish } from '../../src/durable-objects/tool-steps.ts';
import { afterPaying, mindBudget } from '../../src/durable-objects/thrift.ts';
import { pendingCalls } from '../../src/durable-objects/tool-answers.ts';
import type { Lane } from '../../src/protocol/subprotocols.ts';

export const operator = {
  instructions: 'Be the operator’s.',
  voice: 'alloy',
  transcriptionDeployment: 'whisper-1',
  tools: [],
  isLocked: true,
};

/** What a paper call may use; nothing is limited unless it is named. */
export interface PaperLimits {
  readonly requestsPerMinute?: number;
  readonly budgets?: Partial<Budgets>;
  /** What Azure is told of what was said before. */
  readonly replayed?: readonly string[];
  readonly isLocked?: boolean;
}

const DAY = '2026-11-25';
const NO_BUDGETS: Budgets = { tokens: null, nanoUsd: null, voiceMs: null };

export class PaperCall {
  context: Context;
  /** What carries its sound. */
  rules: CallRules = socketRules;
  state: RelayState = dialling;
  /** What the day has used; a test may change it, as another session would. */
  used: DayUsage = freshDay;
  budgets: Budgets;
  /** When the day ends; a test may begin another. */
  resetsAt = Date.parse('2026-11-26T00:00:00Z');
  /** What is remembered of the call, by item. */
  writes = 0;
  readonly remembered = new Map<string, Said>();
  readonly reservations = new Map<string, Reservation>();
  #window: RequestWindow = [];
  #actions: Action[] = [];
  now = Date.parse(`${DAY}T12:00:00Z`);
  #wakeAt: number | null = null;

  constructor(
    lane: Lane = 'binary',
    { requestsPerMinute = Infinity, budgets = {}, replayed = [], isLocked = true }: PaperLimits = {},
  ) {
    this.budgets = { ...NO_BUDGETS, ...budgets };
    this.context = {
      lane,
      wire: 'ga',
      operator: { ...operator, isLocked },
      tariff: {
        answers: realtimePrice('gpt-realtime', DAY),
        transcripts: transcriptionPrice('whisper-1', DAY),
      },
      allowance: {
        waitForRequest: (now) => waitForRequest(this.#window, requestsPerMinute, now),
        budget: () => this.view(),
      },
      replayed,
    };
  }

  view(): BudgetView {
    return {
      used: this.used,
      reserved: this.reserved(),
      budgets: this.budgets,
      resetsAt: this.resetsAt,
      sessions: 1,
    };
  }

  reserved(): Amount {
    return [...this.reservations.values()].reduce((sum, { most }) => plus(sum, most), NOTHING);
  }

  /** `number`: the how manieth of the browser's frames it is, where somebody counts. */
  browserSends(frame: string | ArrayBuffer | object, number = 0): void {
    const isRaw = typeof frame === 'string' || frame instanceof ArrayBuffer;
    const text = isRaw ? frame : JSON.stringify(frame);
    this.#take(fromBrowser(this.context, this.state, { frame: text, now: this.now, number }));
  }

  azureSends(frame: string | object): void {
    const text = typeof frame === 'string' ? frame : JSON.stringify(frame);
    this.#take(this.rules.heard(this.context, this.state, { frame: text, now: this.now }));
  }

  connects(briefed: Briefed | null = null): void {
    this.#take(this.rules.connected(this.context, this.state, { briefed, now: this.now }));
  }

  /** Another session of the user paid for something, or time went by. */
  looksAtTheBudget(): void {
    this.#take(mindBudget(this.context, this.state, this.now));
  }

  /** Time goes by; what was to be woken in it is woken when it was to be. */
  waits(ms: number): void {
    const until = this.now + ms;
    while (this.#wakeAt !== null && this.#wakeAt <= until) {
      this.now = Math.max(this.now, this.#wakeAt);
      this.#wakeAt = null;
      this.#take(wake(this.context, this.state, this.now));
    }
    this.now = until;
  }

  /** Azure's socket is gone, with this code. */
  loses(code = 1006): void {
    const ending = afterAzureClose(code, this.state);
    this.#take(this.rules.lost(this.context, this.state, { ending, now: this.now }));
  }

  /** Another session of Azure's is there, and will be told what is remembered, but for what it was told ahead of time. */
  reconnects(briefed: Briefed | null = null): void {
    if (this.state.name === 'ended') return;
    this.context = { ...this.context, replayed: this.conversation() };
    this.connects(briefed);
  }

  /** What another session would have to be told of what was said. */
  conversation(): readonly string[] {
    if (this.state.name === 'ended') return [];
    const inOrder = [...this.remembered.values()].toSorted((a, b) => a.saidAt - b.saidAt);
    const messages = inOrder.map(({ itemId, role, mode, content, status, toolCalls }) => ({
      id: itemId,
      role,
      mode,
      content,
      status,
      created_at: 0,
      tool_calls: toolCalls,
    }));
    return replay({ summary: null, messages }, pendingCalls(this.state.ledger.calls));
  }

  /** Another session of Azure's takes the place of this one, in time. */
  givesWay(): void {
    this.#take(giveWay(this.context, this.state, this.now));
  }

  /** What was done since the last look, told as a dialogue. Sums are not part of it. */
  said(): unknown[] {
    const actions = this.#actions;
    this.#actions = [];
    return actions.flatMap((action): unknown[] => {
      if (action.do === 'answer-ping') return [['browser', { type: 'gateway.pong', upstream_ms: null }]];
      if (action.do === 'end') return [['end', action.as]];
      if (action.do === 'redial') return [['redial', action.code]];
      if (action.do === 'log-dropped') return [['log', 'dropped', action.ms]];
      if (action.do === 'log-error') return [['log', action.code, action.cause]];
      if (action.do === 'tell-azure') return [['azure', readable(action.frame)]];
      if (action.do !== 'tell-browser') return [];
      return [['browser', typeof action.frame === 'string' ? readable(action.frame) : action.frame]];
    });
  }

  /** The reason of the close, when the call has ended. */
  reason(): string | null {
    return this.#actions.find((action) => action.do === 'end')?.reason ?? null;
  }

  /** A tool that was carried out has answered. */
  answers(callId: string, output: string): void {
    this.#take(toolAnswered(this.context, this.state, { callId, output, now: this.now }));
  }

  /** The page that was to answer calls is gone. */
  pageLeaves(): void {
    this.#take(pageLeft(this.context, this.state, this.now));
  }

  /** The calls that were to be carried out since the last look, which this is not. */
  wishes(): ToolWish[] {
    return this.#actions.flatMap((action) => (action.do === 'run-tool' ? [action.call] : []));
  }

  /** Whether what is carried out was dropped since the last look, which this is not. */
  isDropped(): boolean {
    return this.#actions.some((action) => action.do === 'drop-tools');
  }

  /** Whether Azure was told something since the last look, which this is not, that it answers. */
  isAnswerOwed(): boolean {
    return this.#actions.some((action) => action.do === 'tell-azure' && action.isAsking);
  }

  /** Somebody outside ends it. */
  endsHere(ending: Ending = { as: 'over', complaint: null }): void {
    this.#take(end(this.state, ending));
  }

  /** Brings the call to where both ends talk. */
  opens(): this {
    this.connects();
    this.azureSends({ type: 'session.created', session: {} });
    this.azureSends({
      type: 'session.updated',
      session: { instructions: operator.instructions, voice: 'alloy' },
    });
    this.said();
    return this;
  }

  #take({ state, actions }: Step): void {
    const before = this.state;
    this.state = state;
    if (state.name === 'ended') lastActions(this.context, before, this.now).forEach((one) => this.#do(one));
    actions.forEach((action) => this.#do(action));
  }

  #do(action: Action): void {
    // As a socket does: bytes are copied when they are sent.
    this.#actions.push(sent(action));
    if (action.do === 'remember' || action.do === 'take-out') this.writes += 1;
    if (action.do === 'remember') this.remembered.set(action.said.itemId, action.said);
    if (action.do === 'take-out') this.remembered.delete(action.itemId);
    if (action.do === 'count-request') this.#window = withRequest(this.#window, this.now);
    if (action.do === 'reserve') this.reservations.set(action.id, action.reservation);
    if (action.do === 'release') this.reservations.delete(action.id);
    if (action.do === 'settle') this.#settle(action);
    if (action.do !== 'wake') return;
    if (action.inMs === 0) this.#take(wake(this.context, this.state, this.now));
    else this.#wakeAt = this.now + action.inMs;
  }

  #settle({ id, amount }: Extract<Action, { do: 'settle' }>): void {
    if (id !== null) this.reservations.delete(id);
    this.used = {
      ...this.used,
      tokens: this.used.tokens + amount.tokens,
      nanoUsd: this.used.nanoUsd + amount.nanoUsd,
    };
    this.#take(afterPaying(this.context, this.state, { amount, callMs: 0, now: this.now }));
  }
}

function sent(action: Action): Action {
  if (action.do !== 'tell-browser' || typeof action.frame === 'string') return action;
  return { ...action, frame: action.frame.slice() };
}

function readable(frame: string): unknown {
  try {
    return JSON.parse(frame);
  } catch {
    return frame;
  }
}
