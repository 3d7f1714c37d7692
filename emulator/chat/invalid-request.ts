/** Turns what the schema found wrong with a chat request into the refusal Azure gives. Pure. */
import type * as v from 'valibot';

import { toRefusal } from '../realtime/invalid.ts';
import { type ChatRefusal, invalidRequest } from './chat-refusals.ts';

type Issue = v.BaseIssue<unknown>;

/** The first problem of a request. */
export function toInvalid([first]: readonly [Issue, ...Issue[]]): ChatRefusal {
  const issue = innermost(first);
  const { message, param, code } = toRefusal([issue]);
  const length = lengthOf(issue.input);
  if (issue.type === 'min_length' && length === 0) {
    const words = `Invalid '${param}': empty array. Expected an array with minimum length 1, but got an empty array instead.`;
    return invalidRequest(words, { param, code: 'empty_array' });
  }
  if (issue.type === 'max_length') {
    const kind = typeof issue.input === 'string' ? 'string' : 'array';
    const words = `Invalid '${param}': ${kind} too long. Expected ${kind === 'array' ? 'an' : 'a'} ${kind} with maximum length ${String(issue.requirement)}, but got one with length ${length} instead.`;
    return invalidRequest(words, { param, code });
  }
  if (issue.type === 'union' && issue.input !== undefined && typeof issue.input !== 'string') {
    const words = `Invalid type for '${param}': expected one of ${issue.expected}, but got another type instead.`;
    return invalidRequest(words, { param, code: 'invalid_type' });
  }
  return invalidRequest(message, { param, code });
}

/** What no member of a union takes is explained by the member that came furthest; its path is told from the root. */
function innermost(issue: Issue): Issue {
  const inner = issue.issues?.toSorted((left, right) => depth(right) - depth(left))[0];
  if (!inner?.path) return issue;
  const [first, ...rest] = [...(issue.path ?? []), ...inner.path];
  return first ? innermost({ ...inner, path: [first, ...rest] }) : issue;
}

function depth(issue: Issue): number {
  return issue.path?.length ?? 0;
}

function lengthOf(value: unknown): number {
  return typeof value === 'string' || Array.isArray(value) ? value.length : 0;
}
