/** Holds an answer of the door against what the API says of it. */
import * as v from 'valibot';
import { expect } from 'vitest';
import { refusalsOf, type Answer, type NamedOperation } from '../../src/worker/openapi/operation.ts';
import { eachOperation, type OperationName } from '../../src/worker/openapi/operations.ts';
import { PROBLEM_TYPE, problemDocument } from '../../src/worker/problem.ts';

/** What is read of an answer; it stays unread for the test. */
export interface Answered {
  readonly status: number;
  readonly headers: Pick<Headers, 'get'>;
  clone(): { text(): Promise<string> };
}

/**
 * Fails unless the answer is one that this operation may give: a status that is described, a body of the type and schema
 * that belong to it, with no field beside, or a problem with a code that the operation may refuse with.
 */
export async function expectFits(answer: Answered, name: OperationName): Promise<void> {
  expect(await misfit(answer, name), `${name} answered ${answer.status}`).toBeNull();
}

/** What about the answer does not fit, in words; null when everything does. */
export async function misfit(answer: Answered, name: OperationName): Promise<string | null> {
  const operation = operationOf(name);
  const type = (answer.headers.get('Content-Type') ?? '').split(';')[0] ?? '';
  if (type === PROBLEM_TYPE) return problemMisfit(answer, operation);
  const described = operation.answers[answer.status];
  return described === undefined ? 'no such status is described' : bodyMisfit(answer, type, described);
}

async function problemMisfit(answer: Answered, operation: NamedOperation): Promise<string | null> {
  const read = v.safeParse(problemDocument, JSON.parse(await answer.clone().text()));
  if (!read.success) return v.summarize(read.issues);
  const { code, status } = read.output;
  if (status !== answer.status) return `the body says ${status}`;
  return refusalsOf(operation).includes(code) ? null : `it does not refuse with ${code}`;
}

async function bodyMisfit(answer: Answered, type: string, described: Answer): Promise<string | null> {
  const missing = Object.keys(described.headers ?? {}).find((name) => answer.headers.get(name) === null);
  if (missing !== undefined) return `it carries no ${missing}`;
  // A socket's 101 cannot be cloned, and has no body.
  const text = answer.status === 101 ? '' : await answer.clone().text();
  const { body } = described;
  if (body === undefined) return text === '' ? null : 'it has a body';
  if (type !== body.type) return `it is ${type}`;
  if (body.type !== 'application/json') return null;
  const read = v.safeParse(body.schema, JSON.parse(text));
  return read.success ? null : v.summarize(read.issues);
}

function operationOf(name: OperationName): NamedOperation {
  const operation = eachOperation().find(({ method, path }) => `${method} ${path}` === name);
  if (operation === undefined) throw new Error(`${name} is not described`);
  return operation;
}
