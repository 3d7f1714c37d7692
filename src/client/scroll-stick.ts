/** Whether the log follows what is added at its end. Pure: numbers in CSS pixels, as the browser tells them. */

export interface Place {
  readonly scrollTop: number;
  readonly scrollHeight: number;
  readonly clientHeight: number;
}

/** This close to the end the person is reading along and is kept there. */
const FOLLOW_PX = 80;

/** This close to the beginning, what was said before is fetched. */
const OLDER_PX = 600;

/** Less is no movement of a person's. */
const STILL_PX = 2;

/** Whether the end is in sight. */
export function isAtEnd(place: Place): boolean {
  return toEnd(place) < FOLLOW_PX;
}

/** Whether earlier entries will soon be in sight. */
export function isNearBeginning({ scrollTop }: Place): boolean {
  return scrollTop < OLDER_PX;
}

/**
 * Whether the log follows after it was scrolled from one place to another: who goes up wants to stay where they are, who
 * comes to the end wants to go on. Growing moves nobody, and a log that became shorter was not scrolled by a person.
 */
export function follows(isFollowing: boolean, before: Place, now: Place): boolean {
  const isResized =
    now.scrollHeight < before.scrollHeight - STILL_PX || now.clientHeight !== before.clientHeight;
  const isUp = now.scrollTop < before.scrollTop - STILL_PX;
  if (isUp && !isResized) return toEnd(now) < STILL_PX;
  return isFollowing || isAtEnd(now);
}

function toEnd({ scrollTop, scrollHeight, clientHeight }: Place): number {
  return scrollHeight - scrollTop - clientHeight;
}
