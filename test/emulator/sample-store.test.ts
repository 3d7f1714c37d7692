import * as fc from 'fast-check';
import { expect, it } from 'vitest';

import { SampleStore } from '../../emulator/realtime/sample-store.ts';

it('[N25] samples come out as they went in, whatever was written, let go of and read in between', () => {
  const step = fc.record({ written: fc.nat(60_000), dropped: fc.nat(60_000), from: fc.nat(), to: fc.nat() });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 8 }), (steps) => {
      const store = new SampleStore();
      const model: number[] = [];
      let first = 0;
      for (const { written, dropped, from, to } of steps) {
        const samples = Int16Array.from({ length: written }, (_, at) => (model.length + at) % 32_749);
        store.write(samples);
        for (const sample of samples) model.push(sample);
        first = Math.min(model.length, first + dropped);
        store.dropBefore(first);
        expect([store.first(), store.written()]).toEqual([first, model.length]);
        const [start, end] = [from % (model.length + 1), to % (model.length + 1)];
        const expected = model.slice(Math.max(first, start), Math.max(first, start, end));
        const read = store.view(start, end);
        expect(read.length).toBe(expected.length);
        expect(read.every((sample, at) => sample === expected[at])).toBe(true);
      }
    }),
    { numRuns: 40 },
  );
});

it('[N25] what was let go of does not come back', () => {
  const store = new SampleStore();
  store.write(new Int16Array(100).fill(7));
  store.dropBefore(60);
  store.dropBefore(20);
  expect(store.view(0, 100).length).toBe(40);
  store.dropBefore(1_000);
  expect([store.first(), store.view(0, 100).length]).toEqual([100, 0]);
});
