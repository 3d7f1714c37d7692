/** Between the sound inside (PCM16, 24 kHz) and the format a session speaks on the wire. */
import { decodePcm16, encodePcm16, toSample } from '../../src/audio/pcm16.ts';
import { createResampler, type Resampler } from '../../src/audio/resample.ts';
import { SAMPLE_RATE_HZ } from '../../src/protocol/audio-format.ts';
import { compress, expand, type G711Law } from './g711.ts';
import type { AudioFormat } from './session-schema.ts';

const TELEPHONE_RATE_HZ = 8_000;
const FULL_SCALE = 32_768;
const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;

/** Base64 as bytes; null when it is none. */
export function decodeBase64(text: string): Buffer | null {
  return text.length % 4 === 0 && BASE64.test(text) ? Buffer.from(text, 'base64') : null;
}

/** PCM16 bytes as samples; a half sample at the end is left out. */
export function toSamples(bytes: Uint8Array): Int16Array<ArrayBuffer> {
  const samples = new Int16Array(Math.floor(bytes.length / 2));
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let index = 0; index < samples.length; index += 1) samples[index] = view.getInt16(2 * index, true);
  return samples;
}

/** Samples as PCM16 bytes. */
export function toBytes(samples: Int16Array): Buffer {
  const bytes = Buffer.alloc(2 * samples.length);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let index = 0; index < samples.length; index += 1) view.setInt16(2 * index, samples[index] ?? 0, true);
  return bytes;
}

/** Reads a stream of appended sound; samples may be cut in half between two appends. */
export interface AudioReader {
  read(bytes: Buffer): Int16Array;
}

/** Writes a stream of sound. */
export interface AudioWriter {
  write(pcm: Buffer): Buffer;
}

/** A reader for one session's input. */
export function createReader(format: AudioFormat): AudioReader {
  return format.type === 'audio/pcm' ? new PcmReader() : new G711Reader(format.type);
}

/** A writer for one message. */
export function createWriter(format: AudioFormat): AudioWriter {
  return format.type === 'audio/pcm' ? { write: (pcm) => pcm } : new G711Writer(format.type);
}

class PcmReader implements AudioReader {
  #half: Buffer = Buffer.alloc(0);

  read(bytes: Buffer): Int16Array {
    const all = this.#half.length === 0 ? bytes : Buffer.concat([this.#half, bytes]);
    this.#half = all.length % 2 === 0 ? Buffer.alloc(0) : Buffer.from(all.subarray(-1));
    return toSamples(all);
  }
}

class G711Reader implements AudioReader {
  readonly #law: G711Law;
  readonly #resampler: Resampler = createResampler(TELEPHONE_RATE_HZ, SAMPLE_RATE_HZ);

  constructor(law: G711Law) {
    this.#law = law;
  }

  read(bytes: Buffer): Int16Array {
    const input = Float32Array.from(bytes, (code) => expand(code, this.#law) / FULL_SCALE);
    return Int16Array.from(run(this.#resampler, input), toSample);
  }
}

class G711Writer implements AudioWriter {
  readonly #law: G711Law;
  readonly #resampler: Resampler = createResampler(SAMPLE_RATE_HZ, TELEPHONE_RATE_HZ);

  constructor(law: G711Law) {
    this.#law = law;
  }

  write(pcm: Buffer): Buffer {
    const samples = toSamples(encodePcm16(run(this.#resampler, decodePcm16(pcm))));
    return Buffer.from(Uint8Array.from(samples, (sample) => compress(sample, this.#law)));
  }
}

function run(resampler: Resampler, input: Float32Array): Float32Array {
  const output = new Float32Array(resampler.outputsAfter(input.length));
  resampler.process(input, output);
  return output;
}
