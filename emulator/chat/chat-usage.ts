/**
 * Tokens of a chat, estimated the same way every time. A text's tokens are its pieces (a word or up to eight letters of
 * one, up to three digits or signs); above 20,000 characters, a quarter of its characters. Each message costs three more,
 * a name one, the answer's beginning three, a picture 85 or 765, a tool its JSON and eight.
 */
import { textTokens } from '../realtime/usage.ts';
import type { ChatMessage, ChatRequest } from './request-schema.ts';
import { textOf } from './said.ts';

const COUNTED_CHARACTERS = 20_000;
const CHARACTERS_PER_TOKEN = 4;
const TOKENS_PER_MESSAGE = 3;
const TOKENS_PER_NAME = 1;
const TOKENS_PER_REPLY = 3;
const TOKENS_PER_TOOL = 8;
const TOKENS_PER_PICTURE = { low: 85, high: 765, auto: 765 } as const;
const TOKENS_PER_ATTACHMENT = 100;

/** The `usage` of an answer. */
export interface ChatUsage {
  readonly completion_tokens: number;
  readonly completion_tokens_details: {
    readonly accepted_prediction_tokens: number;
    readonly audio_tokens: number;
    readonly reasoning_tokens: number;
    readonly rejected_prediction_tokens: number;
  };
  readonly prompt_tokens: number;
  readonly prompt_tokens_details: { readonly audio_tokens: number; readonly cached_tokens: number };
  readonly total_tokens: number;
}

/** Tokens of a text. */
export function tokensIn(text: string): number {
  if (text.length > COUNTED_CHARACTERS) return Math.ceil(text.length / CHARACTERS_PER_TOKEN);
  return textTokens(text);
}

/** Tokens of everything a request sends to the model. */
export function promptTokens(request: ChatRequest): number {
  const said = request.messages.reduce((sum, message) => sum + messageTokens(message), TOKENS_PER_REPLY);
  const format = request.response_format;
  const schema = format?.type === 'json_schema' ? tokensIn(JSON.stringify(format.json_schema)) : 0;
  return said + toolTokens(request) + schema;
}

/** Tokens of the tools a request offers. */
export function toolTokens({ tools }: ChatRequest): number {
  return (tools ?? []).reduce(
    (sum, tool) => sum + TOKENS_PER_TOOL + tokensIn(JSON.stringify(tool.function)),
    0,
  );
}

/** Builds a usage; `cached` tokens are among the prompt's. */
export function toChatUsage(prompt: number, cached: number, completion: number): ChatUsage {
  return {
    completion_tokens: completion,
    completion_tokens_details: {
      accepted_prediction_tokens: 0,
      audio_tokens: 0,
      reasoning_tokens: 0,
      rejected_prediction_tokens: 0,
    },
    prompt_tokens: prompt,
    prompt_tokens_details: { audio_tokens: 0, cached_tokens: cached },
    total_tokens: prompt + completion,
  };
}

/** Tokens of one message. */
export function messageTokens(message: ChatMessage): number {
  const name = 'name' in message && message.name !== undefined ? TOKENS_PER_NAME : 0;
  const calls = message.role === 'assistant' && message.tool_calls ? JSON.stringify(message.tool_calls) : '';
  return TOKENS_PER_MESSAGE + name + tokensIn(textOf(message)) + tokensIn(calls) + partTokens(message);
}

function partTokens({ content }: ChatMessage): number {
  if (!Array.isArray(content)) return 0;
  let tokens = 0;
  for (const part of content) {
    if (part.type === 'image_url') tokens += TOKENS_PER_PICTURE[part.image_url.detail ?? 'auto'];
    else if (part.type !== 'text' && part.type !== 'refusal') tokens += TOKENS_PER_ATTACHMENT;
  }
  return tokens;
}
