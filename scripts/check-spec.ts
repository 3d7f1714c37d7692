/** `npm run spec`: every rule of SPEC.md has a test, and every test says which rule it proves. */
import { glob, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { compareSpec } from './spec-rules.ts';

const REPO = resolve(import.meta.dirname, '..');

const tests = [];
for await (const path of glob('test/**/*.test.ts', { cwd: REPO })) {
  tests.push({ path, source: await readFile(join(REPO, path), 'utf8') });
}
const { rules, problems } = compareSpec(await readFile(join(REPO, 'SPEC.md'), 'utf8'), tests);
for (const problem of problems) console.error(problem);
if (problems.length === 0) console.log(`${rules} rules, each with a test.`);
process.exitCode = problems.length === 0 ? 0 : 1;
