import { expect, test } from 'vitest';
import { summariseTests } from '../../scripts/test-summary.ts';

function results(...files: readonly { status: string; tests: readonly string[] }[]): string {
  return JSON.stringify({
    testResults: files.map(({ status, tests }) => ({
      status,
      assertionResults: tests.map((one) => ({ status: one })),
    })),
  });
}

test('[S15] passed, failed and skipped tests are counted', () => {
  const good = results({ status: 'passed', tests: ['passed', 'passed'] });
  expect(summariseTests(good)).toEqual({ line: '2 passed, 0 failed', isGood: true });
  const mixed = results({ status: 'failed', tests: ['passed', 'failed', 'pending'] });
  expect(summariseTests(mixed)).toEqual({ line: '1 passed, 1 failed, 1 skipped', isGood: false });
});

test('[S15] a file that broke outside its tests is a failure', () => {
  const broken = results({ status: 'passed', tests: ['passed'] }, { status: 'failed', tests: [] });
  expect(summariseTests(broken)).toEqual({ line: '1 passed, 1 failed', isGood: false });
});

test.for([null, '', '{}', results()])('[S15] nothing that ran is nothing that passed: %s', (json) => {
  expect(summariseTests(json)).toEqual({ line: '0 passed, 0 failed', isGood: false });
});
