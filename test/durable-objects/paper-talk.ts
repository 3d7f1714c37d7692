/** What is said on a paper call, and what of it is looked at. */
import type { PaperCall } from './paper-call.ts';

export type Line = readonly [string, Record<string, unknown>];

/** The usage of an answer, as Azure writes it: text in, spoken out. */
export function done(id: string, { text, audio, out }: { text: number; audio: number; out: number }): object {
  const usage = {
    total_tokens: text + audio + out,
    input_tokens: text + audio,
    output_tokens: out,
    input_token_details: { text_tokens: text, audio_tokens: audio, cached_tokens: 0 },
    output_token_details: { text_tokens: 0, audio_tokens: out },
  };
  return { type: 'response.done', response: { id, usage } };
}

export function begun(id: string): object {
  return { type: 'response.created', response: { id } };
}

export function typed(text: string): object {
  const content = [{ type: 'input_text', text }];
  return { type: 'conversation.item.create', item: { type: 'message', role: 'user', content } };
}

/** What went up or down in these steps, of one kind. */
export function told(call: PaperCall, end: 'azure' | 'browser'): Record<string, unknown>[] {
  const lines = call.said() as Line[];
  return lines.filter(([at]) => at === end).map(([, frame]) => frame);
}

export function typesOf(frames: readonly Record<string, unknown>[]): unknown[] {
  return frames.map((frame) => frame['type']);
}

/** One whole turn, typed. */
export function turn(call: PaperCall, id: string, usage: { text: number; audio: number; out: number }): void {
  call.browserSends({ type: 'response.create' });
  call.azureSends(begun(id));
  call.azureSends(done(id, usage));
}
