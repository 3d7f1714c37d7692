import { isClientEventType } from '../protocol/client-events.ts';
import { quotesOperator } from './quotes.ts';
import type { Operator } from './session.ts';
import { isRecord, type WireEvent } from './wire.ts';

/** Codes that tell of the session and not of a value somebody wrote: their messages quote nothing. */
const TELLING_CODES = new Set([
  'session_expired',
  'user_idle_timeout',
  'rate_limit_exceeded',
  'inference_rate_limit_exceeded',
  'insufficient_quota',
  'input_audio_buffer_commit_empty',
  'response_cancel_not_active',
  'conversation_already_has_active_response',
  'item_delete_invalid_item_id',
  'item_retrieve_invalid_item_id',
  'item_truncate_invalid_item_id',
]);

/** Settings that only the operator has in a locked session. */
const KEPT = /^(?:session|response)\.(?:instructions|model|tools|tool_choice|prompt|tracing)\b/;

/**
 * An `error` as a client may see it. Locked, Azure's own words come down only where they answer a client's event, or are
 * known to quote nothing; any other message is written anew from code and parameter. `cause` is the type of the event
 * with an id of ours that it answers, null when the id is a client's, or none.
 */
export function scrubError(event: WireEvent, operator: Operator, cause: string | null): WireEvent {
  if (!operator.isLocked) return event;
  const { type, event_id: id } = event;
  const error = isRecord(event['error']) ? event['error'] : {};
  const told = ['type', 'code', 'message', 'param', 'event_id'].flatMap((name) =>
    isTold(error[name]) ? [[name, error[name]] as const] : [],
  );
  const shown = { ...Object.fromEntries(told), ...changesTo(error, operator, cause) };
  return typeof id === 'string' ? { type, event_id: id, error: shown } : { type, error: shown };
}

type Fields = Readonly<Record<string, unknown>>;

function isTold(value: unknown): boolean {
  return value === null || typeof value === 'string';
}

/** What is told otherwise than Azure told it. */
function changesTo(error: Fields, operator: Operator, cause: string | null): Fields {
  const { message, param, code } = error;
  if (typeof param === 'string' && KEPT.test(param)) {
    return { message: 'Azure refused a setting of the operator.', param: null };
  }
  const names = typeof param === 'string' && nameOf(param) === null ? { param: null } : {};
  const isPlain = !isTold(message ?? null) || !quotesOperator(String(message), operator);
  if (isPlain && (isAnswerToClient(error, cause) || TELLING_CODES.has(String(code)))) return names;
  const refused = `Azure refused ${nameOf(param) ?? 'something'}: ${nameOf(code) ?? 'it does not say why'}.`;
  return { ...names, message: refused };
}

/** A `session.update` with an id of ours may be the operator's own; an error without an id, anybody's. */
function isAnswerToClient(error: Fields, cause: string | null): boolean {
  if (cause !== null) return isClientEventType(cause) && cause !== 'session.update';
  return typeof error['event_id'] === 'string';
}

/** A code or a path, where it looks like one. */
function nameOf(value: unknown): string | null {
  return typeof value === 'string' && /^[\w.[\]-]{1,128}$/.test(value) ? value : null;
}
