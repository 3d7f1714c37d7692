import { expect, test } from 'vitest';
import { follows, isAtEnd, isNearBeginning, type Place } from '../../src/client/scroll-stick.ts';

const at = (scrollTop: number, scrollHeight = 2000, clientHeight = 500): Place => ({
  scrollTop,
  scrollHeight,
  clientHeight,
});

test('[Y35] who goes up stays there, and who comes to the end goes on', () => {
  expect(follows(true, at(1500), at(1480))).toBe(false);
  expect(follows(false, at(700), at(900))).toBe(false);
  expect(follows(false, at(900), at(1450))).toBe(true);
  expect(follows(false, at(1440), at(1430))).toBe(false);
});

test('[Y35] what grows, or becomes shorter, moves nobody', () => {
  expect(follows(true, at(1500), at(1500, 2600))).toBe(true);
  expect(follows(false, at(900), at(900, 2600))).toBe(false);
  expect(follows(true, at(1500), at(1100, 1600))).toBe(true);
  expect(follows(true, at(1500), at(1400, 2000, 600))).toBe(true);
});

test('[Y35] the end and the beginning are near within a line or two and a page', () => {
  expect([isAtEnd(at(1425)), isAtEnd(at(1400))]).toEqual([true, false]);
  expect([isNearBeginning(at(0)), isNearBeginning(at(1200))]).toEqual([true, false]);
});
