/** The table of what the emulator believes of Azure: whole, and checked by tests that exist. */
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';

import { beforeAll, expect, it } from 'vitest';
import { provenRules } from '../support/proven-rules.ts';

const REPO = resolve(import.meta.dirname, '../..');

const SURE = ['documented', 'seen on Azure', 'seen on OpenAI', 'reported', 'inferred', 'unknown'];

interface Fact {
  readonly id: string;
  readonly fact: string;
  readonly source: string;
  readonly sure: string;
  readonly checks: readonly string[];
}

let facts: readonly Fact[] = [];
let proven: ReadonlySet<string> = new Set();
beforeAll(async () => {
  facts = readTable(await readFile(resolve(REPO, 'docs/azure-facts.md'), 'utf8'));
  proven = await provenRules();
});

it('[N26] every fact has its number, in order, and says where it comes from and how sure it is', () => {
  expect(facts.length).toBeGreaterThan(50);
  expect(facts.map(({ id }) => id)).toEqual(facts.map((_, index) => `F${index + 1}`));
  for (const { fact, source, sure } of facts) {
    expect(fact).toMatch(/\.$/);
    expect(source).not.toBe('');
    expect(SURE).toContain(sure);
  }
});

it('[N26] every fact is checked by rules whose tests exist', () => {
  const unchecked = facts.flatMap(({ id, checks }) =>
    checks.length === 0
      ? [`${id} is checked by nothing`]
      : checks.filter((rule) => !proven.has(rule)).map((rule) => `${id}: no test proves ${rule}`),
  );
  expect(unchecked).toEqual([]);
});

function readTable(text: string): Fact[] {
  const lines = text.split('\n').filter((line) => /^\| F\d/.test(line));
  return lines.map((line) => {
    const [id = '', fact = '', source = '', sure = '', checks = ''] = line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim());
    return { id, fact, source, sure, checks: checks.split(' ').filter((rule) => rule !== '') };
  });
}
