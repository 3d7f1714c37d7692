/** What the bench says of the door. Pure. */
import { difference, percentile, spread, type Spread } from './statistics.ts';

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

/** What a flood of refused upgrades did. `calm` and `busy`: a call's round trips before it and meanwhile, in milliseconds. */
export interface Flood {
  readonly statuses: Readonly<Record<string, number>>;
  readonly ms: number;
  readonly objectsBefore: number;
  readonly objectsAfter: number;
  readonly calm: readonly number[];
  readonly busy: readonly number[];
}

/** How long a frame took before and meanwhile. */
export interface Slowed {
  readonly share: number;
  readonly calmMs: number;
  readonly busyMs: number;
  readonly ratio: number;
}

/** The same, judged. */
export interface FloodSummary {
  readonly statuses: Readonly<Record<string, number>>;
  readonly ms: number;
  /** The counter by address turned somebody away. */
  readonly isCounted: boolean;
  readonly objectsBefore: number;
  readonly objectsMade: number;
  readonly slowed: readonly Slowed[];
}

const TOO_MANY = '429';

/** Compares every way with the floor, round by round. Throws when the floor is missing. */
export function summariseOpenings(all: readonly Openings[], floor: string): readonly OpeningSummary[] {
  const base = all.find(({ name }) => name === floor);
  if (!base) throw new RangeError(`${floor} was not measured`);
  return all.map(({ name, ms }) => ({ name, ms: spread(ms), addedMs: difference(ms, base.ms) }));
}

/** Judges a flood. Throws when the call beside it was not measured. */
export function summariseFlood({
  statuses,
  ms,
  calm,
  busy,
  objectsBefore,
  objectsAfter,
}: Flood): FloodSummary {
  const slowed = [0.5, 0.99].map((share): Slowed => {
    const [calmMs, busyMs] = [percentile(calm, share), percentile(busy, share)];
    return { share, calmMs, busyMs, ratio: busyMs / calmMs };
  });
  const objectsMade = objectsAfter - objectsBefore;
  return { statuses, ms, isCounted: TOO_MANY in statuses, objectsBefore, objectsMade, slowed };
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
export function toFloodLines(summary: FloodSummary): string {
  const { statuses, ms, isCounted, objectsBefore, objectsMade, slowed } = summary;
  const told = Object.entries(statuses).map(([status, count]) => `${count} times ${status}`);
  return [
    `refused upgrades in ${Math.round(ms)} ms: ${told.join(', ')}; objects made: ${objectsMade}, beside ${objectsBefore}`,
    `the counter by address ${isCounted ? 'took part' : 'took no part'}`,
    ...slowed.map(
      ({ share, calmMs, busyMs, ratio }) =>
        `a call's frame there and back, p${share * 100}: ${calmMs.toFixed(2)} ms before, ${busyMs.toFixed(2)} ms meanwhile (x${ratio.toFixed(2)})`,
    ),
  ].join('\n');
}

function shown({ median, least, most }: Spread): string {
  return `${median.toFixed(2)} (${least.toFixed(2)}-${most.toFixed(2)})`;
}
