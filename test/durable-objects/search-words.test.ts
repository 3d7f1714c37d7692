import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { indexedWords, matchOf, termsOf } from '../../src/durable-objects/store/search-words.ts';
import { snippetOf } from '../../src/durable-objects/store/snippet.ts';
import { titleOf } from '../../src/durable-objects/store/title.ts';

/** A text with what was found in brackets. */
function marked(text: string, question: string): string {
  const snippet = snippetOf(text, termsOf(question));
  return snippet.matches.reduceRight(
    (shown, [start, end]) => `${shown.slice(0, start)}[${shown.slice(start, end)}]${shown.slice(end)}`,
    snippet.text,
  );
}

it.for([
  ['Crème Brûlée', 'creme brulee'],
  ['Straße STRASSE', 'strasse strasse'],
  ['ΟΔΟΣ οδός', 'οδοσ οδοσ'],
  ['ｆｕｌｌ ﬁne', 'full fine'],
  ['don’t re-do x2', 'don t re do x2'],
  ['東京タワーへ', '東 京 タ ワ ー へ'],
  ['한국어 학교', '한국어 학교'],
  ['สวัสดี', 'ส ว ั ส ด ี'],
  ['हिन्दी', 'हिन्दी'],
  ['مَرْحَبًا', 'مرحبا'],
  ['I ❤ 👍🏽', 'i ❤ 👍'],
  ['-- "" * ( ) :^ \0', ''],
] as const)('[H9] %s is indexed as: %s', ([text, words]) => {
  expect(indexedWords(text)).toBe(words);
});

it('[H9] a question is its words, all of them, those of one chunk next to each other, and the last may go on', () => {
  expect(matchOf(termsOf('  Don’t "stop" NEAR(me) foo-b'))).toBe('"don t" "stop" "near me" "foo b"');
  expect(matchOf(termsOf('foo-ba'))).toBe('"foo ba"*');
  expect(matchOf(termsOf('학'))).toBe('"학"*');
  expect(matchOf(termsOf('東京'))).toBe('"東 京"*');
  expect(termsOf(' ** "" ')).toEqual([]);
});

it.for([
  ['My name is Ada Lovelace.', 'ada lov', 'My name is [Ada] [Lovelace].'],
  ['Une CRÈME brûlée', 'creme', 'Une [CRÈME] brûlée'],
  ['今日は東京タワーへ行く', '東京', '今日は[東京]タワーへ行く'],
  ['foo bar, foo-bar', 'foo-bar', '[foo bar], [foo-bar]'],
  ['a\nb\tneedle', 'needle', 'a b [needle]'],
  ['nothing of it', 'needle', 'nothing of it'],
  ['<b>needle</b>', 'needle', '<b>[needle]</b>'],
] as const)('[H10] of %j, %s is shown as %j', ([text, question, shown]) => {
  expect(marked(text, question)).toBe(shown);
});

it('[H10] of a long text the words around the first place are shown, cut where that is told', () => {
  const shown = marked(`${'before '.repeat(100)}needle ${'after '.repeat(100)}needle`, 'needle');
  expect(shown).toMatch(/^…(?:before ){8}\[needle\] (?:after ){22}a?f?t?e?r?…$/);
});

it('[H10] what a snippet marks is in it, whole characters, and found again by its own words', () => {
  const texts = fc.oneof(
    fc.string({ unit: 'grapheme', maxLength: 400 }),
    fc
      .array(fc.constantFrom('ada', 'Ada’s', '東京', 'é', '😀', ' ', '-', 'x'.repeat(30)), { maxLength: 60 })
      .map((parts) => parts.join(' ')),
  );
  fc.assert(
    fc.property(texts, fc.constantFrom('ada', 'a', '東', 'é', '😀', 'x', 'ada s'), (text, question) => {
      const { text: shown, matches } = snippetOf(text, termsOf(question));
      expect(shown.length).toBeLessThanOrEqual(60 + 140 + 60 + 2);
      let last = 0;
      for (const [start, end] of matches) {
        expect(start).toBeGreaterThanOrEqual(last);
        expect(end).toBeGreaterThan(start);
        expect(end).toBeLessThanOrEqual(shown.length);
        expect(shown.slice(start, end).isWellFormed()).toBe(true);
        last = end;
      }
    }),
  );
});

it.for([
  ['', ''],
  [' \n\t ', ''],
  ['Hello', 'Hello'],
  ['One\r\n\r\ntwo', 'One two'],
  ['word '.repeat(30), `${'word '.repeat(12).trim()}…`],
  ['x'.repeat(80), `${'x'.repeat(60)}…`],
  [`${'x'.repeat(59)}😀 more`, `${'x'.repeat(59)}…`],
  [
    `A sentence that is just about as long as a title can be, but goes on`,
    'A sentence that is just about as long as a title can be, but…',
  ],
  ['zero\u200bwidth\u202eevil', 'zero width evil'],
] as const)('[H5] the title made of %j is %j', ([said, title]) => {
  expect(titleOf(said)).toBe(title);
});
