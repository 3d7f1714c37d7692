/** The frames of a streamed answer, in Azure's order and with its keys. Pure. */
import { randomBase62 } from '../ids.ts';
import { obfuscation } from '../realtime/obfuscation.ts';
import type { Answer } from './answer.ts';
import type { ChatBehaviour } from './chat-deployments.ts';
import type { ChatUsage } from './chat-usage.ts';
import {
  blockedAnswer,
  type FilterOffsets,
  filterError,
  promptFilterResults,
  safeAnswer,
} from './content-filter.ts';
import { logprobsOf } from './logprobs.ts';

/** One frame; the time it takes depends on its kind. */
export interface Frame {
  readonly kind: 'head' | 'piece' | 'tail';
  readonly data: Readonly<Record<string, unknown>>;
}

/** What all frames of an answer share. */
export interface Stream {
  readonly id: string;
  readonly created: number;
  readonly model: string;
  readonly fingerprint: string;
  readonly behaviour: ChatBehaviour;
  /** How many times the answer is given. */
  readonly choices: number;
  readonly usage: ChatUsage;
  readonly includesUsage: boolean;
  readonly isObfuscated: boolean;
  readonly hasLogprobs: boolean;
}

/** A new id of a call, as Azure gives them out. */
export function createCallId(): string {
  return `call_${randomBase62(24)}`;
}

/** All frames but `[DONE]`. */
export function* toFrames(answer: Answer, stream: Stream): Generator<Frame> {
  const { behaviour } = stream;
  if (behaviour.name !== 'no prompt filter' && behaviour.name !== 'filter error') yield promptFrame(stream);
  const bodies =
    answer.kind === 'words' ? wordFrames(answer.pieces, stream) : callFrames(answer.calls, stream);
  for (const frame of bodies) yield frame;
  const tail = (data: Frame['data']): Frame => ({ kind: 'tail', data });
  const isBlocked = answer.finish === 'content_filter';
  for (let index = 0; index < stream.choices; index += 1) {
    const results = isBlocked ? blockedAnswer : {};
    const choice = { content_filter_results: results, delta: {}, finish_reason: answer.finish };
    yield tail(chunk(stream, { ...choice, index, logprobs: null }));
  }
  if (behaviour.name === 'async filter' && answer.kind === 'words') {
    yield annotationFrame(stream, answer.pieces, answer.pieces.length % PIECES_PER_ANNOTATION);
  }
  if (stream.includesUsage)
    yield tail({ choices: [], ...envelope(stream), usage: withLatency(stream.usage) });
}

function* wordFrames(pieces: readonly string[], stream: Stream): Generator<Frame> {
  const role = { content: '', refusal: null, role: 'assistant' };
  yield* eachChoice(stream, 'head', () => ({ delta: role }));
  for (const [at, piece] of pieces.entries()) {
    const logprobs = stream.hasLogprobs ? logprobsOf([piece]) : null;
    yield* eachChoice(stream, 'piece', () => ({
      content_filter_results: at === 0 ? safeAnswer : {},
      delta: { content: piece },
      logprobs,
    }));
    const isDue = (at + 1) % PIECES_PER_ANNOTATION === 0;
    if (stream.behaviour.name === 'async filter' && isDue) {
      yield annotationFrame(stream, pieces.slice(0, at + 1), PIECES_PER_ANNOTATION);
    }
  }
}

/** How many pieces of text pass between two annotations of the asynchronous filter. */
const PIECES_PER_ANNOTATION = 8;

/** The first frame of the first call is the role frame too. */
function* callFrames(calls: Extract<Answer, { kind: 'calls' }>['calls'], stream: Stream): Generator<Frame> {
  for (const [index, { name, pieces }] of calls.entries()) {
    yield* eachChoice(stream, index === 0 ? 'head' : 'piece', () => {
      const begun = { index, id: createCallId(), type: 'function', function: { name, arguments: '' } };
      const role = index === 0 ? { content: null, refusal: null, role: 'assistant' } : {};
      return { delta: { ...role, tool_calls: [begun] } };
    });
    for (const piece of pieces) {
      const delta = { tool_calls: [{ index, function: { arguments: piece } }] };
      yield* eachChoice(stream, 'piece', () => ({ delta }));
    }
  }
}

function* eachChoice(
  stream: Stream,
  kind: Frame['kind'],
  make: () => Readonly<Record<string, unknown>>,
): Generator<Frame> {
  for (let index = 0; index < stream.choices; index += 1) {
    yield {
      kind,
      data: chunk(stream, {
        content_filter_results: {},
        delta: {},
        finish_reason: null,
        index,
        logprobs: null,
        ...make(),
      }),
    };
  }
}

function chunk(stream: Stream, choice: Readonly<Record<string, unknown>>): Frame['data'] {
  const { content_filter_results: results, ...rest } = choice;
  const filter =
    stream.behaviour.name === 'filter error'
      ? { content_filter_result: filterError }
      : { content_filter_results: results };
  return {
    choices: [{ ...filter, ...rest }],
    ...envelope(stream),
    ...(stream.isObfuscated && { obfuscation: obfuscation() }),
    ...(stream.includesUsage && { usage: null }),
  };
}

function envelope({ created, id, model, fingerprint }: Stream) {
  return { created, id, model, object: 'chat.completion.chunk', system_fingerprint: fingerprint };
}

/** Comes before the model has said anything, so it has no id, no model and no time. */
function promptFrame(stream: Stream): Frame {
  const data = {
    choices: [],
    ...nameless,
    prompt_filter_results: promptFilterResults,
    ...(stream.includesUsage && { usage: null }),
  };
  return { kind: 'head', data };
}

/** What the asynchronous filter says about the last `count` pieces of text that are out already: a choice with no delta. */
function annotationFrame(stream: Stream, pieces: readonly string[], count: number): Frame {
  const end = pieces.join('').length;
  const start = pieces.slice(0, pieces.length - count).join('').length;
  const offsets: FilterOffsets = { check_offset: end, start_offset: start, end_offset: end };
  const choice = {
    content_filter_offsets: offsets,
    content_filter_results: safeAnswer,
    finish_reason: null,
    index: 0,
  };
  return {
    kind: 'tail',
    data: { choices: [choice], ...nameless, ...(stream.includesUsage && { usage: null }) },
  };
}

const nameless = { created: 0, id: '', model: '', object: '' } as const;

/** Undocumented, and there: times within the service, in ms. */
function withLatency(usage: ChatUsage) {
  const latency = { engine_tbt_ms: 20, engine_ttft_ms: 120, pre_inference_ms: 60, service_ttft_ms: 200 };
  return { ...usage, latency_checkpoint: latency };
}
