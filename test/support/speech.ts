/** Speech for tests: what a person would say into a microphone, made by the same synthesiser the emulator ships. */
import { writeFile } from 'node:fs/promises';

import { decodePcm16 } from '../../src/audio/pcm16.ts';
import { recall } from '../../emulator/voice/speech-cache.ts';

const HEADER_BYTES = 44;
const BYTES_PER_SAMPLE = 2;

/** How speech is made. `silenceBeforeMs` and `silenceAfterMs` are digital silence (100 and 800). */
export interface SpeechOptions {
  readonly rate?: 24_000 | 48_000;
  readonly silenceBeforeMs?: number;
  readonly silenceAfterMs?: number;
  /** One of the emulator's voices; a man's by default, so that it is not the assistant's. */
  readonly voice?: string;
}

/** Says `text` (24 kHz unless told), mono PCM16. The same text gives the same samples. */
export async function speech(text: string, options: SpeechOptions = {}): Promise<Int16Array<ArrayBuffer>> {
  const { rate = 24_000, silenceBeforeMs = 100, silenceAfterMs = 800, voice = 'echo' } = options;
  const bytes = await recall({ text, voice, speed: 1 }, rate);
  const spoken = new Int16Array(bytes.buffer, 0, bytes.length / BYTES_PER_SAMPLE);
  const before = Math.round((silenceBeforeMs * rate) / 1000);
  const after = Math.round((silenceAfterMs * rate) / 1000);
  const all = new Int16Array(before + spoken.length + after);
  all.set(spoken, before);
  return all;
}

/** Silence of a length, or a hiss of this amplitude (in steps of 16 bit) that is the same every time. */
export function quiet(durationMs: number, amplitude = 0): Int16Array<ArrayBuffer> {
  const samples = new Int16Array(Math.round(durationMs * 24));
  let state = 1;
  for (let index = 0; index < samples.length; index += 1) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    samples[index] = amplitude === 0 ? 0 : Math.round((state / 2 ** 31 - 1) * amplitude);
  }
  return samples;
}

/** PCM16 samples as base64, as `input_audio_buffer.append` carries them. */
export function toBase64(samples: Int16Array): string {
  return Buffer.from(samples.buffer, samples.byteOffset, samples.byteLength).toString('base64');
}

/** Cuts samples into pieces of `chunkMs` at 24 kHz; the last may be shorter. */
export function inChunks(samples: Int16Array, chunkMs: number): Int16Array[] {
  const size = Math.round(chunkMs * 24);
  const chunks: Int16Array[] = [];
  for (let at = 0; at < samples.length; at += size) chunks.push(samples.subarray(at, at + size));
  return chunks;
}

/** How loud base64 PCM16 is, RMS in steps of 16 bit: 0 is digital silence. */
export function loudness(base64: string): number {
  const samples = decodePcm16(Buffer.from(base64, 'base64'));
  let sum = 0;
  for (const sample of samples) sum += sample * sample;
  return samples.length === 0 ? 0 : Math.sqrt(sum / samples.length) * 32_768;
}

/** Writes a mono PCM16 WAV file, as Chromium's `--use-file-for-fake-audio-capture` wants it (48 kHz is safest there). */
export async function wavFile(path: string, samples: Int16Array, rate: number): Promise<void> {
  const file = Buffer.alloc(HEADER_BYTES + samples.byteLength);
  file.write('RIFF', 0);
  file.writeUInt32LE(file.length - 8, 4);
  file.write('WAVEfmt ', 8);
  file.writeUInt32LE(16, 16);
  file.writeUInt16LE(1, 20);
  file.writeUInt16LE(1, 22);
  file.writeUInt32LE(rate, 24);
  file.writeUInt32LE(rate * BYTES_PER_SAMPLE, 28);
  file.writeUInt16LE(BYTES_PER_SAMPLE, 32);
  file.writeUInt16LE(16, 34);
  file.write('data', 36);
  file.writeUInt32LE(samples.byteLength, 40);
  Buffer.from(samples.buffer, samples.byteOffset, samples.byteLength).copy(file, HEADER_BYTES);
  await writeFile(path, file);
}
