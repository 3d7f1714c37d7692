/** Which rules of SPEC.md stand in the title of a test. */
import { glob, readFile } from 'node:fs/promises';
import { resolve } from 'node:path';

const REPO = resolve(import.meta.dirname, '../..');

/** All of them, read from the tests themselves. */
export async function provenRules(): Promise<ReadonlySet<string>> {
  const rules = new Set<string>();
  for await (const path of glob('test/**/*.test.ts', { cwd: REPO })) {
    const source = await readFile(resolve(REPO, path), 'utf8');
    for (const match of source.matchAll(/['"`](?<rules>(?:\[[A-Z]+\d+\])+) /g)) {
      for (const rule of match.groups?.['rules']?.match(/[A-Z]+\d+/g) ?? []) rules.add(rule);
    }
  }
  return rules;
}
