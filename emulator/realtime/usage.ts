/** Token arithmetic as Azure bills it. Text tokens are an estimate (no vocabulary here); audio tokens are exact. */
import { durationMs } from '../../src/protocol/audio-format.ts';
import { TOKEN_BYTES } from './pacing.ts';

/** What a person says costs one token per 100 ms. */
const INPUT_TOKEN_MS = 100;

/** Cached tokens move in blocks of this many. */
const CACHE_BLOCK_TOKENS = 64;

/** Longest piece of a word that counts as one token. */
const PIECE = /\s*(?:\p{L}{1,8}|\p{N}{1,3}|[^\s\p{L}\p{N}]{1,3}|\s+$)/gu;

/** Tokens by kind. */
export interface Tokens {
  readonly text: number;
  readonly audio: number;
  /** Pictures; absent: none. They are input only. */
  readonly image?: number;
}

/** The `usage` of a `response.done`, in the order Azure writes it. */
export interface Usage {
  readonly total_tokens: number;
  readonly input_tokens: number;
  readonly output_tokens: number;
  readonly input_token_details: {
    readonly text_tokens: number;
    readonly audio_tokens: number;
    readonly image_tokens: number;
    readonly cached_tokens: number;
    readonly cached_tokens_details: {
      readonly text_tokens: number;
      readonly audio_tokens: number;
      readonly image_tokens: number;
    };
  };
  readonly output_token_details: { readonly text_tokens: number; readonly audio_tokens: number };
}

/** Cuts text into the pieces it is streamed in; put together they are the text again. One piece is one token. */
export function textPieces(text: string): string[] {
  return text.match(PIECE) ?? [];
}

/** How many tokens a text is. */
export function textTokens(text: string): number {
  return textPieces(text).length;
}

/** Tokens of sound a person said: ten a second, started ones counted. */
export function inputAudioTokens(bytes: number): number {
  return Math.ceil(durationMs(bytes) / INPUT_TOKEN_MS);
}

/** Tokens of sound the assistant said: twenty a second, started ones counted. */
export function outputAudioTokens(bytes: number): number {
  return Math.ceil(bytes / TOKEN_BYTES);
}

/** Builds a usage from what went in, what of that was already known last time, and what came out. */
export function toUsage(input: Tokens, known: Tokens, output: Tokens): Usage {
  const cachedText = toCacheBlocks(Math.min(known.text, input.text));
  const cachedAudio = toCacheBlocks(Math.min(known.audio, input.audio));
  const images = input.image ?? 0;
  const cachedImages = toCacheBlocks(Math.min(known.image ?? 0, images));
  const inputTokens = input.text + input.audio + images;
  const outputTokens = output.text + output.audio;
  return {
    total_tokens: inputTokens + outputTokens,
    input_tokens: inputTokens,
    output_tokens: outputTokens,
    input_token_details: {
      text_tokens: input.text,
      audio_tokens: input.audio,
      image_tokens: images,
      cached_tokens: cachedText + cachedAudio + cachedImages,
      cached_tokens_details: {
        text_tokens: cachedText,
        audio_tokens: cachedAudio,
        image_tokens: cachedImages,
      },
    },
    output_token_details: { text_tokens: output.text, audio_tokens: output.audio },
  };
}

function toCacheBlocks(tokens: number): number {
  return Math.floor(tokens / CACHE_BLOCK_TOKENS) * CACHE_BLOCK_TOKENS;
}
