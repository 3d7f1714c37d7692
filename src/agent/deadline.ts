/** A signal that also fires after a time, and whose timer is put away with it: a forgotten one keeps an object awake. */

/** A time limit under way. Its owner ends it with `close`. */
export interface Deadline {
  /** Fires when the time is over, or with the signal it was made from. */
  readonly signal: AbortSignal;
  /** Resolves with null when the signal fires; never, when it is closed before. */
  readonly over: Promise<null>;
  readonly close: () => void;
}

/** Starts a time limit. */
export function startDeadline(ms: number, outer?: AbortSignal): Deadline {
  const abort = new AbortController();
  const { promise: over, resolve } = Promise.withResolvers<null>();
  const end = () => {
    abort.abort();
    resolve(null);
  };
  const timer = setTimeout(end, ms);
  if (outer?.aborted) end();
  outer?.addEventListener('abort', end, { once: true });
  return {
    signal: abort.signal,
    over,
    close: () => {
      clearTimeout(timer);
      outer?.removeEventListener('abort', end);
    },
  };
}
