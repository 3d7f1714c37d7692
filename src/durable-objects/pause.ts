/** Waits so many milliseconds, or until the signal. Never rejects, and leaves no timer. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  // Of a signal that was given already no event comes.
  if (signal.aborted) return;
  const { promise, resolve } = Promise.withResolvers<undefined>();
  const timer = setTimeout(resolve, ms);
  signal.addEventListener('abort', () => resolve(undefined), { once: true });
  await promise;
  clearTimeout(timer);
}
