/** Turns what a schema found wrong into the `error` Azure would send: a code, a dotted path, a sentence. */
import type * as v from 'valibot';

/** A refused client event, before it has an `event_id`. */
export interface Refusal {
  readonly code: string;
  readonly message: string;
  readonly param: string | null;
}

type Issue = v.BaseIssue<unknown>;

/** Codes of the checks that have one; `string_above_max_length` for a string that is too long, and so on. */
const checkCodes: Readonly<Record<string, (issue: Issue) => string>> = {
  min_value: (issue) => `${numberKind(issue)}_below_min_value`,
  max_value: (issue) => `${numberKind(issue)}_above_max_value`,
  max_length: (issue) => `${typeof issue.input === 'string' ? 'string' : 'array'}_above_max_length`,
  min_length: (issue) => `${typeof issue.input === 'string' ? 'string' : 'array'}_below_min_length`,
  max_entries: () => 'object_above_max_properties',
  integer: () => 'invalid_type',
};

/** The first problem of a value, as a refusal. */
export function toRefusal(issues: readonly [Issue, ...Issue[]]): Refusal {
  const issue = deepest(issues[0]);
  const param = toParam(issue);
  const quoted = param ?? 'the event';
  if (isUnknownKey(issue)) {
    return { code: 'unknown_parameter', message: `Unknown parameter: '${quoted}'.`, param };
  }
  if (issue.input === undefined) {
    return { code: 'missing_required_parameter', message: `Missing required parameter: '${quoted}'.`, param };
  }
  if (issue.kind === 'validation') return toCheckRefusal(issue, quoted, param);
  if (isWrongType(issue)) {
    const message = `Invalid type for '${quoted}': expected ${expectation(issue)}, but got ${kindOf(issue.input)} instead.`;
    return { code: 'invalid_type', message, param };
  }
  const message = `Invalid value: ${show(issue.input)}. Supported values are: ${expectation(issue)}.`;
  return { code: 'invalid_value', message, param };
}

/** A path as Azure writes it: `session.tools[0].name`; null for the event itself. */
function toParam(issue: Issue): string | null {
  let path = '';
  for (const step of issue.path ?? []) {
    path += typeof step.key === 'number' ? `[${step.key}]` : `${path === '' ? '' : '.'}${String(step.key)}`;
  }
  return path === '' ? null : path;
}

function toCheckRefusal(issue: Issue, quoted: string, param: string | null): Refusal {
  const code = checkCodes[issue.type]?.(issue) ?? 'invalid_value';
  if (issue.type === 'check') return { code, message: issue.message, param };
  const wanted = issue.type === 'integer' ? 'an integer' : expectation(issue);
  return {
    code,
    message: `Invalid '${quoted}': expected a value of ${wanted}, but got ${show(issue.input)} instead.`,
    param,
  };
}

/** A union reports itself when no member fits; a member that came further in tells more. */
function deepest(issue: Issue): Issue {
  const inner = issue.issues?.toSorted((left, right) => depth(right) - depth(left))[0];
  if (!inner || depth(inner) <= depth(issue)) return issue;
  return deepest(inner);
}

function depth(issue: Issue): number {
  return issue.path?.length ?? 0;
}

function isUnknownKey(issue: Issue): boolean {
  return issue.type === 'strict_object' && issue.expected === 'never';
}

function isWrongType(issue: Issue): boolean {
  const isEnumeration = ['picklist', 'literal', 'variant', 'union'].includes(issue.type);
  return !isEnumeration || (typeof issue.input === 'object' && issue.type === 'picklist');
}

function numberKind(issue: Issue): 'integer' | 'decimal' {
  return Number.isInteger(issue.input) && Number.isInteger(issue.requirement) ? 'integer' : 'decimal';
}

function expectation(issue: Issue): string {
  return (issue.expected ?? 'something else')
    .replaceAll('"', "'")
    .replaceAll(/[()]/g, '')
    .replaceAll(' | ', ', ');
}

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : typeof value;
}

function show(value: unknown): string {
  if (typeof value === 'object') return kindOf(value);
  const shown = JSON.stringify(value) ?? 'undefined';
  const LONGEST = 64;
  return shown.length > LONGEST ? `${shown.slice(0, LONGEST)}…` : shown.replaceAll('"', "'");
}
