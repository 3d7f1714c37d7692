import type { LocalJWKSet } from 'jose';
import { readPublicKeys } from './public-keys.ts';

/** What came of asking a provider for its keys. */
export type KeysAnswer =
  | { readonly ok: true; readonly keys: LocalJWKSet }
  /** `status` when there was an answer, which was then not 200, too big, or no key set. */
  | { readonly ok: false; readonly code: KeysFailure; readonly status?: number };

/** Why there are no keys, as a stable code for the operator's log. */
export type KeysFailure = 'unreachable' | 'refused' | 'too_big' | 'malformed';

/** The largest sets known, with a certificate chain beside each key, are a fifth of this. */
const KEY_SET_BYTES = 256 * 1024;

/**
 * Asks a provider for its keys, once. A redirect is a refusal: the address was chosen by the operator, and nobody else
 * may choose another.
 */
export async function fetchKeys(url: string, timeoutMs: number): Promise<KeysAnswer> {
  let status: number | undefined;
  try {
    const response = await fetch(url, {
      redirect: 'manual',
      signal: AbortSignal.timeout(timeoutMs),
      headers: { Accept: 'application/jwk-set+json, application/json' },
    });
    status = response.status;
    if (status !== 200 || response.body === null) {
      await response.body?.cancel();
      return { ok: false, code: 'refused', status };
    }
    const text = await readText(response.body);
    if (text === null) return { ok: false, code: 'too_big', status };
    const keys = await readPublicKeys(parse(text));
    return keys === null ? { ok: false, code: 'malformed', status } : { ok: true, keys };
  } catch {
    // A network that fails, before or in the middle of the answer, and a provider that takes too long.
    return { ok: false, code: 'unreachable', ...(status === undefined ? {} : { status }) };
  }
}

/** The whole body; null as soon as it is too big. */
async function readText(body: ReadableStream<Uint8Array>): Promise<string | null> {
  const utf8 = new TextDecoder();
  let bytes = 0;
  let text = '';
  for await (const chunk of body) {
    bytes += chunk.byteLength;
    if (bytes > KEY_SET_BYTES) return null;
    text += utf8.decode(chunk, { stream: true });
  }
  return text + utf8.decode();
}

/** Undefined, which is no key set, when the text is no JSON. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
