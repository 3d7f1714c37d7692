import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { freshVad, levelDb, listen, type VadHappening } from '../../emulator/realtime/vad.ts';
import { InputBuffer, type TurnHappening } from '../../emulator/realtime/input-buffer.ts';
import { inChunks, quiet, speech, toBase64 } from '../support/speech.ts';

const settings = { threshold: 0.5, silenceMs: 200 };
const turns = { detects: true, prefixMs: 300, ...settings } as const;

/** What a row of levels brings about, nothing left out. */
function happenings(
  levels: readonly number[],
  threshold = 0.5,
): Exclude<VadHappening, { name: 'nothing' }>[] {
  let state = freshVad;
  return levels.flatMap((level) => {
    const [next, happening] = listen(state, level, { ...settings, threshold });
    state = next;
    return happening.name === 'nothing' ? [] : [happening];
  });
}

function hear(buffer: InputBuffer, chunks: readonly Int16Array[]): TurnHappening[] {
  return chunks.flatMap((chunk) => [...buffer.append(chunk)]);
}

/** The same, in a form that is quick to compare. */
function inShort(found: readonly TurnHappening[]): string[] {
  return found.map((one) =>
    one.name === 'started' ? `${one.startMs}` : `${one.endMs} ${toBase64(one.samples)}`,
  );
}

function join(...parts: readonly Int16Array[]): Int16Array {
  const all = new Int16Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

describe('voice activity', () => {
  it('[E25] starts and stops take turns, and times only grow, whatever is heard', () => {
    const level = fc.oneof(fc.constant(-Infinity), fc.double({ min: -96, max: 0, noNaN: true }));
    fc.assert(
      fc.property(
        fc.array(level, { maxLength: 400 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (levels, threshold) => {
          const found = happenings(levels, threshold);
          const times = found.map((one) => (one.name === 'started' ? one.startMs : one.endMs));
          expect(found.every((one, index) => one.name === (index % 2 === 0 ? 'started' : 'stopped'))).toBe(
            true,
          );
          expect(times).toEqual(times.toSorted((left, right) => left - right));
          expect(times.every((time) => time >= 0 && time <= levels.length * 20)).toBe(true);
        },
      ),
    );
  });

  it('[E25] nothing below the absolute level ever starts a turn', () => {
    const soft = fc.double({ min: -96, max: -43, noNaN: true });
    fc.assert(
      fc.property(fc.array(soft, { maxLength: 300 }), (levels) => {
        expect(happenings(levels)).toEqual([]);
      }),
    );
  });

  it('[E25] a steady hiss of any loudness up to 2 % of full scale starts no turn, a voice above it does', async () => {
    const voice = await speech('Can you hear me now?', { silenceBeforeMs: 0, silenceAfterMs: 0 });
    for (const amplitude of [1, 30, 100, 327, 600]) {
      const hiss = quiet(4_000, amplitude);
      expect(hear(new InputBuffer(turns), inChunks(hiss, 20))).toEqual([]);
      const noisy = join(
        quiet(2_000, amplitude),
        voice.map((sample, index) => sample + (hiss[index] ?? 0)),
        quiet(1_000, amplitude),
      );
      const names = hear(new InputBuffer(turns), inChunks(noisy, 20)).map((one) => one.name);
      expect(names[0]).toBe('started');
      expect(names.at(-1)).toBe('stopped');
    }
  });

  it('[E25] a click of 40 ms starts no turn', () => {
    const loud = -10;
    const silence = Array.from({ length: 20 }, () => -90);
    expect(happenings([...silence, loud, loud, ...silence])).toEqual([]);
    expect(happenings([...silence, loud, loud, loud, ...silence]).map((one) => one.name)).toEqual([
      'started',
      'stopped',
    ]);
  });

  it('[E24] the start includes the prefix padding, never before the buffer, and the end the silence that ended it', () => {
    const silence = Array.from({ length: 50 }, () => -90);
    const word = Array.from({ length: 25 }, () => -20);
    expect(happenings([...silence, ...word, ...silence])).toEqual([
      { name: 'started', startMs: 1_000 },
      { name: 'stopped', endMs: 1_700 },
    ]);
    const tone = quiet(500, 8_000);
    const [start, stop] = hear(new InputBuffer(turns), [join(quiet(1_000), tone, quiet(1_000))]);
    expect(start).toEqual({ name: 'started', startMs: 700 });
    expect(stop).toMatchObject({ name: 'stopped', endMs: 1_700 });
    const [early] = hear(new InputBuffer(turns), [join(quiet(100), tone)]);
    expect(early).toEqual({ name: 'started', startMs: 0 });
  });

  it('[E23] the cut of sound into appends changes nothing', async () => {
    const said = await speech('The cut of the sound does not matter.');
    const found = hear(new InputBuffer(turns), [said]);
    const expected = inShort(found);
    expect(found.map((one) => one.name)).toEqual(['started', 'stopped']);
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 101, max: 9_001 }), { minLength: 1, maxLength: 12 }),
        (sizes) => {
          const chunks: Int16Array[] = [];
          for (let at = 0, turn = 0; at < said.length; turn += 1) {
            const size = sizes[turn % sizes.length] ?? 480;
            chunks.push(said.subarray(at, at + size));
            at += size;
          }
          expect(inShort(hear(new InputBuffer(turns), chunks))).toEqual(expected);
        },
      ),
      { numRuns: 25 },
    );
  });

  it('[E25] digital silence is -Infinity dB, a full square wave 0 dB', () => {
    expect(levelDb(new Int16Array(480))).toBe(-Infinity);
    expect(levelDb(new Int16Array(480).fill(-32_768))).toBeCloseTo(0);
  });
});
