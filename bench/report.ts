/** What the bench says in the end. Pure. */
import { difference, ratio, type Spread, spread } from './statistics.ts';

/** What one subject did in one round. Times in milliseconds, `cpuUs` in microseconds of the relay for one frame there and back. */
export interface Round {
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly fpsOne: number;
  readonly fpsMany: number;
  readonly cpuUs: number | null;
}

/** All rounds of one subject, in their order. */
export interface Result {
  readonly name: string;
  readonly rounds: readonly Round[];
}

/** What two of the subjects are called: the ones that the others are compared with. */
export interface Bases {
  readonly direct: string;
  readonly floor: string;
}

/** One subject, compared. */
export interface Summary {
  readonly name: string;
  readonly p50Ms: Spread;
  readonly p99Ms: Spread;
  readonly addedP50Ms: Spread;
  readonly addedP99Ms: Spread;
  readonly fpsOne: Spread;
  readonly fpsMany: Spread;
  readonly cpuUs: Spread | null;
  /** Frames per second over the floor's and over the direct way's, round by round. */
  readonly overFloor: { readonly one: Spread; readonly many: Spread };
  readonly overDirect: { readonly one: Spread; readonly many: Spread };
}

/** Compares every subject with the direct way and with the floor. Throws when one of those is missing. */
export function summarise(results: readonly Result[], { direct, floor }: Bases): readonly Summary[] {
  const column = (name: string, field: 'p50Ms' | 'p99Ms' | 'fpsOne' | 'fpsMany') => {
    const result = results.find((one) => one.name === name);
    if (!result) throw new RangeError(`${name} was not measured`);
    return result.rounds.map((round) => round[field]);
  };
  return results.map(({ name, rounds }) => {
    const cpu = rounds.map(({ cpuUs }) => cpuUs).filter((us) => us !== null);
    const over = (base: string) => ({
      one: ratio(column(name, 'fpsOne'), column(base, 'fpsOne')),
      many: ratio(column(name, 'fpsMany'), column(base, 'fpsMany')),
    });
    return {
      name,
      p50Ms: spread(column(name, 'p50Ms')),
      p99Ms: spread(column(name, 'p99Ms')),
      addedP50Ms: difference(column(name, 'p50Ms'), column(direct, 'p50Ms')),
      addedP99Ms: difference(column(name, 'p99Ms'), column(direct, 'p99Ms')),
      fpsOne: spread(column(name, 'fpsOne')),
      fpsMany: spread(column(name, 'fpsMany')),
      cpuUs: cpu.length === 0 ? null : spread(cpu),
      overFloor: over(floor),
      overDirect: over(direct),
    };
  });
}

/** The same as text, one line for each subject. */
export function toTable(summaries: readonly Summary[], calls: number): string {
  const heads = [
    '',
    'added p50 ms',
    'added p99 ms',
    'frames/s 1 call',
    'of floor',
    'of direct',
    `frames/s ${calls} calls`,
    'of floor',
    'of direct',
    'relay cpu µs/frame',
  ];
  const lines = summaries.map((one) => [
    one.name,
    shown(one.addedP50Ms, 3),
    shown(one.addedP99Ms, 3),
    shown(one.fpsOne, 0),
    shown(one.overFloor.one, 2),
    shown(one.overDirect.one, 2),
    shown(one.fpsMany, 0),
    shown(one.overFloor.many, 2),
    shown(one.overDirect.many, 2),
    one.cpuUs === null ? '-' : shown(one.cpuUs, 1),
  ]);
  const rows = [heads, ...lines];
  const widths = heads.map((_, at) => Math.max(...rows.map((row) => row[at]?.length ?? 0)));
  return rows
    .map((row) =>
      row
        .map((cell, at) => cell.padEnd(widths[at] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

function shown({ median, least, most }: Spread, digits: number): string {
  return `${median.toFixed(digits)} (${least.toFixed(digits)}–${most.toFixed(digits)})`;
}
