/** The answer to a chat request, before it is streamed or written: words or calls, and why it ends. Pure. */
import { textPieces } from '../realtime/usage.ts';
import { answer } from '../script.ts';
import { callsFor, type Call } from '../tool-choice.ts';
import { tripsAnswerFilter } from './content-filter.ts';
import { jsonBySchema, jsonObject } from './json-answer.ts';
import type { ChatRequest } from './request-schema.ts';
import { lastTyped, toOffer, toSaid } from './said.ts';
import { summaryFor } from './summary.ts';

/** Why an answer ends. */
export type FinishReason = 'stop' | 'length' | 'tool_calls' | 'content_filter';

/** A call, its arguments in the pieces they are streamed in. */
export interface PiecedCall {
  readonly name: string;
  readonly pieces: readonly string[];
}

/** An answer in the pieces it is streamed in. A piece is a token. */
export type Answer =
  | { readonly kind: 'words'; readonly pieces: readonly string[]; readonly finish: FinishReason }
  | { readonly kind: 'calls'; readonly calls: readonly PiecedCall[]; readonly finish: FinishReason };

/** What an answer also depends on. */
export interface AnswerContext {
  readonly now: Date;
  /** The filter stops every answer. */
  readonly isFiltered: boolean;
}

/** No model of the family writes more. */
const MOST_TOKENS = 16_384;

/** How much of an answer is out before the filter stops it. */
const PIECES_BEFORE_FILTER = 5;

/** A call costs this much beside its arguments. */
const TOKENS_PER_CALL = 4;

/** A wish for a call is no longer than this. */
const WISH_CHARACTERS = 2_000;

/** Answers a request. */
export function answerTo(request: ChatRequest, { now, isFiltered }: AnswerContext): Answer {
  const said = toSaid(request.messages);
  const typed = lastTyped(said);
  const offer = toOffer(request);
  const most = Math.min(request.max_completion_tokens ?? request.max_tokens ?? MOST_TOKENS, MOST_TOKENS);
  const calls = callsFor(typed.slice(0, WISH_CHARACTERS), offer, request.parallel_tool_calls ?? true);
  const isToolDone = said.findLast((one) => one.by === 'user' || one.by === 'tool')?.by === 'tool';
  if (calls.length > 0 && !isToolDone) return limitCalls(calls, most);
  const output = answer({ said, offer: { functions: [], choice: { kind: 'none' } }, now });
  const scripted =
    output.kind === 'message' ? output.stretches.map((one) => (one.kind === 'say' ? one.text : '')) : [];
  const text = shape(summaryFor(said) ?? scripted.join(' '), request);
  const pieces = textPieces(untilStop(text, request.stop));
  if (isFiltered || tripsAnswerFilter(typed)) {
    return { kind: 'words', pieces: pieces.slice(0, PIECES_BEFORE_FILTER), finish: 'content_filter' };
  }
  const isCut = pieces.length > most;
  return { kind: 'words', pieces: isCut ? pieces.slice(0, most) : pieces, finish: isCut ? 'length' : 'stop' };
}

/** Tokens of an answer. */
export function answerTokens(one: Answer): number {
  if (one.kind === 'words') return one.pieces.length;
  return one.calls.reduce((sum, call) => sum + TOKENS_PER_CALL + call.pieces.length, 0);
}

function limitCalls(calls: readonly Call[], most: number): Answer {
  let left = most;
  const pieced: PiecedCall[] = [];
  for (const call of calls) {
    const pieces = textPieces(call.arguments);
    left -= TOKENS_PER_CALL;
    pieced.push({ name: call.name, pieces: pieces.slice(0, Math.max(left, 0)) });
    left -= pieces.length;
    if (left < 0) return { kind: 'calls', calls: pieced, finish: 'length' };
  }
  return { kind: 'calls', calls: pieced, finish: 'tool_calls' };
}

function shape(text: string, { response_format: format }: ChatRequest): string {
  if (format?.type === 'json_object') return jsonObject(text);
  return format?.type === 'json_schema' ? jsonBySchema(format.json_schema.schema ?? {}, text) : text;
}

function untilStop(text: string, stop: ChatRequest['stop']): string {
  const stops = typeof stop === 'string' ? [stop] : (stop ?? []);
  const places = stops.filter((one) => one !== '').map((one) => text.indexOf(one));
  const first = Math.min(...places.filter((place) => place >= 0), text.length);
  return text.slice(0, first);
}
