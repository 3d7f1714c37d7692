/** Identifiers of the shape Azure gives out: a prefix and 21 base62 characters. */
import { randomInt } from 'node:crypto';

const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** The first six characters are a clock in seconds, so that ids sort by age. */
const CLOCK_LENGTH = 6;
const RANDOM_LENGTH = 15;

/** What an id can name. */
export type IdPrefix = 'event' | 'item' | 'resp' | 'conv' | 'sess' | 'call' | 'mcp' | 'mcpl' | 'mcpr';

/** A new identifier, unique for all practical purposes: `item_CzQ8Wd` and 15 random characters. */
export function createId(prefix: IdPrefix, nowMs = Date.now()): string {
  return `${prefix}_${base62Clock(Math.floor(nowMs / 1000))}${randomBase62(RANDOM_LENGTH)}`;
}

/** A number of seconds as six base62 digits, most significant first. */
export function base62Clock(seconds: number): string {
  let digits = '';
  let rest = seconds;
  while (digits.length < CLOCK_LENGTH) {
    digits = BASE62.charAt(rest % BASE62.length) + digits;
    rest = Math.floor(rest / BASE62.length);
  }
  return digits;
}

/** Random base62 characters: also the padding (`obfuscation`) that hides how long a piece of text is. */
export function randomBase62(length: number): string {
  return Array.from({ length }, () => BASE62.charAt(randomInt(BASE62.length))).join('');
}
