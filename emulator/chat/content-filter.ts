/** The content filter's words: what it found in a prompt or an answer, and what it says when it blocks. Pure. */
import type { ErrorBody } from './chat-refusals.ts';

/** What one category of the filter says. */
type Finding =
  | { readonly filtered: boolean; readonly severity: 'safe' | 'low' | 'medium' | 'high' }
  | { readonly detected: boolean; readonly filtered: boolean };

/** Findings by category. */
export type FilterResults = Readonly<Record<string, Finding>>;

const safe: Finding = { filtered: false, severity: 'safe' };
const unseen: Finding = { detected: false, filtered: false };

/** Where an annotation of the asynchronous filter stands, in characters. */
export interface FilterOffsets {
  readonly check_offset: number;
  readonly start_offset: number;
  readonly end_offset: number;
}

/** An answer the filter passed. */
export const safeAnswer: FilterResults = {
  hate: safe,
  self_harm: safe,
  sexual: safe,
  violence: safe,
};

/** A prompt the filter passed. */
export const safePrompt: FilterResults = { ...safeAnswer, jailbreak: unseen };

/** An answer the filter stopped. */
export const blockedAnswer: FilterResults = {
  ...safeAnswer,
  violence: { filtered: true, severity: 'medium' },
};

/** `prompt_filter_results` of a prompt that passed. */
export const promptFilterResults = [{ prompt_index: 0, content_filter_results: safePrompt }] as const;

/** What stands in a choice when the filter did not run. */
export const filterError = {
  error: { code: 'content_filter_error', message: 'The contents are not filtered' },
} as const;

/** Typed words that trip the filter, so that a test or a person can; those for the answer do so on a call too. */
const TRIPS_PROMPT = /\btrip the prompt filter\b/i;
const TRIPS_ANSWER = /\btrip the (?:answer|content) filter\b/i;

/** Whether what was typed is to be blocked as a prompt. */
export function tripsPromptFilter(typed: string): boolean {
  return TRIPS_PROMPT.test(typed);
}

/** Whether what was typed asks for an answer that is stopped. */
export function tripsAnswerFilter(typed: string): boolean {
  return TRIPS_ANSWER.test(typed);
}

/** The error of a blocked prompt. Its `content_filter_result` is singular, and its type is null. */
export function blockedPrompt(): ErrorBody {
  return {
    message:
      "The response was filtered because the prompt triggered Azure OpenAI's content management policy. Please change your prompt and try again.",
    type: null,
    param: 'prompt',
    code: 'content_filter',
    status: 400,
    innererror: {
      code: 'ResponsibleAIPolicyViolation',
      content_filter_result: { ...safePrompt, violence: { filtered: true, severity: 'medium' } },
    },
  };
}
