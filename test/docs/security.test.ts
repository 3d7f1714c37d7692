/** The table of what OWASP ASVS asks: whole, and true to the tests. */
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { provenRules } from '../support/proven-rules.ts';

const PAGE = resolve(import.meta.dirname, '../../docs/security.md');

interface Item {
  readonly id: string;
  readonly asks: string;
  readonly status: string;
  readonly rules: readonly string[];
  readonly note: string;
}

let items: readonly Item[] = [];
let proven: ReadonlySet<string> = new Set();
beforeAll(async () => {
  items = readTable(await readFile(PAGE, 'utf8'));
  proven = await provenRules();
});

it('[O19] every item stands there once, in order, with what it asks', () => {
  expect(items.length).toBeGreaterThan(70);
  const order = items.map(({ id }) =>
    id
      .split('.')
      .map((part) => part.padStart(3, '0'))
      .join('.'),
  );
  expect(order).toEqual([...new Set(order)].toSorted());
  for (const { asks } of items) expect(asks).toMatch(/\.$/);
});

it('[O19] what is met is proven by rules whose tests exist, and what is not says why', () => {
  const wrong = items.flatMap(({ id, status, rules, note }) => {
    const unproven = rules.filter((rule) => !proven.has(rule)).map((rule) => `${id}: no test proves ${rule}`);
    return [...unproven, ...complaint({ status, rules, note }).map((what) => `${id}: ${what}`)];
  });
  expect(wrong).toEqual([]);
});

it('[O19] a wrong line would be found', () => {
  expect(complaint({ status: 'met', rules: [], note: '' })).toEqual(['is met by nothing']);
  expect(complaint({ status: 'partly', rules: ['D1'], note: '' })).toEqual(['does not say what is missing']);
  expect(complaint({ status: 'open', rules: ['D1'], note: 'Why.' })).toEqual(['is proven and open']);
  expect(complaint({ status: 'done', rules: ['D1'], note: '' })).toEqual(['done is no status']);
});

function complaint({ status, rules, note }: Pick<Item, 'status' | 'rules' | 'note'>): readonly string[] {
  switch (status) {
    case 'met':
      return rules.length === 0 ? ['is met by nothing'] : [];
    case 'partly':
      return rules.length === 0 || note === '' ? ['does not say what is missing'] : [];
    case 'open':
    case 'elsewhere':
      if (rules.length > 0) return [`is proven and ${status}`];
      return note === '' ? ['does not say why'] : [];
    default:
      return [`${status} is no status`];
  }
}

function readTable(text: string): Item[] {
  const lines = text.split('\n').filter((line) => /^\| \d+\.\d+\.\d+ /.test(line));
  return lines.map((line) => {
    const [id = '', asks = '', status = '', rules = '', note = ''] = line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim());
    return { id, asks, status, rules: rules.split(' ').filter((rule) => rule !== ''), note };
  });
}
