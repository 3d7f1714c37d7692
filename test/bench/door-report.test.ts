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

const flood: Flood = {
  statuses: { '401': 9 },
  ms: 20.4,
  objectsBefore: 4,
  objectsAfter: 4,
  calm: [1, 2],
  busy: [2, 6],
};

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
  expect(summariseFlood(flood)).toMatchObject({
    objectsMade: 0,
    slowed: [
      { share: 0.5, ratio: 2 },
      { share: 0.99, ratio: 3 },
    ],
  });
  expect(summariseFlood({ ...flood, objectsAfter: 6 }).objectsMade).toBe(2);
  expect(toFloodLines(summariseFlood(flood))).toContain('9 times 401; objects made: 0, beside 4');
});

test('[B8] the counter by address took part when somebody was turned away with 429', () => {
  expect(toFloodLines(summariseFlood(flood))).toContain('the counter by address took no part');
  const counted = summariseFlood({ ...flood, statuses: { '401': 5, '429': 4 } });
  expect(toFloodLines(counted)).toContain('the counter by address took part');
});

test('[B8] a flood beside which no call was measured has no report', () => {
  expect(() => summariseFlood({ ...flood, calm: [] })).toThrow(RangeError);
});
