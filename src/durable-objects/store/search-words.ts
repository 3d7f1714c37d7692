/** How words are found again: the same folding for what was said and for what is looked for. Pure. */

/** A word as it is looked for, and where in the text it stands, in UTF-16 units. */
export interface Word {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/** Words that must stand next to each other; the last may go on when `isPrefix`. */
export interface Term {
  readonly words: readonly string[];
  readonly isPrefix: boolean;
}

/**
 * A run of letters and digits; but in scripts that put no space between words each character by itself, so that a word
 * of theirs is found in the middle of a sentence, as its characters next to each other. Pictures are words too.
 */
const WORD =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Bopomofo}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]|[[\p{L}\p{N}\p{M}]--[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Bopomofo}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]]+|\p{Extended_Pictographic}/gv;

/** Accents of Latin, Greek and Cyrillic; points of Hebrew; vowel signs of Arabic: what people leave out in a search. */
const ACCENTS = /[\u0300-\u036f\u0591-\u05bd\u064b-\u0652\u0670]/g;

/** The beginning of too many words: to look through all of them takes a second in a long conversation. */
const ONE_LETTER = /^[\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}\p{N}]$/u;

/** The words of a text in their order. */
export function* wordsOf(text: string): Generator<Word> {
  for (const match of text.matchAll(WORD)) {
    const folded = fold(match[0]);
    if (folded !== '') yield { text: folded, start: match.index, end: match.index + match[0].length };
  }
}

/** The words of a text as the index takes them. */
export function indexedWords(text: string): string {
  return [...wordsOf(text)].map((word) => word.text).join(' ');
}

/** What is looked for: everything between two spaces is one term, and the last one may be the beginning of a word, unless it is a letter. */
export function termsOf(question: string): readonly Term[] {
  const phrases = question
    .split(/\s+/u)
    .map((chunk) => [...wordsOf(chunk)].map((word) => word.text))
    .filter((words) => words.length > 0);
  return phrases.map((words, index) => ({
    words,
    isPrefix: index === phrases.length - 1 && !ONE_LETTER.test(words.at(-1) ?? ''),
  }));
}

/** The terms in the language of FTS5: all of them have to be there. */
export function matchOf(terms: readonly Term[]): string {
  return terms
    .map(({ words, isPrefix }) => `"${words.join(' ').replaceAll('"', ' ')}"${isPrefix ? '*' : ''}`)
    .join(' ');
}

function fold(word: string): string {
  const plain = word.normalize('NFKD').replace(ACCENTS, '').normalize('NFKC');
  // By way of capitals, ß is ss and a final ς is a σ.
  return plain.toUpperCase().toLowerCase().replaceAll('ς', 'σ');
}
