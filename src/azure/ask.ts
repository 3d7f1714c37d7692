import { refusalCode, retryAfterMs } from './refusal.ts';

/** How long Azure may take to answer. */
export const ASK_TIMEOUT_MS = 10_000;

/** An error body longer than this is not one of Azure's. */
const ERROR_BODY_BYTES = 16_384;

/** What came of asking Azure: what was wanted, a refusal with Azure's status and code, or nobody there. */
export type Asked<Value> = { readonly outcome: 'connected'; readonly value: Value } | Failed;

/** Why Azure gave nothing. */
export type Failed =
  /** `retryAfterMs`: when Azure said to come back; null when it did not say. */
  | {
      readonly outcome: 'refused';
      readonly status: number;
      readonly code: string;
      readonly retryAfterMs: number | null;
    }
  | { readonly outcome: 'unreachable'; readonly reason: 'timeout' | 'network' | 'aborted' };

/** A question to Azure. `read` takes what was wanted out of the answer; null: it is not there, which is a refusal. */
export interface Question<Value> {
  readonly url: URL;
  readonly init: RequestInit;
  readonly read: (response: Response) => Value | null | Promise<Value | null>;
}

/** Asks once, `timeoutMs` (10,000) for the answer to begin, and follows no redirect: it would carry the key elsewhere. Never throws. */
export async function ask<Value>(
  { url, init, read }: Question<Value>,
  signal: AbortSignal,
  timeoutMs = ASK_TIMEOUT_MS,
): Promise<Asked<Value>> {
  // A timer of our own rather than AbortSignal.timeout: it must not fire on a socket once that is up.
  const timeout = new AbortController();
  const timer = setTimeout(() => timeout.abort(), timeoutMs);
  try {
    const response = await fetch(url, {
      ...init,
      redirect: 'manual',
      signal: AbortSignal.any([signal, timeout.signal]),
    });
    const value = await read(response);
    if (value !== null) return { outcome: 'connected', value };
    const { status } = response;
    const waitMs = retryAfterMs(response.headers);
    return { outcome: 'refused', status, code: await errorCode(response), retryAfterMs: waitMs };
  } catch {
    if (signal.aborted) return { outcome: 'unreachable', reason: 'aborted' };
    return { outcome: 'unreachable', reason: timeout.signal.aborted ? 'timeout' : 'network' };
  } finally {
    clearTimeout(timer);
  }
}

/** The `error.code` of a refusal, if the body is Azure's and the code looks like one; else its status as text. */
async function errorCode(response: Response): Promise<string> {
  const fallback = String(response.status);
  try {
    return refusalCode(await beginningOf(response)) ?? fallback;
  } catch {
    // The status was said already: a body that breaks off takes nothing back.
    return fallback;
  }
}

/** As much of a body as one of Azure's errors may have; an endless one is let go. */
async function beginningOf(response: Response): Promise<string> {
  const utf8 = new TextDecoder();
  let text = '';
  if (response.bodyUsed) return text;
  for await (const chunk of response.body ?? []) {
    text += utf8.decode(chunk, { stream: true });
    if (text.length > ERROR_BODY_BYTES) break;
  }
  return text;
}
