/** Numbers as English words, up to ninety-nine, both ways. */
const ONES =
  'zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen'.split(
    ' ',
  );
const TENS = 'twenty thirty forty fifty sixty seventy eighty ninety'.split(' ');

const WORDS = [
  ...ONES,
  ...TENS.flatMap((ten) => ONES.slice(0, 10).map((one) => (one === 'zero' ? ten : `${ten}-${one}`))),
];

/** A number in words, or in digits from a hundred on. */
export function numberInWords(number: number): string {
  return WORDS[number] ?? `${number}`;
}

/** The number that a word or a row of digits names; NaN when it names none. */
export function numberOf(word: string): number {
  const index = WORDS.indexOf(word.toLowerCase());
  return index === -1 ? Number.parseInt(word, 10) : index;
}
