/** What Azure reports as used, and what it costs. Pure. */
import { NANO_PER_USD, type Price, type TranscriptionPrice } from './prices.ts';
import { isRecord, type WireEvent } from './wire.ts';

/** Tokens and money together: what a response costs, and what a day's budget is counted in. Nano-dollars are whole. */
export interface Amount {
  readonly tokens: number;
  readonly nanoUsd: number;
}

/** Nothing. */
export const NOTHING: Amount = { tokens: 0, nanoUsd: 0 };

/** The sum of two amounts. */
export function plus(a: Amount, b: Amount): Amount {
  return { tokens: a.tokens + b.tokens, nanoUsd: a.nanoUsd + b.nanoUsd };
}

/** Tokens by what they are and how they were charged. Cached ones are part of the input ones. */
export interface Tokens {
  readonly text: number;
  readonly audio: number;
  readonly image: number;
}

/** The usage of one response. */
export interface ResponseUsage {
  /** What Azure says the sum is; the parts may leave out what it does not name. */
  readonly total: number;
  readonly input: Tokens;
  readonly cached: Tokens;
  readonly output: Tokens;
}

/** The usage in a `response.done`; null when it tells none, as a failed response may. */
export function responseUsage(event: WireEvent): ResponseUsage | null {
  const usage = isRecord(event['response']) ? event['response']['usage'] : null;
  if (!isRecord(usage)) return null;
  const details = recordAt(usage, 'input_token_details');
  const input = split(usage['input_tokens'], details);
  const output = split(usage['output_tokens'], recordAt(usage, 'output_token_details'));
  const cached = split(details['cached_tokens'], recordAt(details, 'cached_tokens_details'));
  const sum = sumOf(input) + sumOf(output);
  return { total: Math.max(count(usage['total_tokens']), sum), input, cached, output };
}

/** What a response costs. Tokens of a kind that Azure left unnamed are charged as text. */
export function responseCost(usage: ResponseUsage, price: Price): Amount {
  const { input, cached, output } = usage;
  const usd = (['text', 'audio', 'image'] as const).reduce((sum, kind) => {
    const rate = price[kind];
    const hit = Math.min(cached[kind], input[kind]);
    return sum + (input[kind] - hit) * rate.input + hit * rate.cached + output[kind] * rate.output;
  }, 0);
  return { tokens: usage.total, nanoUsd: nanoUsd(usd) };
}

/** What a `…input_audio_transcription.completed` costs: by tokens or by seconds, whichever it reports. */
export function transcriptionCost(event: WireEvent, price: TranscriptionPrice): Amount {
  const usage = event['usage'];
  if (!isRecord(usage)) return NOTHING;
  if (usage['type'] === 'duration') {
    return { tokens: 0, nanoUsd: secondsCost(count(usage['seconds']), price) };
  }
  const details = recordAt(usage, 'input_token_details');
  const audio = count(details['audio_tokens']);
  const text = Math.max(0, count(usage['input_tokens']) - audio);
  const output = count(usage['output_tokens']);
  const usd = audio * price.tokens.audio + text * price.tokens.text + output * price.tokens.output;
  return { tokens: Math.max(count(usage['total_tokens']), audio + text + output), nanoUsd: nanoUsd(usd) };
}

/** Nano-dollars for so many seconds of sound at a price by the minute. */
export function secondsCost(seconds: number, price: TranscriptionPrice): number {
  return Math.ceil((seconds / 60) * price.minute * NANO_PER_USD);
}

/** USD per million tokens times tokens, in whole nano-dollars: the prices' third decimal is one of them. */
export function nanoUsd(usdPerMillion: number): number {
  return Math.round(usdPerMillion * 1000);
}

/** Input and output are told by kind; what the kinds leave of the sum is text. */
function split(sum: unknown, details: Record<string, unknown>): Tokens {
  const audio = count(details['audio_tokens']);
  const image = count(details['image_tokens']);
  const text = Math.max(count(details['text_tokens']), count(sum) - audio - image);
  return { text, audio, image };
}

function sumOf({ text, audio, image }: Tokens): number {
  return text + audio + image;
}

function recordAt(from: Record<string, unknown>, key: string): Record<string, unknown> {
  const value = from[key];
  return isRecord(value) ? value : {};
}

/** A number that counts something; anything else counts nothing. */
function count(value: unknown): number {
  return typeof value === 'number' && Number.isFinite(value) && value > 0 ? value : 0;
}
