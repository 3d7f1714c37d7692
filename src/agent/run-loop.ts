/** One run of an agent: step after step of the model, and the tools it calls between, until it has answered. */
import { log } from '../observe/log.ts';
import type { StepEnd, StepPart, StepRequest } from './ai-sdk.ts';
import type { ChatTarget } from './chat-target.ts';
import { errorOf, lineAbout, runError } from './failures.ts';
import { Line, type Ask, type Fate, type Patience } from './line.ts';
import { bytesOf, messagesOfStep, promptFor, type Prompt } from './prompt.ts';
import type { EndReason, Grant, RunError, RunEvent, RunOptions, ToolCall, Turn, Usage, Used } from './run.ts';
import { offerOf } from './tool-offer.ts';
import type { Tool, ToolSource } from './tool.ts';
import { carryOut, prepare, type Call } from './tool-run.ts';

/** What an agent is made of, every choice made. */
export interface Agency extends Patience {
  readonly instructions: string;
  readonly tools: readonly (Tool | ToolSource)[];
  readonly model: ChatTarget;
  readonly ask: Ask;
  readonly maxSteps: number;
}

/** How a run ended. */
interface Ending {
  readonly reason: EndReason;
  readonly error: RunError | null;
}

/** How a step ended: the run goes on after its calls, or is at its end. */
type StepResult = { readonly calls: readonly Call[]; readonly text: string } | Ending;

/** One run. `events` is read once, to its end or until nobody wants more. */
export class Run {
  readonly #agency: Agency;
  readonly #options: RunOptions;
  readonly #message: string;
  /** Fires when the caller stops the run, or reads no further. */
  readonly #abort = new AbortController();
  readonly #signal: AbortSignal;
  #answer = '';
  #toolCalls: readonly ToolCall[] = [];
  #usage: Usage = { input: 0, cached: 0, output: 0 };

