/** What SPEC.md promises against what the tests say they prove. Pure. */

/** One test file. */
export interface TestFile {
  readonly path: string;
  readonly source: string;
}

const RULE = /^- \*\*(?<id>[A-Z]+\d+)\*\*/gm;
const FRONT = /^(?:\[[A-Z]+\d+\])+ /;
const ID = /[A-Z]+\d+/g;

// A title on the line of its `test(`, or on the next when the formatter broke the line. `.each(…)` and `.for(…)` stand
// between the two, and may hold a table of many lines.
const TITLE =
  /^[ \t]*(?:test|it)(?:\.\w+)*(?:\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\))?\(\s*(?<quote>['"`])(?<title>(?:\\.|(?!\k<quote>).)*)\k<quote>/gms;
const CALL = /^[ \t]*(?:test|it)(?:\.\w+)*\(/gm;

/**
 * Compares the two. A problem is one line: a rule written twice, a rule without a test, a title without a rule or with
 * one that SPEC.md does not have, or a test whose title cannot be read here (it must be a literal).
 */
export function compareSpec(
  spec: string,
  tests: readonly TestFile[],
): { readonly rules: number; readonly problems: readonly string[] } {
  const rules = [...spec.matchAll(RULE)].map((match) => match.groups?.['id'] ?? '');
  const known = new Set(rules);
  const proven = new Set<string>();
  const problems = rules
    .filter((id, index) => rules.indexOf(id) !== index)
    .map((id) => `SPEC.md: rule ${id} is written twice`);
  for (const { path, source } of tests) {
    const titles = titlesOf(source);
    if (titles.length < [...source.matchAll(CALL)].length) {
      problems.push(`${path}: a test's title could not be read; write it as a literal right behind test(`);
    }
    for (const title of titles) {
      const ids = idsOf(title);
      if (ids.length === 0) problems.push(`${path}: names no rule: ${title}`);
      for (const id of ids) {
        proven.add(id);
        if (!known.has(id)) problems.push(`${path}: rule ${id} is not in SPEC.md: ${title}`);
      }
    }
  }
  const unproven = [...known].filter((id) => !proven.has(id));
  return {
    rules: known.size,
    problems: [...problems, ...unproven.map((id) => `SPEC.md: rule ${id} has no test`)],
  };
}

function titlesOf(source: string): readonly string[] {
  return [...source.matchAll(TITLE)].map((match) => match.groups?.['title'] ?? '');
}

function idsOf(title: string): readonly string[] {
  return FRONT.exec(title)?.[0].match(ID) ?? [];
}
