/** What the bench says of the door. Pure. */
import { difference, percentile, ratio, spread, type Spread } from './statistics.ts';

/** How long one way took to an open socket: the median of each round, in milliseconds. */
export interface Openings {
  readonly name: string;
  readonly ms: readonly number[];
}

/** One way, compared with the floor. */
export interface OpeningSummary {
  readonly name: string;
  readonly ms: Spread;
  readonly addedMs: Spread;
}

/** One flood, once: what was answered, how long each frame of the call beside it took (ms), what the runtime used. */
export interface FloodRound {
  readonly statuses: Readonly<Record<string, number>>;
  readonly trips: readonly number[];
  /** Null where that cannot be known. */
  readonly cpuMs: number | null;
}

/** One kind of flood, round by round. */
export interface FloodCase {
  readonly name: string;
  readonly rounds: readonly FloodRound[];
}

/** What floods of refused upgrades did, all of them together. */
export interface Flood {
  readonly cases: readonly FloodCase[];
  readonly objectsBefore: number;
  readonly objectsAfter: number;
}

/** The names of the cases that the others are compared with: nobody at the door, and the platform's own share. */
export interface FloodBases {
  readonly calm: string;
  readonly floor: string;
}

/** How long a frame took, and round by round over both bases. */
export interface Slowed {
  readonly share: number;
  readonly ms: Spread;
  readonly overCalm: Spread;
  readonly overFloor: Spread;
}

/** One kind of flood, judged. */
export interface FloodCaseSummary {
  readonly name: string;
  readonly statuses: Readonly<Record<string, number>>;
  /** Processor time of the runtime for one request, the call's own left out. */
  readonly cpuUs: Spread | null;
  readonly slowed: readonly Slowed[];
}

/** All of it, judged. */
export interface FloodSummary {
  readonly cases: readonly FloodCaseSummary[];
  /** The counter by address turned somebody away. */
  readonly isCounted: boolean;
  readonly objectsBefore: number;
  readonly objectsMade: number;
}

const TOO_MANY = '429';

/** Compares every way with the floor, round by round. Throws when the floor is missing. */
export function summariseOpenings(all: readonly Openings[], floor: string): readonly OpeningSummary[] {
  const base = all.find(({ name }) => name === floor);
  if (!base) throw new RangeError(`${floor} was not measured`);
  return all.map(({ name, ms }) => ({ name, ms: spread(ms), addedMs: difference(ms, base.ms) }));
}

/** Judges floods. Throws when a base is missing, or a call was not measured beside one of them. */
export function summariseFlood(
  { cases, objectsBefore, objectsAfter }: Flood,
  { calm, floor }: FloodBases,
): FloodSummary {
  const bases = { calm: roundsOf(cases, calm), floor: roundsOf(cases, floor) };
  const summaries = cases.map(({ name, rounds }): FloodCaseSummary => {
    const slowed = [0.5, 0.99].map((share): Slowed => {
      const [ms, before, least] = [rounds, bases.calm, bases.floor].map((all) => tripsAt(all, share));
      if (!ms || !before || !least) throw new RangeError(`${name} was not measured`);
      return { share, ms: spread(ms), overCalm: ratio(ms, before), overFloor: ratio(ms, least) };
    });
    return { name, statuses: total(rounds), cpuUs: cpuOf(rounds, bases.calm), slowed };
  });
  const isCounted = summaries.some(({ statuses }) => TOO_MANY in statuses);
  return { cases: summaries, isCounted, objectsBefore, objectsMade: objectsAfter - objectsBefore };
}

function roundsOf(cases: readonly FloodCase[], name: string): readonly FloodRound[] {
  const found = cases.find((one) => one.name === name);
  if (!found) throw new RangeError(`${name} was not measured`);
  return found.rounds;
}

function tripsAt(rounds: readonly FloodRound[], share: number): readonly number[] {
  return rounds.map(({ trips }) => percentile(trips, share));
}

function total(rounds: readonly FloodRound[]): Readonly<Record<string, number>> {
  const sum = new Map<string, number>();
  for (const [status, count] of rounds.flatMap(({ statuses }) => Object.entries(statuses)))
    sum.set(status, (sum.get(status) ?? 0) + count);
  return Object.fromEntries(sum);
}

function cpuOf(rounds: readonly FloodRound[], calm: readonly FloodRound[]): Spread | null {
  const each = rounds.map(({ cpuMs, statuses }, index) => {
    const requests = Object.values(statuses).reduce((sum, count) => sum + count, 0);
    const own = calm[index]?.cpuMs ?? null;
    return cpuMs === null || own === null || requests === 0 ? null : ((cpuMs - own) * 1000) / requests;
  });
  const known = each.filter((us) => us !== null);
  return known.length === 0 ? null : spread(known);
}

/** One line for each way. */
export function toOpeningLines(summaries: readonly OpeningSummary[]): string {
  const width = Math.max(...summaries.map(({ name }) => name.length));
  return [
    'To an open socket, ms: median of the rounds (least-most), and over the floor',
    ...summaries.map(({ name, ms, addedMs }) => `${name.padEnd(width)}  ${shown(ms)}  +${shown(addedMs)}`),
  ].join('\n');
}

/** What was refused, what it made, and what it cost the call beside it. */
export function toFloodLines({ cases, isCounted, objectsBefore, objectsMade }: FloodSummary): string {
  return [
    `Refused upgrades: objects made: ${objectsMade}, beside ${objectsBefore}`,
    `the counter by address ${isCounted ? 'took part' : 'took no part'}`,
    "A call's frame there and back beside them, ms, and as a ratio to nobody and to an empty Worker:",
    ...cases.flatMap(toCaseLines),
  ].join('\n');
}

function toCaseLines({ name, statuses, cpuUs, slowed }: FloodCaseSummary): readonly string[] {
  const told = Object.entries(statuses).map(([status, count]) => `${count} times ${status}`);
  const cpu = cpuUs === null ? [] : [`processor ${cpuUs.median.toFixed(0)} µs each`];
  return [
    [name, ...told, ...cpu].join(', '),
    ...slowed.map(
      ({ share, ms, overCalm, overFloor }) =>
        `  p${share * 100}: ${shown(ms)}, x${shown(overCalm)}, x${shown(overFloor)}`,
    ),
  ];
}

function shown({ median, least, most }: Spread): string {
  return `${median.toFixed(2)} (${least.toFixed(2)}-${most.toFixed(2)})`;
}
