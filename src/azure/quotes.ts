/** Does a text repeat the operator's instructions? Whatever was done to them on the way: quoting, escaping, cutting. Pure. */
import type { Operator } from './session.ts';

/** Instructions of fewer letters than this ("Be nice.") are no secret, and stand in any text by chance. */
const FEWEST_LETTERS = 8;

/**
 * A run of so many letters and digits in common is a quotation. Longer than any word a locked client may send, so that
 * nobody can guess at the instructions letter by letter and see from an echo whether the guess was right.
 */
export const QUOTED_LETTERS = 48;

/** True when `text` holds the whole of the instructions. Only letters and digits count, in any case: one may become two. */
export function repeatsOperator(text: string, operator: Operator): boolean {
  const { letters } = secretOf(operator);
  if (letters.length < FEWEST_LETTERS || text.length * 2 < letters.length) return false;
  return lettersOf(text).includes(letters);
}

/** True when `text` holds the instructions, or a long run of them. Only for text in which no client has a long say. */
export function quotesOperator(text: string, operator: Operator): boolean {
  const { letters } = secretOf(operator);
  if (letters.length < FEWEST_LETTERS) return false;
  const told = lettersOf(text);
  return told.includes(letters) || hasLongRun(told, letters);
}

/** Whether a frame may hold the instructions: cheap, without parsing, and never wrong when it says no to a whole copy. */
export function mayQuoteOperator(frame: string, operator: Operator): boolean {
  return secretOf(operator).needles.some((needle) => frame.includes(needle));
}

/** What is looked for, made once for each operator there is. */
interface Secret {
  readonly letters: string;
  readonly needles: readonly string[];
}

const secrets = new WeakMap<Operator, Secret>();

function secretOf(operator: Operator): Secret {
  const known = secrets.get(operator);
  if (known) return known;
  const letters = lettersOf(operator.instructions);
  const secret = {
    letters,
    needles: letters.length < FEWEST_LETTERS ? [] : needlesFor(operator.instructions),
  };
  secrets.set(operator, secret);
  return secret;
}

/** Every run of 48 letters covers one of these blocks of 24 whole: few places need a closer look. */
const BLOCK = QUOTED_LETTERS / 2;

function hasLongRun(told: string, secret: string): boolean {
  for (let block = 0; block + BLOCK <= secret.length; block += BLOCK) {
    const needle = secret.slice(block, block + BLOCK);
    for (let at = told.indexOf(needle); at !== -1; at = told.indexOf(needle, at + 1)) {
      if (runAround({ told, at }, secret, block) >= QUOTED_LETTERS) return true;
    }
  }
  return false;
}

function runAround({ told, at }: { told: string; at: number }, secret: string, block: number): number {
  let before = 0;
  while (before < Math.min(at, block) && told[at - before - 1] === secret[block - before - 1]) before += 1;
  let after = 0;
  while (at + after < told.length && told[at + after] === secret[block + after]) after += 1;
  return before + after;
}

function lettersOf(text: string): string {
  return text
    .replaceAll(/\\+u([0-9a-f]{4})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
    .replaceAll(/\\+[nrtbf]/g, ' ')
    .replaceAll(/[^\p{L}\p{N}]+/gu, '')
    .toLowerCase();
}

/** Letters that every writer of JSON leaves as they are; some escape a quote, a slash, an apostrophe, a letter with an accent. */
const PLAIN_RUN = /[A-Za-z0-9 .,;:()!?_-]+/g;

/** A needle shorter than this would be found by chance. */
const SHORTEST_NEEDLE = 12;

function needlesFor(instructions: string): readonly string[] {
  const runs = instructions.match(PLAIN_RUN) ?? [];
  const longest = runs.reduce((best, run) => (run.length > best.length ? run : best), '').trim();
  if (longest.length >= SHORTEST_NEEDLE) return [longest];
  const written = JSON.stringify(instructions).slice(1, -1);
  return [
    written,
    written.replaceAll(NOT_ASCII, (letter) => `\\u${hexes(letter)}`),
    written.replaceAll(NOT_ASCII, (letter) => `\\u${hexes(letter).toUpperCase()}`),
  ];
}

const NOT_ASCII = /[^\x20-\x7e]/g;

function hexes(letter: string): string {
  return letter.charCodeAt(0).toString(16).padStart(4, '0');
}
