import { refusalCode, retryAfterMs } from './refusal.ts';

/** Whom to dial, and the headers that say who we are. */
export interface Dial {
  readonly endpoint: string;
  readonly deployment: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** How long Azure may take to answer an upgrade. */
export const DIAL_TIMEOUT_MS = 10_000;

/** An error body longer than this is not one of Azure's. */
const ERROR_BODY_BYTES = 16_384;

/** What came of a dial: a socket not yet accepted, a refusal with Azure's status and code, or nobody there. */
export type Dialled =
  | { readonly outcome: 'connected'; readonly socket: WebSocket }
  /** `retryAfterMs`: when Azure said to come back; null when it did not say. */
  | {
      readonly outcome: 'refused';
      readonly status: number;
      readonly code: string;
      readonly retryAfterMs: number | null;
    }
  | { readonly outcome: 'unreachable'; readonly reason: 'timeout' | 'network' | 'aborted' };

/**
 * Opens a realtime socket to Azure's GA wire.
 *
 * By `fetch` with an Upgrade header, not by `new WebSocket`: only so can the key travel in a header, the HTTP status of
 * a refusal be read, and the socket be accepted half-open. The socket comes back unaccepted, so that its owner attaches
 * its handlers before the first event can arrive: Azure sends `session.created` within milliseconds of the 101.
 * Never throws.
 */
export async function dialRealtime(
  { endpoint, deployment, headers }: Dial,
  signal: AbortSignal,
): Promise<Dialled> {
  const url = new URL('/openai/v1/realtime', endpoint);
  url.searchParams.set('model', deployment);
  // A timer of our own rather than AbortSignal.timeout: it must not fire on the socket once that is up.
  const timeout = new AbortController();
  const timer = setTimeout(() => timeout.abort(), DIAL_TIMEOUT_MS);
  try {
    const response = await fetch(url, {
      headers: { ...headers, Upgrade: 'websocket' },
      redirect: 'manual',
      signal: AbortSignal.any([signal, timeout.signal]),
    });
    if (response.webSocket) return { outcome: 'connected', socket: response.webSocket };
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
  for await (const chunk of response.body ?? []) {
    text += utf8.decode(chunk, { stream: true });
    if (text.length > ERROR_BODY_BYTES) break;
  }
  return text;
}
