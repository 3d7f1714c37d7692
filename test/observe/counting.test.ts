import { expect, it } from 'vitest';
import { columns, measure, type Datapoint, type Dataset } from '../../src/observe/measure.ts';
import { countLimit, countMisconfigured, countRefusal } from '../../src/observe/refusals.ts';
import { logSessionEnd, logSessionStart, type SessionNames } from '../../src/observe/sessions.ts';
import { isWorthTelling, Tally } from '../../src/observe/tally.ts';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { catchLog } from '../support/printed.ts';

const MINUTE_MS = 60_000;

/** A dataset that keeps what is written. */
class Keeping implements Dataset {
  readonly points: Datapoint[] = [];

  writeDataPoint(point: Datapoint): void {
    this.points.push(point);
  }
}

/** One that refuses, as the platform does with a point it does not like. */
class Refusing implements Dataset {
  writeDataPoint(): void {
    throw new TypeError('Maximum of 20 blobs supported.');
  }
}

/** A point by the names of its columns. */
function named({ indexes, blobs, doubles }: Datapoint): Record<string, unknown> {
  const [event, ...texts] = blobs;
  return {
    event,
    [columns.index]: indexes[0],
    ...Object.fromEntries(columns.blobs.map((name, at) => [name, texts[at]])),
    ...Object.fromEntries(columns.doubles.map((name, at) => [name, doubles[at]])),
  };
}

const call: SessionNames = {
  session: 'vs_0123456789abcdef0123456789abcdef',
  user: '0123456789ab',
  mode: 'voice',
  lane: 'binary',
};

const totals = {
  end: 'over',
  closeCode: 1000,
  durationMs: 61_000,
  framesUp: 10,
  framesDown: 20,
  bytesUp: 30,
  bytesDown: 40,
  droppedMs: 50,
  tokens: 60,
  usd: 0.07,
};

it('[O2] a call is logged when it begins, and when it ends with everything it came to', () => {
  const lines = catchLog();
  const ANALYTICS = new Keeping();
  logSessionStart(call);
  logSessionEnd({ ANALYTICS }, call, totals);
  const told = {
    ...call,
    end: 'over',
    close_code: 1000,
    duration_ms: 61_000,
    frames_up: 10,
    frames_down: 20,
    bytes_up: 30,
    bytes_down: 40,
    dropped_ms: 50,
    tokens: 60,
    usd: 0.07,
  };
  expect(lines()).toEqual([
    { event: 'call.opened', ...call },
    { event: 'call.ended', ...told },
  ]);
  expect(ANALYTICS.points.map(named)).toEqual([{ event: 'call.ended', status: 0, code: '', ...told }]);
});

it('[O2] a chat has events of its own', () => {
  const lines = catchLog();
  const { session, user } = call;
  logSessionStart({ session, user, mode: 'text' });
  logSessionEnd({}, { session, user, mode: 'text' }, totals);
  expect(lines()).toMatchObject([
    { event: 'chat.opened' },
    { event: 'chat.ended', mode: 'text', tokens: 60 },
  ]);
});

it('[O3] what comes in floods is told at the powers of two', () => {
  const told = Array.from({ length: 1000 }, (_, at) => at + 1).filter(isWorthTelling);
  expect(told).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256, 512]);
});

it('[O3] each key is counted for itself, and each minute of the clock begins with none', () => {
  const tally = new Tally();
  expect([tally.add('a', 0), tally.add('a', 1), tally.add('b', 2)]).toEqual([1, 2, 1]);
  expect([tally.add('a', MINUTE_MS - 1), tally.add('a', MINUTE_MS), tally.add('b', MINUTE_MS)]).toEqual([
    3, 1, 1,
  ]);
});

it('[O3] a flood of a thousand refusals is ten lines, each with its count, and a thousand datapoints', () => {
  const lines = catchLog();
  const ANALYTICS = new Keeping();
  for (let count = 0; count < 1000; count += 1) {
    countRefusal({ ANALYTICS }, { code: 'invalid_credential', status: 401 }, 7 * MINUTE_MS);
  }
  expect(lines().map(({ count }) => count)).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256, 512]);
  expect(lines()[0]).toEqual({ event: 'door.refused', code: 'invalid_credential', status: 401, count: 1 });
  expect(ANALYTICS.points).toHaveLength(1000);
  expect(ANALYTICS.points.map(named)[0]).toMatchObject({
    event: 'door.refused',
    code: 'invalid_credential',
  });
});

it('[O3] limits are counted beside refusals, with whose they were', () => {
  const lines = catchLog();
  const ANALYTICS = new Keeping();
  const { session, user } = call;
  countLimit({ ANALYTICS }, { code: 'rate_limited', user, session }, 8 * MINUTE_MS);
  countLimit({ ANALYTICS }, { code: 'too_many_connections', user }, 8 * MINUTE_MS);
  expect(lines()).toEqual([
    { event: 'limit.hit', code: 'rate_limited', user, session, count: 1 },
    { event: 'limit.hit', code: 'too_many_connections', user, count: 1 },
  ]);
  expect(ANALYTICS.points.map(named)).toMatchObject([
    { event: 'limit.hit', code: 'rate_limited', user, session },
    { event: 'limit.hit', code: 'too_many_connections', user, session: '' },
  ]);
});

it('[O3] a Worker that is not configured says so at the powers of two as well', () => {
  const lines = catchLog();
  const problems = ['AUTH_SECRET: set it'];
  for (let count = 0; count < 5; count += 1) countMisconfigured(problems, 9 * MINUTE_MS);
  expect(lines()).toEqual([1, 2, 4].map((count) => ({ event: 'door.misconfigured', problems, count })));
});

it.each([
  ['without a binding', {}],
  ['with a variable of that name', { ANALYTICS: 'voxgate' }],
])('[O5] %s nothing is measured, and nothing breaks', (_, env) => {
  expect(() => measure(env, 'limit.hit', { code: 'idle' })).not.toThrow();
});

it('[O5] a datapoint that is refused is told, and disturbs nobody', () => {
  const lines = catchLog();
  measure({ ANALYTICS: new Refusing() }, 'limit.hit', { code: 'idle' });
  expect(lines()).toEqual([{ event: 'measure.failed', error_name: 'TypeError' }]);
});

it('[O5] a datapoint stays inside what the platform takes, and holds no value that does not fit', () => {
  const ANALYTICS = new Keeping();
  measure({ ANALYTICS }, 'door.refused', { code: 'eyJhbGciOiJIUzI1NiJ9.secret', status: 401 });
  const [point] = ANALYTICS.points;
  expect(point?.blobs?.length).toBeLessThanOrEqual(20);
  expect(point?.doubles?.length).toBeLessThanOrEqual(20);
  expect(point?.indexes).toHaveLength(1);
  expect(JSON.stringify(point)).not.toContain('secret');
});

it('[O5] docs/measurements.md shows every column at its place', async () => {
  const page = await readFile(resolve(import.meta.dirname, '../../docs/measurements.md'), 'utf8');
  const rows = [...page.matchAll(/^\| `(?<column>\w+)` +\| `(?<field>\w+)` /gm)].map(({ groups }) => [
    groups?.['column'],
    groups?.['field'],
  ]);
  expect(rows).toEqual([
    ['index1', columns.index],
    ['blob1', 'event'],
    ...columns.blobs.map((name, at) => [`blob${at + 2}`, name]),
    ...columns.doubles.map((name, at) => [`double${at + 1}`, name]),
  ]);
});
