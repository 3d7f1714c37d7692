/** Padding on text-like deltas, so that the length of a frame does not betray the length of a word. */
import { randomInt } from 'node:crypto';

import { randomBase62 } from '../ids.ts';

const LONGEST = 16;

/** 1 to 16 random characters. */
export function obfuscation(): string {
  return randomBase62(1 + randomInt(LONGEST));
}
