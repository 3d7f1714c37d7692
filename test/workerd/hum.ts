const RATE_HZ = 24_000;
const PIECE_MS = 100;
const SILENCE_MS = 1_200;

/** Somebody humming so long, and silence after it: PCM16 in pieces of a tenth of a second, as binary frames. */
export function hum(ms: number): ArrayBuffer[] {
  const samples = Int16Array.from({ length: ((ms + SILENCE_MS) * RATE_HZ) / 1000 }, (_, at) =>
    at < (ms * RATE_HZ) / 1000 ? Math.round(12_000 * Math.sin((2 * Math.PI * 220 * at) / RATE_HZ)) : 0,
  );
  const size = (PIECE_MS * RATE_HZ) / 1000;
  return Array.from({ length: Math.ceil(samples.length / size) }, (_, at) => {
    const piece = samples.slice(at * size, (at + 1) * size);
    return piece.buffer;
  });
}
