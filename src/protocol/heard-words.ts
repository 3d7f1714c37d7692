/** Which words of a spoken answer were heard, when it was cut: what the page shows and what is remembered. Pure. */

/** How long one character takes to say, about: for an answer cut while its sound was still coming, behind its words. */
const MS_PER_CHARACTER = 65;

/** No word is longer, in UTF-16 units: where there is no space so far back, the language writes none. */
const LONGEST_WORD = 32;

/** How far an answer was heard: `heardMs` of the `receivedMs` of sound that came, which `isWhole` says is all of it. */
export interface Cut {
  readonly heardMs: number;
  readonly receivedMs: number;
  readonly isWhole: boolean;
}

/** Where the words begin that nobody heard, in UTF-16 units of `text`; its length when all were. A word half heard was not. */
export function heardUntil(text: string, { heardMs, receivedMs, isWhole }: Cut): number {
  const isKnown = isWhole && receivedMs > 0;
  const spokenMs = isKnown ? receivedMs : Math.max(receivedMs, text.length * MS_PER_CHARACTER);
  const share = spokenMs > 0 ? Math.min(1, Math.max(0, heardMs) / spokenMs) : 0;
  return wordStart(text, Math.round(text.length * share));
}

function wordStart(text: string, index: number): number {
  if (index >= text.length) return text.length;
  const start = text.lastIndexOf(' ', index) + 1;
  if (index - start <= LONGEST_WORD) return start;
  const isInsideLetter = /[\uDC00-\uDFFF]/.test(text.charAt(index));
  return isInsideLetter ? index - 1 : index;
}
