import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  emptyPrelude,
  hold,
  PRELUDE_AUDIO_MS,
  PRELUDE_CONTROL_UNITS,
  PRELUDE_FRAMES,
  type UpFrame,
} from '../../src/durable-objects/prelude.ts';

const audio = fc.record({
  kind: fc.constant('audio' as const),
  text: fc.string(),
  ms: fc.integer({ min: 1, max: 400 }),
});
const control = fc.string().map((text) => anEvent(text.length));

function anEvent(units: number): UpFrame {
  return { kind: 'control', event: { type: 'response.cancel' }, units, soundUnits: 0, ms: 0 };
}

function holdAll(frames: readonly UpFrame[]) {
  return frames.reduce((prelude, frame) => hold(prelude, frame) ?? prelude, emptyPrelude);
}

it('[R3] at most two seconds of sound are held, the newest, and every millisecond lost is counted', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(audio, control), { maxLength: 60 }), (frames) => {
      const prelude = holdAll(frames);
      const heard = frames.filter((frame) => frame.kind === 'audio');
      const kept = prelude.frames.filter((frame) => frame.kind === 'audio');
      const total = heard.reduce((sum, frame) => sum + frame.ms, 0);
      expect(prelude.audioMs).toBeLessThanOrEqual(PRELUDE_AUDIO_MS);
      expect(prelude.audioMs + prelude.droppedMs).toBe(total);
      expect(kept).toEqual(heard.slice(heard.length - kept.length));
    }),
  );
});

it('[R3] no control frame is lost and nothing changes its place', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(audio, control), { maxLength: 60 }), (frames) => {
      const prelude = holdAll(frames);
      const controls = frames.filter((frame) => frame.kind === 'control');
      expect(prelude.frames.filter((frame) => frame.kind === 'control')).toEqual(controls);
      const places = prelude.frames.map((frame) => frames.indexOf(frame));
      expect(places).toEqual(places.toSorted((a, b) => a - b));
    }),
  );
});

it('[R3] a control frame for which there is no room is refused, not dropped', () => {
  const half = anEvent(PRELUDE_CONTROL_UNITS / 2);
  const full = holdAll([half, half]);
  expect(hold(full, anEvent(1))).toBeNull();
  expect(hold(full, { kind: 'audio', text: 'x', ms: 20 })).not.toBeNull();
});

it.each([0, 0.04])('[R3] frames with hardly any sound (%d ms) take no more room than others', (ms) => {
  const frames = Array.from({ length: 2_000 }, (_, at): UpFrame => ({ kind: 'audio', text: String(at), ms }));
  const prelude = holdAll([anEvent(1), ...frames]);
  expect(prelude.frames.length).toBe(PRELUDE_FRAMES);
  expect(prelude.frames[0]).toMatchObject({ kind: 'control' });
  expect(prelude.frames.at(-1)).toMatchObject({ text: '1999' });
});
