/** The words only WebRTC calls have, and which words reach a browser. */
import { randomBytes } from 'node:crypto';
import * as v from 'valibot';

import { createId } from '../ids.ts';
import { type Refusal, toRefusal } from '../realtime/invalid.ts';
import type { ServerEvent } from '../realtime/server-events.ts';

const LONGEST_EVENT_ID = 512;
const SHORT_ID_BYTES = 8;

/** What is told about the server-side output buffer. */
export interface OutputBufferEvent {
  readonly type:
    | 'output_audio_buffer.started'
    | 'output_audio_buffer.stopped'
    | 'output_audio_buffer.cleared';
  readonly response_id: string;
}

/** Everything a call says. */
export type CallEvent = ServerEvent | OutputBufferEvent;

const clearBuffer = v.strictObject({
  type: v.literal('output_audio_buffer.clear'),
  event_id: v.optional(v.pipe(v.string(), v.maxLength(LONGEST_EVENT_ID))),
});

/** With `webrtcfilter=on` a browser sees these and nothing else, so that instructions and tools stay hidden. */
const filtered: ReadonlySet<string> = new Set([
  'input_audio_buffer.speech_started',
  'input_audio_buffer.speech_stopped',
  'output_audio_buffer.started',
  'output_audio_buffer.stopped',
  'conversation.item.input_audio_transcription.completed',
  'conversation.item.added',
  'conversation.item.created',
  'response.output_text.delta',
  'response.output_text.done',
  'response.output_audio_transcript.delta',
  'response.output_audio_transcript.done',
] satisfies (CallEvent['type'] | 'conversation.item.created')[]);

/** Whether an event passes `webrtcfilter=on`. */
export function passesFilter(type: string): boolean {
  return filtered.has(type);
}

/** An event as text. Those of the output buffer come from elsewhere in Azure, which shows in their shorter ids. */
export function toFrame(event: CallEvent): string {
  const { type, ...rest } = event;
  const isShort = type.startsWith('output_audio_buffer.');
  const id = isShort ? `event_${randomBytes(SHORT_ID_BYTES).toString('hex')}` : createId('event');
  return JSON.stringify({ type, event_id: id, ...rest });
}

/** Reads `output_audio_buffer.clear`, which no WebSocket session takes. Null: it is something else, for the session. */
export function readClear(
  text: string,
):
  | null
  | { readonly ok: true }
  | { readonly ok: false; readonly refusal: Refusal; readonly eventId: string | null } {
  if (!text.includes('output_audio_buffer.clear')) return null;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  if (typeof value !== 'object' || value === null) return null;
  if (Reflect.get(value, 'type') !== 'output_audio_buffer.clear') return null;
  const parsed = v.safeParse(clearBuffer, value, { abortEarly: true });
  if (parsed.success) return { ok: true };
  const eventId: unknown = Reflect.get(value, 'event_id');
  const given = typeof eventId === 'string' ? eventId : null;
  return { ok: false, refusal: toRefusal(parsed.issues), eventId: given };
}
