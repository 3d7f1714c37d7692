/** A conversation on a paper call, as Azure tells it. */
import type { Lane } from '../../src/protocol/subprotocols.ts';
import { PaperCall, type PaperLimits } from './paper-call.ts';
import { done } from './paper-talk.ts';

const BYTES_PER_MS = 48;
const NOTHING_USED = { text: 0, audio: 0, out: 0 };

/** Each method is one thing that happens, and returns the talk. */
export class Talk {
  readonly call: PaperCall;
  readonly #transcripts = new Map<string, string>();
  #events = 0;

  constructor(lane: Lane = 'binary', limits: PaperLimits = {}) {
    this.call = new PaperCall(lane, limits).opens();
  }

  /** How often something was kept or taken out so far. */
  writes(): number {
    return this.call.writes;
  }

  speechBegins(id: string): this {
    return this.#azure('input_audio_buffer.speech_started', { item_id: id, audio_start_ms: 0 });
  }

  speechTaken(id: string): this {
    this.#azure('input_audio_buffer.committed', { item_id: id, previous_item_id: null });
    return this.item({ id, role: 'user', content: [{ type: 'input_audio', transcript: null }] });
  }

  partlyUnderstood(id: string, delta: string): this {
    return this.#azure('conversation.item.input_audio_transcription.delta', { item_id: id, delta });
  }

  understood(id: string, transcript: string, seconds = 0): this {
    const usage = { type: 'duration', seconds };
    return this.#azure('conversation.item.input_audio_transcription.completed', {
      item_id: id,
      transcript,
      usage,
    });
  }

  notUnderstood(id: string): this {
    const error = { type: 'server_error' };
    return this.#azure('conversation.item.input_audio_transcription.failed', { item_id: id, error });
  }

  /** An item that is there, whole. */
  item(item: Record<string, unknown>): this {
    const whole = { type: 'message', status: 'completed', ...item };
    this.#azure('conversation.item.added', { item: whole, previous_item_id: null });
    return this.#azure('conversation.item.done', { item: whole, previous_item_id: null });
  }

  typed(id: string, text: string): this {
    return this.item({ id, role: 'user', content: [{ type: 'input_text', text }] });
  }

  deleted(id: string): this {
    return this.#azure('conversation.item.deleted', { item_id: id });
  }

  /** A spoken answer from beginning to end. */
  answers(id: string, text: string, soundMs = 1_000): this {
    return this.answerBegins(id).sounds(id, soundMs, text).answerDone(id);
  }

  answerBegins(id: string): this {
    const item = { id: `item-${id}`, type: 'message', role: 'assistant', status: 'in_progress', content: [] };
    this.#azure('response.created', { response: { id, conversation_id: 'conv' } });
    this.#azure('response.output_item.added', { response_id: id, item });
    this.#azure('conversation.item.added', { item, previous_item_id: null });
    return this.#part(id, 'audio');
  }

  /** An answer that is no part of the conversation. */
  asideBegins(id: string): this {
    const item = { id: `item-${id}`, type: 'message', role: 'assistant', status: 'in_progress', content: [] };
    this.#azure('response.created', { response: { id, conversation_id: null } });
    this.#azure('response.output_item.added', { response_id: id, item });
    return this.#part(id, 'audio');
  }

  /** Words, and then so much of their sound, in pieces of 100 ms and a rest. */
  sounds(id: string, ms: number, text: string): this {
    this.#transcripts.set(id, (this.#transcripts.get(id) ?? '') + text);
    for (const delta of text.match(/\S+\s*/g) ?? []) {
      this.#azure('response.output_audio_transcript.delta', { ...placeOf(id), delta, obfuscation: 'xyz' });
    }
    for (let left = ms; left > 0; left -= 100) {
      const delta = new Uint8Array(Math.min(left, 100) * BYTES_PER_MS).toBase64();
      this.#azure('response.output_audio.delta', { ...placeOf(id), delta });
    }
    return this;
  }

  answerDone(id: string, status = 'completed', usage = NOTHING_USED): this {
    return this.#responseDone(id, [this.#spoken(id)], { status, usage });
  }

  /** An answer that also called a tool. */
  answerDoneWith(id: string, call: Record<string, unknown>, usage: typeof NOTHING_USED): this {
    return this.#responseDone(id, [this.#spoken(id), call], { status: 'completed', usage });
  }

  answersInWriting(id: string, text: string): this {
    const item = { id: `item-${id}`, type: 'message', role: 'assistant' };
    this.#azure('response.created', { response: { id } });
    this.#azure('conversation.item.added', { item: { ...item, status: 'in_progress', content: [] } });
    this.#part(id, 'text');
    for (const delta of text.match(/\S+\s*/g) ?? []) {
      this.#azure('response.output_text.delta', { ...placeOf(id), delta });
    }
    const whole = { ...item, content: [{ type: 'output_text', text }] };
    return this.#responseDone(id, [whole], { status: 'completed', usage: NOTHING_USED });
  }

  callBegins(id: string, callId: string): this {
    const item = { ...callItem(id, callId), status: 'in_progress', arguments: '' };
    this.#azure('response.created', { response: { id } });
    return this.#azure('conversation.item.added', { item });
  }

  callDone(id: string, callId: string, given: string, status = 'completed'): this {
    const item = { ...callItem(id, callId), arguments: given };
    return this.#responseDone(id, [item], { status, usage: NOTHING_USED });
  }

  /** The client says how far it was heard. */
  truncates(id: string, ms: number): this {
    const place = { item_id: `item-${id}`, content_index: 0, audio_end_ms: ms };
    this.call.browserSends({ type: 'conversation.item.truncate', ...place });
    return this;
  }

  azureTruncated(id: string, ms: number): this {
    const place = { item_id: `item-${id}`, content_index: 0, audio_end_ms: ms };
    return this.#azure('conversation.item.truncated', place);
  }

  #part(id: string, type: 'audio' | 'text'): this {
    return this.#azure('response.content_part.added', { ...placeOf(id), part: { type } });
  }

  #spoken(id: string): Record<string, unknown> {
    const transcript = this.#transcripts.get(id) ?? '';
    const content = [{ type: 'output_audio', transcript }];
    return { id: `item-${id}`, type: 'message', role: 'assistant', content };
  }

  #responseDone(
    id: string,
    items: readonly Record<string, unknown>[],
    { status, usage }: { status: string; usage: typeof NOTHING_USED },
  ): this {
    const { response } = done(id, usage) as { response: Record<string, unknown> };
    const ending = status === 'completed' ? 'completed' : 'incomplete';
    const output = items.map((item) => ({ ...item, status: ending }));
    return this.#azure('response.done', { response: { ...response, id, status, output } });
  }

  #azure(type: string, fields: Record<string, unknown>): this {
    this.#events += 1;
    this.call.azureSends({ type, event_id: `event_${String(this.#events).padStart(6, '0')}`, ...fields });
    return this;
  }
}

function placeOf(id: string): Record<string, unknown> {
  return { response_id: id, item_id: `item-${id}`, output_index: 0, content_index: 0 };
}

function callItem(id: string, callId: string): Record<string, unknown> {
  return { id: `item-${id}`, type: 'function_call', call_id: callId, name: 'weather' };
}
