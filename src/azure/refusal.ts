/** How Azure says no, on every one of its wires. */
import { isRecord } from './wire.ts';

/** When to come back, in milliseconds: Azure's own header, else the usual one in seconds; null for a date, which Azure never sends, or nothing. */
export function retryAfterMs(headers: Headers): number | null {
  const ms = amount(headers.get('retry-after-ms'));
  if (ms !== null) return ms;
  const seconds = amount(headers.get('retry-after'));
  return seconds === null ? null : seconds * 1000;
}

/** The `error.code` of a refusal's body, if it is Azure's and looks like a code; else null. */
export function refusalCode(body: string): string | null {
  try {
    const parsed: unknown = JSON.parse(body);
    const error = isRecord(parsed) ? parsed['error'] : null;
    const code = isRecord(error) ? error['code'] : null;
    return typeof code === 'string' && /^[\w.-]{1,64}$/.test(code) ? code : null;
  } catch {
    return null;
  }
}

function amount(value: string | null): number | null {
  const number = value === null || value.trim() === '' ? Number.NaN : Number(value);
  return Number.isFinite(number) && number >= 0 ? Math.ceil(number) : null;
}
