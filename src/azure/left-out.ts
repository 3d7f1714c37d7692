import { isRecord } from './wire.ts';

/** A client is told this many of the fields that did not go up, each name cut to so many characters. */
const MOST_FIELDS = 8;
const LONGEST_NAME = 64;

/** Dotted names of what was asked for and not kept, the first few; what a client left out by writing null is not counted. */
export function leftOut(asked: unknown, kept: unknown): readonly string[] {
  const names: string[] = [];
  collect({ asked, kept, path: '' }, names);
  return names;
}

interface Pair {
  readonly asked: unknown;
  readonly kept: unknown;
  readonly path: string;
}

function collect({ asked, kept, path }: Pair, names: string[]): void {
  if (Array.isArray(asked) && Array.isArray(kept)) {
    for (const [at, one] of asked.entries())
      collect({ asked: one, kept: kept[at], path: `${path}[${at}]` }, names);
    return;
  }
  if (!isRecord(asked) || !isRecord(kept)) return;
  for (const key in asked) {
    if (names.length === MOST_FIELDS) return;
    const name = path === '' ? key : `${path}.${key}`;
    const isKept = Object.hasOwn(kept, key) && kept[key] !== undefined;
    if (isKept) collect({ asked: asked[key], kept: kept[key], path: name }, names);
    else if (asked[key] !== null) names.push(name.slice(0, LONGEST_NAME));
  }
}
