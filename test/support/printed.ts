/** What was logged, line by line, while a test runs. */
import { onTestFinished, vi } from 'vitest';

/** Catches every line from now to the end of the test; each call returns those so far, parsed. */
export function catchLog(): () => readonly Record<string, unknown>[] {
  const spy = vi.spyOn(console, 'log').mockImplementation(() => undefined);
  onTestFinished(() => spy.mockRestore());
  return () => spy.mock.calls.map(([line]) => JSON.parse(String(line)) as Record<string, unknown>);
}
