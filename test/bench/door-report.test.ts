import { expect, test } from 'vitest';
import {
  type Flood,
  summariseFlood,
  summariseOpenings,
  toFloodLines,
  toOpeningLines,
} from '../../bench/door-report.ts';

const ways = [
  { name: 'floor', ms: [1, 10] },
  { name: 'token', ms: [3, 13] },
];

const bases = { calm: 'nobody', floor: 'empty' };

const flood: Flood = {
  cases: [
    { name: 'nobody', rounds: [{ statuses: {}, trips: [1, 2], cpuMs: 10 }] },
    { name: 'empty', rounds: [{ statuses: { '401': 10 }, trips: [2, 3], cpuMs: 12 }] },
    { name: 'door', rounds: [{ statuses: { '401': 10 }, trips: [2, 6], cpuMs: 15 }] },
  ],
  objectsBefore: 4,
  objectsAfter: 4,
};

/** The same, and what was answered at the door. */
function answered(statuses: Readonly<Record<string, number>>): Flood {
  const door = { name: 'door', rounds: [{ statuses, trips: [2, 6], cpuMs: null }] };
  return { ...flood, cases: [...flood.cases.slice(0, 2), door] };
}

test('[B7] what a way adds is its difference to the floor in the same round', () => {
  const token = summariseOpenings(ways, 'floor').find(({ name }) => name === 'token');
  expect(token?.addedMs).toEqual({ median: 2.5, least: 2, most: 3 });
  expect(toOpeningLines(summariseOpenings(ways, 'floor')).split('\n')[2]).toBe(
    'token  8.00 (3.00-13.00)  +2.50 (2.00-3.00)',
  );
});

test('[B7] without the floor there is no report', () => {
  expect(() => summariseOpenings(ways.slice(1), 'floor')).toThrow('floor was not measured');
});

test('[B8] a flood is told with what it made and what it cost the call beside it', () => {
  const summary = summariseFlood(flood, bases);
  expect(summary.objectsMade).toBe(0);
  expect(summary.cases[2]).toMatchObject({
    name: 'door',
    statuses: { '401': 10 },
    cpuUs: { median: 500 },
    slowed: [
      { share: 0.5, overCalm: { median: 2 }, overFloor: { median: 1 } },
      { share: 0.99, overCalm: { median: 3 }, overFloor: { median: 2 } },
    ],
  });
  expect(summariseFlood({ ...flood, objectsAfter: 6 }, bases).objectsMade).toBe(2);
  expect(toFloodLines(summary)).toContain('objects made: 0, beside 4');
  expect(toFloodLines(summary)).toContain('door, 10 times 401, processor 500 µs each');
});

test('[B8] the counter by address took part when somebody was turned away with 429', () => {
  const counted = summariseFlood(answered({ '401': 5, '429': 4 }), bases);
  expect(toFloodLines(summariseFlood(flood, bases))).toContain('the counter by address took no part');
  expect(toFloodLines(counted)).toContain('the counter by address took part');
});

test('[B8] what nobody can know of the processor is not told', () => {
  expect(toFloodLines(summariseFlood(answered({ '401': 5 }), bases))).toContain('door, 5 times 401\n');
});

test('[B8] a flood beside which no call was measured has no report, nor one without its bases', () => {
  const unheard = { name: 'door', rounds: [{ statuses: {}, trips: [], cpuMs: 1 }] };
  expect(() => summariseFlood({ ...flood, cases: [...flood.cases, unheard] }, bases)).toThrow(RangeError);
  expect(() => summariseFlood({ ...flood, cases: [] }, bases)).toThrow('nobody was not measured');
});
