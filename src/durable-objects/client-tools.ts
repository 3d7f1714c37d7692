import type { ToolCall } from '../agent/run.ts';

/** Calls that wait for a client, by their id, and how to answer each. */
export type WaitingTools = Map<string, (output: unknown) => void>;

/** Tools that a client carries out: each waits until it is answered, or nobody wants it any more. */
export function clientTools(
  waiting: WaitingTools,
): (call: ToolCall, signal: AbortSignal) => Promise<unknown> {
  return ({ callId }, signal) =>
    new Promise((resolve, reject) => {
      waiting.set(callId, resolve);
      signal.addEventListener('abort', () => reject(new Error('Nobody waits for this tool')), { once: true });
    });
}
