/** WAV files with one channel of PCM16, as espeak writes them. */

/** What a WAV file holds: samples in -1..1 and their rate in Hz. */
export interface Recording {
  readonly samples: Float32Array;
  readonly rateHz: number;
}

const RIFF_HEADER_BYTES = 12;
const CHUNK_HEADER_BYTES = 8;
const RATE_OFFSET_BYTES = 4;
const FULL_SCALE = 32_768;

/**
 * Reads a mono PCM16 WAV file. espeak leaves the sizes in the header open when it streams, so a `data` chunk that
 * claims more than there is simply ends with the file. Throws when there is no `fmt ` or `data` chunk.
 */
export function readWav(file: Uint8Array): Recording {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  let rateHz = 0;
  for (let at = RIFF_HEADER_BYTES; at + CHUNK_HEADER_BYTES <= view.byteLength;) {
    const name = String.fromCharCode(...file.subarray(at, at + 4));
    const size = view.getUint32(at + 4, true);
    const body = at + CHUNK_HEADER_BYTES;
    if (name === 'fmt ') rateHz = view.getUint32(body + RATE_OFFSET_BYTES, true);
    if (name === 'data') return { rateHz, samples: readSamples(view, body, size) };
    at = body + size + (size % 2);
  }
  throw new Error('A WAV file with a data chunk was expected, and there is none');
}

function readSamples(view: DataView, start: number, claimedBytes: number): Float32Array {
  const bytes = Math.min(claimedBytes, view.byteLength - start);
  const samples = new Float32Array(Math.floor(bytes / 2));
  for (let index = 0; index < samples.length; index += 1) {
    samples[index] = view.getInt16(start + index * 2, true) / FULL_SCALE;
  }
  return samples;
}
