/**
 * How many requests a user made in the last minute, exactly: the times themselves, not a count that fades. Pure. Times
 * are Unix milliseconds, oldest first.
 */

/** The sliding window of the rate limit. */
export const WINDOW_MS = 60_000;

/** When the requests of the last minute were made. */
export type RequestWindow = readonly number[];

/** Null when one more request may be made now; else how many milliseconds until it may. */
export function waitForRequest(window: RequestWindow, most: number, now: number): number | null {
  const recent = within(window, now);
  if (recent.length < most) return null;
  // With a limit of nothing there is never a time.
  const oldestThatCounts = recent[recent.length - most] ?? now;
  return oldestThatCounts + WINDOW_MS - now;
}

/** The window with one more request in it, and without those that no longer count. */
export function withRequest(window: RequestWindow, now: number): RequestWindow {
  return [...within(window, now), now];
}

/** A clock that was set back must not let anybody in early: a time that is yet to come still counts. */
function within(window: RequestWindow, now: number): RequestWindow {
  return window.filter((at) => now - at < WINDOW_MS);
}
