/** What is said about many measurements. Pure. */

/** The middle of several rounds and how far apart they lay. */
export interface Spread {
  readonly median: number;
  readonly least: number;
  readonly most: number;
}

/**
 * The value that `share` (0 to 1) of all values do not exceed: nearest rank, so always one that was measured. Throws
 * when there is none.
 */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const found = sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
  if (found === undefined) throw new RangeError('A percentile of no values was asked for');
  return found;
}

/** The median, the least and the most of several rounds. Throws when there is none. */
export function spread(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  const lower = percentile(sorted, 0.5);
  const upper = sorted[Math.floor(sorted.length / 2)] ?? lower;
  return { median: (lower + upper) / 2, least: percentile(sorted, 0), most: percentile(sorted, 1) };
}

/**
 * Round by round `values` over `base`, then the spread of those: what slowed one round down slowed both, and cancels.
 * Throws when the rounds do not pair.
 */
export function ratio(values: readonly number[], base: readonly number[]): Spread {
  return spread(paired(values, base).map(([value, reference]) => value / reference));
}

/** Round by round `values` less `base`, then the spread of those. Throws when the rounds do not pair. */
export function difference(values: readonly number[], base: readonly number[]): Spread {
  return spread(paired(values, base).map(([value, reference]) => value - reference));
}

/** `items` started at `index`, so that over the rounds everybody goes first once. */
export function rotated<Item>(items: readonly Item[], index: number): readonly Item[] {
  const start = index % items.length;
  return [...items.slice(start), ...items.slice(0, start)];
}

function paired(values: readonly number[], base: readonly number[]): readonly (readonly [number, number])[] {
  if (values.length !== base.length) {
    throw new RangeError(`${values.length} rounds cannot be compared with ${base.length}`);
  }
  return values.map((value, round) => [value, base[round] ?? Number.NaN]);
}
