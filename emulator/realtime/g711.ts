/** G.711, both laws: one byte per sample at 8 kHz, as telephones speak. */

/** The two laws by the names of the GA wire. */
export type G711Law = 'audio/pcmu' | 'audio/pcma';

const MU_BIAS = 0x84;
const SAMPLE_VALUES = 65_536;
const SAMPLE_OFFSET = 32_768;

const levels = { 'audio/pcmu': table(expandMu), 'audio/pcma': table(expandA) } as const;
const codes: { [Law in G711Law]?: Uint8Array } = {};

/** One byte as a 16-bit sample. */
export function expand(code: number, law: G711Law): number {
  return levels[law][code] ?? 0;
}

/** One 16-bit sample as the byte whose level is nearest. */
export function compress(sample: number, law: G711Law): number {
  const nearest = (codes[law] ??= nearestCodes(levels[law]));
  return nearest[sample + SAMPLE_OFFSET] ?? 0;
}

function expandMu(code: number): number {
  const bits = ~code;
  const magnitude = (((bits & 0x0f) << 3) + MU_BIAS) << ((bits & 0x70) >> 4);
  return bits & 0x80 ? MU_BIAS - magnitude : magnitude - MU_BIAS;
}

function expandA(code: number): number {
  const bits = code ^ 0x55;
  const segment = (bits & 0x70) >> 4;
  const step = (bits & 0x0f) << 4;
  const magnitude = segment === 0 ? step + 0x08 : (step + 0x1_08) << (segment - 1);
  return bits & 0x80 ? magnitude : -magnitude;
}

function table(expandCode: (code: number) => number): Int16Array {
  return Int16Array.from({ length: 256 }, (_, code) => expandCode(code));
}

/** For every 16-bit value the code of the nearest level: one sweep over the levels in order. */
function nearestCodes(level: Int16Array): Uint8Array {
  const order = Array.from(level.keys()).toSorted((left, right) => (level[left] ?? 0) - (level[right] ?? 0));
  const nearest = new Uint8Array(SAMPLE_VALUES);
  let at = 0;
  for (let index = 0; index < SAMPLE_VALUES; index += 1) {
    const sample = index - SAMPLE_OFFSET;
    while (at + 1 < order.length && distance(at + 1, sample) <= distance(at, sample)) at += 1;
    nearest[index] = order[at] ?? 0;
  }
  return nearest;

  function distance(position: number, sample: number): number {
    return Math.abs((level[order[position] ?? 0] ?? 0) - sample);
  }
}
