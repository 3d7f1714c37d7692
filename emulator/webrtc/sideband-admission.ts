/** Whether an upgrade that names a call is let in. Pure. */
import { hasKey, type Knock, REALTIME_PATH } from '../http/admission.ts';
import { type HttpRefusal, unauthorized, versionedPath } from '../http/refusals.ts';
import type { Settings } from '../options.ts';
import { callNotFound, type Calls } from './calls.ts';

/** More than one of the three that say what a socket is for. */
const ambiguous: HttpRefusal = {
  status: 400,
  code: 'InvalidQuery',
  message: "Exactly one of 'model', 'call_id' and 'intent' must be in the query.",
};

/** Let in to a call, or not. */
export type SidebandAdmission =
  | { readonly ok: true; readonly callId: string }
  | { readonly ok: false; readonly refusal: HttpRefusal };

/** Decides about an upgrade with `call_id`; null: it has none, and is no sideband. */
export function admitSideband(
  knock: Knock,
  { settings, calls }: { readonly settings: Settings; readonly calls: Calls },
): SidebandAdmission | null {
  const { pathname, searchParams } = knock.url;
  const callId = searchParams.get('call_id');
  if (pathname !== REALTIME_PATH || callId === null) return null;
  if (!hasKey(knock, settings.apiKey)) return { ok: false, refusal: unauthorized };
  if (searchParams.has('api-version')) return { ok: false, refusal: versionedPath };
  if (searchParams.has('model') || searchParams.has('intent')) return { ok: false, refusal: ambiguous };
  if (!calls.has(callId)) return { ok: false, refusal: callNotFound };
  return { ok: true, callId };
}
