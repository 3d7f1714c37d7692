/** What this browser remembers of who sat here: no name, which only the cookie knows. */
import { has, mark } from './marks.ts';

/** Somebody signed in, so that they can sign out after a reload and before a call. */
const SIGNED_IN = 'voxgate-signed-in';

/** Somebody was let in, with an account or as a guest: there may be something to remember. */
const KNOWN = 'voxgate-known';

/** Whether somebody was signed in when the page was last open. Where nothing may be stored, nobody was. */
export function wasSignedIn(): boolean {
  return has(SIGNED_IN);
}

/** Whether somebody was let in here before. A deployment of its own sign-in knows everybody. */
export function wasKnown(): boolean {
  return has(KNOWN) || has(SIGNED_IN) || typeof globalThis.voxgateToken === 'function';
}

/** Remembers it, or forgets it. */
export function markSignedIn(isSignedIn: boolean): void {
  mark(SIGNED_IN, isSignedIn ? 'set' : 'remove');
}

/** Remembers it, or forgets it: whoever signed out is nobody again. */
export function markKnown(isKnown: boolean): void {
  mark(KNOWN, isKnown ? 'set' : 'remove');
}
