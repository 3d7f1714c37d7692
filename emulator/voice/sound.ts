/** Small shaping of recordings, so that what the emulator says and plays back is pleasant to hear. */
import { peak, rms } from '../../src/audio/level.ts';

/** Speech is brought to about this loudness (RMS, linear; -20 dB of full scale), and never above this peak. */
const SPEECH_RMS = 0.1;
const HIGHEST_PEAK = 0.7;

/** Softer than this counts as silence at the edges of a sentence (linear; -50 dB). */
const EDGE_LEVEL = 0.003;

/** The largest gain for someone's own voice: 12 dB. More would only make a noise loud. */
const MAX_PLAYBACK_GAIN = 4;

/** How long a sound swells and dies, so that its edges never click. */
const FADE_MS = 5;

/** Cuts silence off both ends, but leaves `leadMs` before and `tailMs` after the sound. Adds silence where there is less. */
export function trim(
  samples: Float32Array,
  rateHz: number,
  edges: { readonly leadMs: number; readonly tailMs: number },
): Float32Array {
  const first = samples.findIndex((sample) => Math.abs(sample) > EDGE_LEVEL);
  const last = samples.findLastIndex((sample) => Math.abs(sample) > EDGE_LEVEL);
  const lead = Math.round((edges.leadMs * rateHz) / 1000);
  const tail = Math.round((edges.tailMs * rateHz) / 1000);
  const sound = first < 0 ? new Float32Array(0) : samples.slice(first, last + 1);
  fadeEdges(sound, rateHz);
  const trimmed = new Float32Array(lead + sound.length + tail);
  trimmed.set(sound, lead);
  return trimmed;
}

/** Brings speech to one loudness, whatever the voice. Changes `samples` in place. */
export function levelSpeech(samples: Float32Array): void {
  applyGain(samples, gainFor(samples, Infinity));
}

/** Brings someone's own voice up gently. Changes `samples` in place. */
export function levelPlayback(samples: Float32Array): void {
  applyGain(samples, gainFor(samples, MAX_PLAYBACK_GAIN));
}

/** Swells the first and dies out over the last milliseconds. Changes `samples` in place. */
export function fadeEdges(samples: Float32Array, rateHz: number): void {
  const length = Math.min(Math.round((FADE_MS * rateHz) / 1000), Math.floor(samples.length / 2));
  for (let index = 0; index < length; index += 1) {
    const gain = (index + 1) / (length + 1);
    const end = samples.length - 1 - index;
    samples[index] = (samples[index] ?? 0) * gain;
    samples[end] = (samples[end] ?? 0) * gain;
  }
}

function gainFor(samples: Float32Array, limit: number): number {
  const highest = peak(samples);
  if (highest === 0) return 1;
  return Math.min(SPEECH_RMS / rms(samples), HIGHEST_PEAK / highest, limit);
}

function applyGain(samples: Float32Array, gain: number): void {
  for (let index = 0; index < samples.length; index += 1) samples[index] = (samples[index] ?? 0) * gain;
}
