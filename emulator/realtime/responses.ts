/** The responses of one session: one in the conversation at a time, and any number beside it. */
import { createId } from '../ids.ts';
import { Timers } from '../timers.ts';
import type { ResponseParams } from './client-events.ts';
import { type Conversation, countItems, type Entry } from './conversation.ts';
import type { Refusal } from './invalid.ts';
import { toEntries } from './new-items.ts';
import { outputsFor } from './outputs.ts';
import { failureOf, isFiltered } from './response-fate.ts';
import { type ResponsePlan, ResponseRun } from './response-run.ts';
import type { McpDesk } from './mcp-desk.ts';
import { decided } from './mcp-rules.ts';
import { toSaid } from './scene.ts';
import type { SessionConfig } from './session-config.ts';
import type { SessionOptions } from './session-options.ts';
import { TokenAllowance } from './token-allowance.ts';
import { textTokens, type Tokens, type Usage } from './usage.ts';

/** Between `response.done` and `rate_limits.updated`, at pace 1. */
const RATE_LIMITS_MS = 40;

/** What a session's responses see of it. */
export interface ResponseHost {
  readonly options: SessionOptions;
  readonly conversation: Conversation;
  readonly conversationId: string;
  readonly mcp: McpDesk;
  readonly config: () => SessionConfig;
}

/** All responses of one session. */
export class Responses {
  readonly #host: ResponseHost;
  readonly #running = new Set<ResponseRun>();
  readonly #allowance = new TokenAllowance();
  readonly #timers = new Timers();
  #default: ResponseRun | null = null;
  #known: Tokens = { text: 0, audio: 0 };
  #knownPrefix = '';

  constructor(host: ResponseHost) {
    this.#host = host;
  }

  /** Starts a response; refused while another one runs in the conversation. */
  create(params: ResponseParams): Refusal | null {
    const isOutOfBand = params.conversation === 'none';
    if (this.#default && !isOutOfBand) {
      const { id } = this.#default.plan;
      const message = `The conversation already has an active response: ${id}. Wait for it to finish.`;
      return { code: 'conversation_already_has_active_response', message, param: null };
    }
    const context = this.#context(params);
    if (!context.ok) return context.refusal;
    const { options, conversation, mcp, config } = this.#host;
    const tools = params.tools ?? config().tools;
    mcp.announce(tools);
    const run = new ResponseRun(this.#plan(params, context.entries), {
      emit: options.emit,
      voice: options.voice,
      pace: options.dialect.pace,
      conversation: isOutOfBand ? null : conversation,
      makeCall: (entry, place) => mcp.make(tools, entry, place),
      onDone: (done, usage) => this.#finish(done, usage),
    });
    this.#running.add(run);
    if (!isOutOfBand) this.#default = run;
    const failure = failureOf(options);
    if (failure) run.startAndFail(failure);
    else run.start();
    return null;
  }

  /** Cancels the response of this id, or the conversation's own. */
  cancel(id: string | undefined): Refusal | null {
    const run = id === undefined ? this.#default : [...this.#running].find((one) => one.plan.id === id);
    if (!run) {
      const message = 'Cancellation failed: no active response found.';
      return { code: 'response_cancel_not_active', message, param: null };
    }
    run.cancel('client_cancelled');
    return null;
  }

  /** Someone began to speak: the conversation's own response stops. */
  interrupt(): void {
    this.#default?.cancel('turn_detected');
  }

  /** Whether the assistant has been heard in this conversation. */
  hasSpoken(): boolean {
    return this.#host.conversation.hasAssistantSound();
  }

  /** The socket is gone. */
  abandon(): void {
    for (const run of this.#running) run.abandon();
    this.#running.clear();
    this.#timers.clear();
  }

  #context(
    params: ResponseParams,
  ):
    | { readonly ok: true; readonly entries: readonly Entry[] }
    | { readonly ok: false; readonly refusal: Refusal } {
    const { conversation } = this.#host;
    if (params.input === undefined) return { ok: true, entries: conversation.entries() };
    return toEntries(params.input, conversation, this.#host.config().input.format);
  }

  #plan(params: ResponseParams, entries: readonly Entry[]): ResponsePlan {
    const { options, conversationId, mcp } = this.#host;
    const config = this.#host.config();
    const tools = params.tools ?? config.tools;
    const choice = params.tool_choice ?? config.tool_choice;
    const fixed = (params.instructions ?? config.instructions) + JSON.stringify(tools);
    const items = countItems(entries);
    const scene = { said: toSaid(entries), offer: mcp.offer(tools, choice), now: new Date() };
    const isParallel = params.parallel_tool_calls ?? config.parallel_tool_calls ?? true;
    const settled = decided(entries);
    const outputs = settled ? [settled] : outputsFor(scene, { isParallel });
    return {
      id: createId('resp'),
      modality: (params.output_modalities ?? config.output_modalities)[0] ?? 'audio',
      voice: params.audio?.output?.voice ?? config.output.voice,
      speed: config.output.speed,
      format: params.audio?.output?.format ?? config.output.format,
      maxOutputTokens: params.max_output_tokens ?? config.max_output_tokens,
      metadata: params.metadata ?? null,
      conversationId: params.conversation === 'none' ? null : conversationId,
      outputs: outputs.map((one) => (one.kind === 'call' ? mcp.dress(one, tools) : one)),
      isFiltered: isFiltered(scene.said, options.behaviour),
      input: { ...items, text: items.text + textTokens(fixed) },
      known: this.#remember(fixed, params),
      thinkMs: options.dialect.thinkMs,
    };
  }

  /** What the model has already read: everything of the last response, as long as nothing before its end has changed. */
  #remember(fixed: string, params: ResponseParams): Tokens {
    const prefix = `${this.#host.conversation.revision()} ${params.input ? 'own input' : ''} ${fixed}`;
    const isSame = prefix === this.#knownPrefix;
    this.#knownPrefix = prefix;
    return isSame ? this.#known : { text: 0, audio: 0 };
  }

  #finish(run: ResponseRun, usage: Usage): void {
    this.#running.delete(run);
    if (this.#default === run) this.#default = null;
    const { input_token_details: input, output_token_details: output } = usage;
    this.#known = {
      text: input.text_tokens + output.text_tokens,
      audio: input.audio_tokens + output.audio_tokens,
      image: input.image_tokens,
    };
    const { emit, dialect } = this.#host.options;
    const allowance = this.#allowance.spend(usage.total_tokens, Date.now());
    if (dialect.rateLimits === 'none') return;
    this.#timers.after(RATE_LIMITS_MS * dialect.pace, () =>
      emit({ type: 'rate_limits.updated', rate_limits: [allowance] }),
    );
  }
}
