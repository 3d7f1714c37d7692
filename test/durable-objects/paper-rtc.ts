/** A WebRTC call on paper: how it begins, what Azure tells of it, and what went up. */
import { rtcRules } from '../../src/durable-objects/rtc-rules.ts';
import { operator, PaperCall, type PaperLimits } from './paper-call.ts';

/** The operator’s word, as it goes up. */
export const WORDS = {
  type: 'session.update',
  session: {
    type: 'realtime',
    instructions: operator.instructions,
    tools: [],
    audio: { input: { transcription: { model: 'whisper-1' } } },
  },
};
/** An answer that begins. */
export const REPLY = { id: 'resp_1', status: 'in_progress', conversation_id: 'conv_1' };
const PLACE = { response_id: 'resp_1', item_id: 'item_1', output_index: 0, content_index: 0 };

/** What an answer took, with so many tokens of sound. */
export function usage(audio: number): object {
  return {
    total_tokens: 100 + audio,
    input_tokens: 100,
    output_tokens: audio,
    input_token_details: { text_tokens: 100 },
    output_token_details: { audio_tokens: audio },
  };
}

/** A call that is looked on at. */
export function rtcCall(limits: PaperLimits = {}): PaperCall {
  const call = new PaperCall('webrtc', limits);
  call.rules = rtcRules;
  call.connects();
  return call;
}

/** And Azure has confirmed our first word. */
export function openCall(limits: PaperLimits = {}): PaperCall {
  const call = rtcCall(limits);
  call.azureSends({ type: 'session.updated', session: WORDS.session });
  call.said();
  return call;
}

/** What went up, as far as it tells something. */
export function told(call: PaperCall): unknown[] {
  return call
    .said()
    .filter((word) => Array.isArray(word) && word[0] === 'azure')
    .map((word) => (word as unknown[])[1]);
}

/** Azure refuses what it was told first. */
export function refuses(call: PaperCall): void {
  const [update] = told(call) as { event_id: string }[];
  call.azureSends({ type: 'error', error: { code: 'bad', event_id: update?.event_id } });
}

/** Azure begins to answer. */
export function begins(call: PaperCall, text: string): void {
  call.azureSends({ type: 'response.created', response: REPLY });
  call.azureSends({
    type: 'conversation.item.added',
    item: { id: 'item_1', type: 'message', role: 'assistant' },
  });
  call.azureSends({ type: 'response.content_part.added', ...PLACE, part: { type: 'audio', transcript: '' } });
  call.azureSends({ type: 'response.output_audio_transcript.delta', ...PLACE, delta: text });
}

/** Azure has answered. */
export function ends(call: PaperCall, text: string, status = 'completed'): void {
  const content = [{ type: 'output_audio', transcript: text }];
  const item = { id: 'item_1', type: 'message', role: 'assistant', status, content };
  call.azureSends({
    type: 'response.done',
    response: { ...REPLY, status, output: [item], usage: usage(60) },
  });
}
