/** Remembers in this browser that somebody signed in, so that they can sign out after a reload and before a call. */

const MARK = 'voxgate-signed-in';

/** Whether somebody was, when the page was last open. Where nothing may be stored, nobody was. */
export function wasSignedIn(): boolean {
  try {
    return localStorage.getItem(MARK) !== null;
  } catch {
    return false;
  }
}

/** Remembers it, or forgets it. It holds no name: who it is only the cookie knows. */
export function markSignedIn(isSignedIn: boolean): void {
  try {
    if (isSignedIn) localStorage.setItem(MARK, '1');
    else localStorage.removeItem(MARK);
  } catch {
    // Storage that is blocked costs the person this comfort and nothing else.
  }
}
