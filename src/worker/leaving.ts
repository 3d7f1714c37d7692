/** What leaving takes, by signing out or by being forgotten. */
import type { Context } from 'hono';
import type { User } from '../identity/user.ts';
import { admissionProblem, admit } from './admission.ts';
import type { Door } from './door.ts';
import { keepCookie } from './session-cookie.ts';

/** Counts the request, as any other; whoever has asked too often may still leave. Null: they may. */
export async function refuseToLeave(c: Context<Door>, user: User): Promise<Response | null> {
  const admission = await admit(c, user);
  const isTooMany = admission.outcome === 'answered' && admission.value.outcome === 'too-many-requests';
  return isTooMany ? null : admissionProblem(admission);
}

/** Takes the cookie and what the page kept out of the browser. */
export function clearBrowser(c: Context<Door>): void {
  keepCookie(c, '', 0);
  // What the page keeps, and nothing that would reload it. Not `"cookies"`: those of every sibling host go with it.
  c.header('Clear-Site-Data', '"storage"');
}
