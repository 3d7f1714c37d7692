import { expect, test } from 'vitest';
import { type Round, summarise, toTable } from '../../bench/report.ts';

const BASES = { direct: 'direct', floor: 'bare' };

function round(p50Ms: number, fps: number, cpuUs: number | null = null): Round {
  return { p50Ms, p99Ms: p50Ms * 2, fpsOne: fps, fpsMany: fps * 2, cpuUs };
}

const results = [
  { name: 'direct', rounds: [round(1, 100), round(2, 50)] },
  { name: 'bare', rounds: [round(3, 50, 10), round(4, 25, 12)] },
  { name: 'ours', rounds: [round(3, 45, 11), round(5, 20, 13)] },
];

test('[B5] every way is compared with the direct one and with the floor, round by round', () => {
  const ours = summarise(results, BASES).find(({ name }) => name === 'ours');
  expect(ours?.addedP50Ms).toEqual({ median: 2.5, least: 2, most: 3 });
  expect(ours?.addedP99Ms).toEqual({ median: 5, least: 4, most: 6 });
  expect(ours?.overFloor.one).toEqual({ median: expect.closeTo(0.85), least: 0.8, most: 0.9 });
  expect(ours?.overDirect.many).toEqual({ median: expect.closeTo(0.425), least: 0.4, most: 0.45 });
  expect(ours?.cpuUs).toEqual({ median: 12, least: 11, most: 13 });
});

test('[B5] without the two to compare with there is no report', () => {
  expect(() => summarise(results.slice(1), BASES)).toThrow('direct was not measured');
});

test('[B5] the table has a line for each way, and a dash where the system tells no processor time', () => {
  const lines = toTable(summarise(results, BASES), 32).split('\n');
  expect(lines).toHaveLength(4);
  expect(lines[0]).toContain('32 calls');
  expect(lines[1]).toMatch(/^direct .* -$/);
  expect(lines[3]).toContain('0.85 (0.80–0.90)');
});
