/** The last line of a CI run: how many tests passed and failed, from the results that vitest wrote. */
import { readFile } from 'node:fs/promises';
import * as v from 'valibot';

const resultsSchema = v.pipe(
  v.string(),
  v.parseJson(),
  v.object({
    testResults: v.array(
      v.object({
        status: v.string(),
        assertionResults: v.array(v.object({ status: v.string() })),
      }),
    ),
  }),
);

/** What the results of one run come to. */
export interface Summary {
  readonly line: string;
  /** True when something ran and nothing failed. */
  readonly isGood: boolean;
}

/**
 * Counts what vitest's JSON reporter wrote; null when it wrote nothing. A file that failed outside its tests (it did not
 * load, a hook broke) counts as one failure, so that it cannot pass for an empty one.
 */
export function summariseTests(json: string | null): Summary {
  const read = v.safeParse(resultsSchema, json);
  const files = read.success ? read.output.testResults : [];
  const statuses = files.flatMap(({ status, assertionResults }) => {
    const own = assertionResults.map((one) => one.status);
    return status === 'failed' && !own.includes('failed') ? [...own, 'failed'] : own;
  });
  const count = (wanted: string): number => statuses.filter((status) => status === wanted).length;
  const [passed, failed] = [count('passed'), count('failed')];
  const skipped = statuses.length - passed - failed;
  return {
    line: `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`,
    isGood: passed > 0 && failed === 0,
  };
}

if (import.meta.main) {
  const [path = ''] = process.argv.slice(2);
  const { line, isGood } = summariseTests(await readFile(path, 'utf8').catch(() => null));
  console.log(line);
  process.exitCode = isGood ? 0 : 1;
}
