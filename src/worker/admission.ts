import type { Context } from 'hono';
import type { Admission } from '../durable-objects/admission.ts';
import type { User } from '../identity/user.ts';
import type { Door } from './door.ts';
import { problem } from './problem.ts';
import { askUser, type Answer } from './users.ts';

/** Asks a user's object to let a request in, which counts it. */
export function admit({ env, var: { settings } }: Context<Door>, user: User): Promise<Answer<Admission>> {
  // Asked twice, it may count twice: better than to refuse what the object would have let in.
  return askUser({ env, settings, user }, async (object) => object.admit(user));
}

/** The refusal that a user's object asked for, or that its silence makes; null when the request may go on. */
export function admissionProblem(answer: Answer<Admission>): Response | null {
  if (answer.outcome === 'unavailable') return problem('unavailable');
  const admission = answer.value;
  switch (admission.outcome) {
    case 'admitted':
      return null;
    case 'revoked':
      return problem('invalid_credential');
    case 'too-many-requests':
      return problem('rate_limited', { retryAfterSeconds: admission.retryAfterSeconds });
  }
}
