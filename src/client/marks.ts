/** What this browser remembers by a yes or no, and nothing else. */

/** Whether this browser keeps a mark. Where nothing may be stored, it keeps none. */
export function has(name: string): boolean {
  try {
    return localStorage.getItem(name) !== null;
  } catch {
    return false;
  }
}

/** Keeps a mark, or takes it away. */
export function mark(name: string, change: 'set' | 'remove'): void {
  try {
    if (change === 'set') localStorage.setItem(name, '1');
    else localStorage.removeItem(name);
  } catch {
    // Storage that is blocked costs the person this comfort and nothing else.
  }
}
