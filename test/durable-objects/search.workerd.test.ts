import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { indexedWords } from '../../src/durable-objects/store/search-words.ts';
import { NOON, said, withMemory } from '../workerd/memories.ts';

const FIRST = { after: null, limit: 100 };

it('[H9] what was said is found by its words, by the beginning of the last, without accents, in every script', () =>
  withMemory((memory) => {
    const id = memory.begin(NOON);
    const texts = [
      'My name is Ada Lovelace',
      'une crème brûlée',
      '明日は東京タワーへ行きます',
      'see example.com/a-b',
      '100% ❤',
    ];
    texts.forEach((text, index) => memory.keep(id, said(text, { saidAt: NOON + index })));
    const found = (question: string): number[] =>
      memory
        .search(question, FIRST)
        .results.map((result) => texts.findIndex((text) => text.includes(result.snippet)));
    expect(found('ada')).toEqual([0]);
    expect(found('LOVE')).toEqual([0]);
    expect(found('lovelace name')).toEqual([0]);
    expect(found('love name')).toEqual([]);
    expect(found('Creme BRÛL')).toEqual([1]);
    expect(found('東京')).toEqual([2]);
    expect(found('京タ')).toEqual([2]);
    expect(found('東ワ')).toEqual([]);
    expect(found('example.com')).toEqual([3]);
    expect(found('a-b')).toEqual([3]);
    expect(found('❤')).toEqual([4]);
    expect(found('100')).toEqual([4]);
    expect(found('nobody')).toEqual([]);
  }));

it('[H9] a question of any characters is answered, and never understood as anything but words', () =>
  withMemory((memory) => {
    const id = memory.begin(NOON);
    memory.keep(id, said('the quick brown fox'));
    for (const question of [
      '"',
      '*',
      'a OR b',
      'NEAR(a b)',
      'text: x',
      '^quick',
      'quick*brown',
      '-fox',
      '\0',
      "'; DROP",
    ]) {
      expect(memory.search(question, FIRST).results.length).toBeLessThanOrEqual(1);
    }
    expect(memory.search('quick OR nothing', FIRST).results).toEqual([]);
    expect(memory.search('words: quick', FIRST).results).toEqual([]);
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (question) => {
        memory.search(question, FIRST);
      }),
      { numRuns: 50 },
    );
    memory.search('a '.repeat(100), FIRST);
  }));

it('[H9] anything that was said is found by its first word', () =>
  withMemory((memory) => {
    const id = memory.begin(NOON);
    const texts = fc
      .string({ unit: 'grapheme', minLength: 1, maxLength: 30 })
      .filter((text) => indexedWords(firstWord(text)) !== '');
    fc.assert(
      fc.property(texts, (text) => {
        const message = said(text);
        memory.keep(id, message);
        const ids = memory.search(firstWord(text), FIRST).results.map((result) => result.message_id);
        expect(ids).toContain(message.id);
        memory.takeBack(id, message.id);
      }),
    );
  }));

function firstWord(text: string): string {
  return text.match(/[\p{L}\p{N}\p{M}]+/u)?.[0] ?? '';
}

it('[H11] the best comes first, the newest among equals, titles of the person’s own too, page after page', () =>
  withMemory((memory) => {
    const id = memory.begin(NOON);
    const other = memory.begin(NOON);
    memory.keep(other, said('of other things'));
    memory.rename(other, 'Quince jelly');
    for (let index = 0; index < 5; index += 1) {
      memory.keep(id, said('a quince', { id: `m${index}`, saidAt: NOON + index * 1000 }));
    }
    memory.keep(id, said('quince quince quince quince', { id: 'best', role: 'assistant' }));
    const all = memory.search('quince', FIRST).results;
    expect(all.map((result) => result.message_id)).toEqual(['best', 'm4', 'm3', 'm2', 'm1', 'm0', null]);
    expect(all.at(-1)).toEqual({
      conversation_id: other,
      title: 'Quince jelly',
      message_id: null,
      role: null,
      snippet: 'Quince jelly',
      matches: [[0, 6]],
      created_at: NOON / 1000,
    });
    expect(all[1]).toMatchObject({
      conversation_id: id,
      title: 'a quince',
      role: 'user',
      created_at: NOON / 1000 + 4,
    });
    const pages: unknown[] = [];
    let after: number | null = null;
    do {
      const { results, next } = memory.search('quince', { after, limit: 3 });
      pages.push(...results);
      after = next;
    } while (after !== null);
    expect(pages).toEqual(all);
  }));

it('[H11] of more than a thousand that have the words, the newest are compared, and titles too', () =>
  withMemory((memory, storage) => {
    const id = memory.begin(NOON);
    const titled = memory.begin(NOON);
    storage.transactionSync(() => {
      memory.keep(id, said('quince quince', { id: 'oldest' }));
      for (let n = 0; n < 1000; n += 1) memory.keep(id, said('a quince', { saidAt: NOON + 1 + n }));
      memory.rename(titled, 'Quinces');
    });
    const found: (string | null)[] = [];
    let after: number | null = null;
    do {
      const { results, next } = memory.search('quince', { after, limit: 100 });
      found.push(...results.map(({ message_id }) => message_id));
      after = next;
    } while (after !== null);
    expect(found).toHaveLength(1001);
    expect(found).not.toContain('oldest');
    expect(found.filter((each) => each === null)).toHaveLength(1);
  }));

it('[H9] a message that changed is found by what it says now, and one that has no words by none', () =>
  withMemory((memory) => {
    const id = memory.begin(NOON);
    const message = said('medlar');
    memory.keep(id, message);
    memory.keep(id, { ...message, content: 'quince' });
    memory.keep(id, said('…'));
    expect(memory.search('medlar', FIRST).results).toEqual([]);
    expect(memory.search('quince', FIRST).results).toHaveLength(1);
    memory.rename(id, 'Sorb');
    memory.rename(id, 'Loquat');
    expect(memory.search('sorb', FIRST).results).toEqual([]);
    expect(memory.search('loquat', FIRST).results).toHaveLength(1);
  }));
