/** One response from `response.created` to `response.done`, whatever happens in between. Ends exactly once. */
import type { Output } from '../script.ts';
import { Timers } from '../timers.ts';
import type { Voice } from '../voice/voice.ts';
import type { Conversation, Entry } from './conversation.ts';
import { FunctionCall } from './function-call.ts';
import type { Item } from './items.ts';
import { McpApprovalRequest, McpCall, type McpOutput } from './mcp-call.ts';
import type { OutputPlace, OutputWriter, Stage } from './output-writer.ts';
import type { Emit, ResponseView, StatusDetails } from './server-events.ts';
import type { AudioFormat, Voice as VoiceSetting } from './session-schema.ts';
import { SpokenMessage } from './spoken-message.ts';
import { type Tokens, toUsage, type Usage } from './usage.ts';
import { WrittenMessage } from './written-message.ts';

/** Everything that is settled before the first event. */
export interface ResponsePlan {
  readonly id: string;
  readonly modality: 'text' | 'audio';
  readonly voice: VoiceSetting;
  readonly speed: number;
  readonly format: AudioFormat;
  readonly maxOutputTokens: number | 'inf';
  readonly metadata: Readonly<Record<string, string>> | null;
  readonly conversationId: string | null;
  /** One after the other; at least one. */
  readonly outputs: readonly (Output | McpOutput)[];
  /** True: the content filter stops it after a few tokens. */
  readonly isFiltered: boolean;
  readonly input: Tokens;
  readonly known: Tokens;
  /** From `response.created` to the first piece, at pace 1. */
  readonly thinkMs: number;
}

/** Where the response happens. `conversation` null: out of band. `onDone` is called once, before `response.done` is sent. */
export interface ResponseSurroundings {
  readonly emit: Emit;
  readonly voice: Voice;
  readonly pace: number;
  readonly conversation: Conversation | null;
  /** Makes a call of a server's tool, later. */
  readonly makeCall: (entry: Entry, place: OutputPlace) => void;
  readonly onDone: (run: ResponseRun, usage: Usage) => void;
}

/** How much of an answer is out before the content filter stops it. */
const TOKENS_BEFORE_FILTER = 20;

type Ending = Exclude<ResponseView['status'], 'in_progress'>;

/** A failure of the emulator itself, in Azure's words. */
const brokenSynthesis = {
  type: 'failed',
  error: { type: 'server_error', code: 'server_error', message: 'The answer could not be spoken.' },
} as const;

/** One running response. */
export class ResponseRun {
  readonly plan: ResponsePlan;
  readonly #surroundings: ResponseSurroundings;
  readonly #timers = new Timers();
  readonly #items: Item[] = [];
  #spent: Tokens = { text: 0, audio: 0 };
  #writer: OutputWriter | null = null;
  #isEnded = false;

  constructor(plan: ResponsePlan, surroundings: ResponseSurroundings) {
    this.plan = plan;
    this.#surroundings = surroundings;
  }

  /** Announces the response and begins; everything else comes by itself. */
  start(): void {
    this.#announce();
    this.#perform().catch(() => this.#end('failed', brokenSynthesis));
  }

  /** Announces the response, and that it failed, as Azure does when a rate limit is hit inside a session. */
  startAndFail(details: Extract<StatusDetails, { type: 'failed' }>): void {
    this.#announce();
    this.#end('failed', details);
  }

  /** Stops it where it is, with all closing events. */
  cancel(reason: 'turn_detected' | 'client_cancelled'): void {
    this.#end('cancelled', { type: 'cancelled', reason });
  }

  /** Stops it without a word: the socket is gone. */
  abandon(): void {
    this.#isEnded = true;
    this.#timers.clear();
  }

  async #perform(): Promise<void> {
    const { outputs, isFiltered, thinkMs } = this.plan;
    let isWhole = true;
    for (const [index, output] of outputs.entries()) {
      const writer = this.#createWriter(output, index);
      if (index === 0) await this.#timers.sleep(thinkMs * this.#surroundings.pace);
      this.#writer = writer;
      isWhole = await writer.perform();
      if (!isWhole || this.#isEnded) break;
      if (index < outputs.length - 1) this.#closeWriter(writer, 'completed');
    }
    if (isWhole && !isFiltered) return this.#end('completed', null);
    this.#end('incomplete', { type: 'incomplete', reason: this.#stopReason() });
  }

  #createWriter(output: Output | McpOutput, outputIndex: number): OutputWriter {
    const { modality, voice, speed, format } = this.plan;
    const surroundings = this.#surroundings;
    const stage: Stage = {
      emit: surroundings.emit,
      timers: this.#timers,
      voice: surroundings.voice,
      pace: surroundings.pace,
      conversation: surroundings.conversation,
      tokensLeft: () => this.#tokensLeft(),
    };
    const place = { responseId: this.plan.id, outputIndex };
    if ('server_label' in output) {
      return output.kind === 'mcp call'
        ? new McpCall(stage, place, { output, make: surroundings.makeCall })
        : new McpApprovalRequest(stage, place, output);
    }
    if (output.kind === 'call') return new FunctionCall(stage, place, output);
    if (modality === 'text') return new WrittenMessage(stage, place, output.stretches);
    const name = typeof voice === 'string' ? voice : voice.id;
    return new SpokenMessage(stage, place, {
      stretches: output.stretches,
      manner: { voice: name, speed, format },
    });
  }

  #end(status: Ending, details: StatusDetails): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#timers.clear();
    if (this.#writer) this.#closeWriter(this.#writer, status === 'completed' ? 'completed' : 'incomplete');
    const usage = toUsage(this.plan.input, this.plan.known, this.#spent);
    this.#surroundings.onDone(this, usage);
    this.#surroundings.emit({ type: 'response.done', response: this.#view(status, details, usage) });
  }

  #closeWriter(writer: OutputWriter, status: 'completed' | 'incomplete'): void {
    this.#writer = null;
    this.#items.push(writer.close(status));
    this.#spent = add(this.#spent, writer.tokens());
  }

  #announce(): void {
    this.#surroundings.emit({ type: 'response.created', response: this.#view('in_progress', null, null) });
  }

  #tokensLeft(): number {
    const { maxOutputTokens, isFiltered } = this.plan;
    const most = maxOutputTokens === 'inf' ? Infinity : maxOutputTokens;
    return Math.min(most, isFiltered ? TOKENS_BEFORE_FILTER : Infinity) - this.#tokensSpent();
  }

  #tokensSpent(): number {
    const all = this.#writer ? add(this.#spent, this.#writer.tokens()) : this.#spent;
    return all.text + all.audio;
  }

  /** Whichever limit is the lower one was met. */
  #stopReason(): 'content_filter' | 'max_output_tokens' {
    const { maxOutputTokens, isFiltered } = this.plan;
    const most = maxOutputTokens === 'inf' ? Infinity : maxOutputTokens;
    return isFiltered && most > this.#tokensSpent() ? 'content_filter' : 'max_output_tokens';
  }

  #view(status: ResponseView['status'], details: StatusDetails, usage: Usage | null): ResponseView {
    const { plan } = this;
    return {
      object: 'realtime.response',
      id: plan.id,
      status,
      status_details: details,
      output: [...this.#items],
      conversation_id: plan.conversationId,
      output_modalities: [plan.modality],
      max_output_tokens: plan.maxOutputTokens,
      audio: { output: { format: plan.format, voice: plan.voice } },
      usage,
      metadata: plan.metadata,
    };
  }
}

function add(left: Tokens, right: Tokens): Tokens {
  return { text: left.text + right.text, audio: left.audio + right.audio };
}
