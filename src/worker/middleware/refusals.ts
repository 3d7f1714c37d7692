import { createMiddleware } from 'hono/factory';
import * as v from 'valibot';
import { countRefusal } from '../../observe/refusals.ts';
import type { Door } from '../door.ts';
import { codeOf, PROBLEM_TYPE, problemDocument } from '../problem.ts';

/** Who are you, you may not, not so often: what somebody who tries doors runs into. */
const COUNTED = new Set([401, 403, 429]);

/** Counts every answer that lets somebody not in, in one place: by what it says, whoever wrote it. */
export const countRefusals = createMiddleware<Door>(async (c, next) => {
  await next();
  const { status } = c.res;
  if (COUNTED.has(status)) countRefusal(c.env, { status, code: codeOf(c.res) ?? (await readCode(c.res)) });
});

/** A refusal that hono copied, to put headers of other origins on it, is known by what it says alone. */
async function readCode(refusal: Response): Promise<string> {
  if (refusal.headers.get('Content-Type') !== PROBLEM_TYPE) return 'unknown';
  const read = v.safeParse(problemDocument, await refusal.clone().json());
  return read.success ? read.output.code : 'unknown';
}
