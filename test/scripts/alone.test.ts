import { glob, readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { ALONE, LOOKS_AT_AZURE } from '../support/alone.ts';

it('[S15] tests that look at what Azure was told run by themselves, and no others', async () => {
  const found: string[] = [];
  for await (const file of glob('test/**/*.workerd.test.ts')) {
    const text = await readFile(file, 'utf8');
    if (LOOKS_AT_AZURE.test(text)) found.push(file);
  }
  expect(found.toSorted()).toEqual(ALONE);
});
