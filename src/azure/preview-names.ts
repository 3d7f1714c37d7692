import type { Complaint } from '../protocol/errors.ts';
import { isRecord, type WireEvent } from './wire.ts';

type Names = Readonly<Record<string, string | null>>;

/** What the wire before GA called the settings that GA calls otherwise, or no longer has: null. */
const PREVIEW_NAMES: Readonly<Record<'session' | 'response', Names>> = {
  session: {
    modalities: 'session.output_modalities',
    voice: 'session.audio.output.voice',
    speed: 'session.audio.output.speed',
    input_audio_format: 'session.audio.input.format',
    output_audio_format: 'session.audio.output.format',
    input_audio_transcription: 'session.audio.input.transcription',
    input_audio_noise_reduction: 'session.audio.input.noise_reduction',
    turn_detection: 'session.audio.input.turn_detection',
    max_response_output_tokens: 'session.max_output_tokens',
    temperature: null,
  },
  response: {
    modalities: 'response.output_modalities',
    voice: 'response.audio.output.voice',
    output_audio_format: 'response.audio.output.format',
    max_response_output_tokens: 'response.max_output_tokens',
    temperature: null,
  },
};

/**
 * The complaint about an event that speaks the preview's language in its `place`, naming the GA name; null when it does
 * not. Azure would refuse such an event as a whole, too.
 */
export function previewName(event: WireEvent, place: string | undefined): Complaint | null {
  if (place !== 'session' && place !== 'response') return null;
  const fields = event[place];
  if (!isRecord(fields)) return null;
  for (const [name, current] of Object.entries(PREVIEW_NAMES[place])) {
    if (!Object.hasOwn(fields, name) || fields[name] === null) continue;
    const param = `${place}.${name}`;
    const now = current === null ? 'GA has no such setting' : `GA calls it ${current}`;
    return { code: 'unknown_parameter', message: `${param} is a name of the preview; ${now}.`, param };
  }
  return null;
}
