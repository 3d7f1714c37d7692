import { expect, test } from 'vitest';
import { compareSpec } from '../../scripts/spec-rules.ts';

const SPEC = '# Rules\n\n- **A1** One.\n- **A2** Two.\n\nThe rule **A9** is only mentioned.\n';

function problems(source: string, spec = SPEC): readonly string[] {
  return compareSpec(spec, [{ path: 'x.test.ts', source }]).problems;
}

test('[S7] rules that all have a test are no problem, one title may prove two', () => {
  expect(problems(`test('[A1][A2] both', () => {});`)).toEqual([]);
  expect(
    problems(`describe('x', () => {\n  it("[A1] a", f);\n  test(\n    \`[A2] b \${c}\`,\n    f,\n  );\n});`),
  ).toEqual([]);
});

test('[S7] titles behind tables and modifiers count', () => {
  expect(problems(`test.each(['a', 'b(c)'])('[A1] %s', f);\ntest.concurrent('[A2] b', f);`)).toEqual([]);
  expect(problems(`test.each([\n  { a: f(g(1)) },\n])(\n  '[A1][A2] $a',\n  f,\n);`)).toEqual([]);
});

test('[S7] a rule without a test is named', () => {
  expect(problems(`test('[A1] a', f);`)).toEqual(['SPEC.md: rule A2 has no test']);
});

test('[S7] a title without a rule, or with an unknown one, is named with its file', () => {
  const found = problems(`test('[A1][A2] a', f);\ntest('b', f);\ntest('[A9] c', f);\ntest('d [A1]', f);`);
  expect(found).toEqual([
    'x.test.ts: names no rule: b',
    'x.test.ts: rule A9 is not in SPEC.md: [A9] c',
    'x.test.ts: names no rule: d [A1]',
  ]);
});

test('[S7] a title that is no literal, and a rule written twice, are named', () => {
  expect(problems(`test(title, f);`, '- **A1** One.')[0]).toContain('could not be read');
  expect(problems(`test('[A1] a', f);`, '- **A1** One.\n- **A1** Two.')).toEqual([
    'SPEC.md: rule A1 is written twice',
  ]);
});