  constructor(agency: Agency, message: string, options: RunOptions) {
    this.#agency = agency;
    this.#message = message;
    this.#options = options;
    this.#signal = options.signal
      ? AbortSignal.any([options.signal, this.#abort.signal])
      : this.#abort.signal;
  }

  /** What the run tells. The turn is kept when it ends, also when the reader leaves before that. */
  async *events(): AsyncGenerator<RunEvent> {
    let ending: Ending = { reason: 'cancelled', error: null };
    let isKept = true;
    try {
      ending = yield* this.#steps();
    } catch {
      // A bug or a broken store: told as what it is, never as a stream that breaks off without an end.
      ending = failed('internal');
    } finally {
      this.#abort.abort();
      isKept = await this.#keep(ending.reason);
    }
    if (!isKept) ending = failed('internal');
    yield { type: 'end', turn: this.#turn(ending.reason), error: ending.error };
  }

  async *#steps(): AsyncGenerator<RunEvent, Ending> {
    const { instructions, maxSteps } = this.#agency;
    // Before anything that has a time limit: the first time, loading it keeps this thread busy.
    const { takeStep } = await import('./ai-sdk.ts');
    const [recollection, tools] = await Promise.all([this.#options.session.recall(), this.#offer()]);
    let messages = promptFor(instructions, recollection, this.#message);
    for (let step = 0; step < maxSteps; step += 1) {
      if (this.#signal.aborted) return CANCELLED;
      const result = yield* this.#step({ tools, messages }, takeStep);
      if ('reason' in result) return result;
      const answered = yield* this.#callTools(result.calls, tools);
      if (this.#signal.aborted) return CANCELLED;
      const said = answered.map((call) => ({ role: 'tool' as const, ...call }));
      messages = [...messages, ...messagesOfStep(result.text, said)];
    }
    return { reason: 'steps', error: null };
  }

  async *#step(
    prompt: Prompt,
    takeStep: (request: StepRequest) => AsyncIterable<StepPart>,
  ): AsyncGenerator<RunEvent, StepResult> {
    const grant = this.#open(prompt);
    if (grant === null) return failed('budget_spent');
    const line = new Line(this.#agency, this.#agency.ask);
    let usage: Usage | null = null;
    let end: StepEnd | null = null;
    let text = '';
    const calls: Call[] = [];
    try {
      const signal = AbortSignal.any([this.#signal, line.signal]);
      const { mostOutputTokens } = grant;
      const request = { ...prompt, target: this.#agency.model, mostOutputTokens, signal, fetch: line.fetch };
      for await (const part of takeStep(request)) {
        if (part.type === 'text') {
          this.#options.purse?.answers(grant.id, line.deployment);
          text += part.text;
          this.#answer += part.text;
          yield part;
        } else if (part.type === 'call') calls.push(part);
        else if (part.type === 'usage') usage = part.usage;
        else end = part.reason;
      }
    } finally {
      line.close();
      this.#close(grant, { usage, deployment: line.deployment });
    }
    if (end === null) return this.#signal.aborted ? CANCELLED : broken(line.fate);
    // Calls of an answer that was cut may be cut themselves.
    if (end === 'length' || end === 'content_filter') return { reason: end, error: null };
    return calls.length === 0 ? { reason: 'stop', error: null } : { calls, text };
  }

  async *#callTools(
    calls: readonly Call[],
    tools: readonly Tool[],
  ): AsyncGenerator<RunEvent, readonly ToolCall[]> {
    const before = this.#toolCalls;
    const prepared = calls.map((call) => prepare(call, tools));
    let asked: readonly ToolCall[] = prepared.map(({ callId, name, input }) => ({
      callId,
      name,
      input,
      output: null,
      isError: false,
    }));
    this.#toolCalls = [...before, ...asked];
    for (const { callId, name, input, task } of prepared) {
      yield { type: 'tool-call', callId, name, input, runs: task.runs };
    }
    const { runClientTool } = this.#options;
    for await (const answered of carryOut(prepared, { runClientTool, signal: this.#signal })) {
      asked = asked.map((call) => (call.callId === answered.callId ? answered : call));
      this.#toolCalls = [...before, ...asked];
      const { callId, name, output, isError } = answered;
      yield { type: 'tool-result', callId, name, output, isError };
    }
    return asked;
  }

  /** The tools of this run. What the caller cannot carry out is not offered. */
  async #offer(): Promise<readonly Tool[]> {
    const { runClientTool } = this.#options;
    return offerOf(this.#agency.tools, ({ runs }) => runs === 'server' || runClientTool !== undefined);
  }

  #open(prompt: Prompt): Grant | null {
    return this.#options.purse ? this.#options.purse.open({ inputBytes: bytesOf(prompt) }) : FREE;
  }

  #close(grant: Grant, used: Used): void {
    if (used.usage) this.#usage = sum(this.#usage, used.usage);
    this.#options.purse?.close(grant.id, used);
  }

  async #keep(reason: EndReason): Promise<boolean> {
    try {
      await this.#options.session.keep(this.#turn(reason));
      return true;
    } catch {
      return false;
    }
  }

  #turn(reason: EndReason): Turn {
    return {
      message: this.#message,
      answer: this.#answer,
      toolCalls: this.#toolCalls,
      reason,
      usage: this.#usage,
    };
  }
}

const FREE: Grant = { id: '', mostOutputTokens: null };
const CANCELLED: Ending = { reason: 'cancelled', error: null };

function failed(code: RunError['code']): Ending {
  return { reason: 'failed', error: runError(code) };
}

/** How a run ends whose step did not; the one place that logs it. */
function broken(fate: Fate): Ending {
  log(...lineAbout(fate));
  return { reason: 'failed', error: errorOf(fate) };
}

function sum(a: Usage, b: Usage): Usage {
  return { input: a.input + b.input, cached: a.cached + b.cached, output: a.output + b.output };
}
