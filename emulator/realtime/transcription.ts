/** What a transcriber would report about something said. It cannot understand speech, so its words only tell how long it was. */
import { spokenDuration } from '../script.ts';
import type { ItemEvent, TranscriptionUsage } from './server-events.ts';
import { obfuscation } from './obfuscation.ts';
import { inputAudioTokens, textPieces, textTokens } from './usage.ts';

/** Shorter than this is a cough or a click, and has no words. */
const SHORTEST_SPEECH_MS = 250;

/** Answers in one piece, and counts seconds. */
const WHISPER = 'whisper-1';

/** Answers in pieces, and counts tokens. */
const STREAMING = /^gpt-(?:4o-(?:mini-)?transcribe|transcribe|live-transcribe|realtime-whisper)/;

/** Something said: how many bytes of PCM16 there are, and how much of that is speech. */
export interface Utterance {
  readonly itemId: string;
  readonly bytes: number;
  readonly spokenMs: number;
}

/** The words for something said: honest ones, or none for a cough. */
export function transcriptFor(spokenMs: number): string {
  return spokenMs < SHORTEST_SPEECH_MS ? '' : `(${spokenDuration(spokenMs)} of speech)`;
}

/** The events of a transcription by this model, in order. On Azure every model but whisper-1 needs a deployment of its own. */
export function transcriptionEvents(model: string, said: Utterance): ItemEvent[] {
  const address = { item_id: said.itemId, content_index: 0 };
  const transcript = transcriptFor(said.spokenMs);
  if (model === WHISPER) {
    const usage: TranscriptionUsage = { type: 'duration', seconds: Math.ceil(said.bytes / 48_000) };
    return [{ type: 'conversation.item.input_audio_transcription.completed', ...address, transcript, usage }];
  }
  if (!STREAMING.test(model)) return [failedTranscription(model, said.itemId)];
  const deltas = textPieces(transcript).map((delta): ItemEvent => ({
    type: 'conversation.item.input_audio_transcription.delta',
    ...address,
    delta,
    obfuscation: obfuscation(),
  }));
  const usage = tokenUsage(said.bytes, transcript);
  return [
    ...deltas,
    { type: 'conversation.item.input_audio_transcription.completed', ...address, transcript, usage },
  ];
}

function tokenUsage(bytes: number, transcript: string): TranscriptionUsage {
  const heard = inputAudioTokens(bytes);
  const written = textTokens(transcript);
  return {
    type: 'tokens',
    total_tokens: heard + written,
    input_tokens: heard,
    input_token_details: { text_tokens: 0, audio_tokens: heard },
    output_tokens: written,
  };
}

/** A transcription that failed, as for a model without a deployment. */
export function failedTranscription(model: string, itemId: string): ItemEvent {
  return {
    type: 'conversation.item.input_audio_transcription.failed',
    item_id: itemId,
    content_index: 0,
    error: {
      type: 'server_error',
      code: 'DeploymentNotFound',
      message: `The transcription deployment '${model}' does not exist.`,
    },
  };
}
