/** The part of a text that shows why it was found. Pure. */
import { wordsOf, type Term, type Word } from './search-words.ts';

/** Text without markup, and where in it what was looked for stands: start and end, in UTF-16 units. */
export interface Snippet {
  readonly text: string;
  readonly matches: readonly (readonly [start: number, end: number])[];
}

/** So much is shown before what was found first, and so much from there on, in UTF-16 units. */
const BEFORE = 60;
const AFTER = 140;
const CUT = '…';

/** The words around the first place where one of the terms stands; the beginning of the text when none does. */
export function snippetOf(text: string, terms: readonly Term[]): Snippet {
  const matches = matchesOf(text, terms);
  const first = matches[0]?.start ?? 0;
  const start = startOf(text, first);
  const end = endOf(text, Math.max(first + AFTER, matches[0]?.end ?? 0));
  const lead = start > 0 ? CUT : '';
  const shift = lead.length - start;
  return {
    text: lead + text.slice(start, end).replace(/\s/gu, ' ') + (end < text.length ? CUT : ''),
    matches: matches
      .filter((match) => match.end <= end)
      .map((match) => [match.start + shift, match.end + shift] as const),
  };
}

interface Range {
  readonly start: number;
  readonly end: number;
}

/** Where the terms stand, from the first on as far as is shown; a long text is read no further. */
function matchesOf(text: string, terms: readonly Term[]): readonly Range[] {
  const longest = Math.max(0, ...terms.map(({ words }) => words.length));
  const recent: Word[] = [];
  const found: Range[] = [];
  for (const word of wordsOf(text)) {
    const [first] = found;
    if (first && word.start > first.start + AFTER) break;
    recent.push(word);
    if (recent.length > longest) recent.shift();
    const range = longestOf(terms.flatMap((term) => endingIn(recent, term) ?? []));
    if (range) addRange(found, range);
  }
  return found;
}

/** Where a term stands whose last word is the last of these. */
function endingIn(recent: readonly Word[], { words, isPrefix }: Term): Range | null {
  const [first] = recent.slice(-words.length);
  const last = recent.at(-1);
  if (!first || !last || recent.length < words.length) return null;
  const fits = recent.slice(-words.length).every((word, index) => {
    const wanted = words[index] ?? '';
    return isPrefix && index === words.length - 1 ? word.text.startsWith(wanted) : word.text === wanted;
  });
  return fits ? { start: first.start, end: last.end } : null;
}

function longestOf(ranges: readonly Range[]): Range | null {
  return ranges.toSorted((a, b) => a.start - b.start)[0] ?? null;
}

/** Ranges that touch the one before become one with it. */
function addRange(found: Range[], range: Range): void {
  const before = found.at(-1);
  if (before && range.start < before.end)
    found[found.length - 1] = { start: Math.min(before.start, range.start), end: range.end };
  else found.push(range);
}

/** Begins behind a space when there is one near, and never inside a character. */
function startOf(text: string, found: number): number {
  if (found <= BEFORE) return 0;
  const earliest = wholeCharacter(text, found - BEFORE);
  const space = text.slice(earliest, found).search(/\s/u);
  return space === -1 ? earliest : earliest + space + 1;
}

function endOf(text: string, wanted: number): number {
  if (wanted >= text.length) return text.length;
  return wholeCharacter(text, wanted);
}

function wholeCharacter(text: string, index: number): number {
  const isInside =
    /[\udc00-\udfff]/.test(text.charAt(index)) && /[\ud800-\udbff]/.test(text.charAt(index - 1));
  return isInside ? index + 1 : index;
}
