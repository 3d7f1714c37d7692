/**
 * Whose a call of the model's is to answer. A frame alone cannot tell whether a `function_call_output` answers a call that
 * the model made, nor whether that is the client's to answer: whoever keeps the calls asks here. Pure.
 */
import type { Complaint } from '../protocol/errors.ts';
import { isRecord, type WireEvent } from './wire.ts';

/** Who carries a tool out: the page or SDK at the other end, or the gateway. */
export type Answerer = 'client' | 'gateway';

/** A call of the model's, as its item tells it. */
export interface ToolCall {
  readonly callId: string;
  readonly name: string;
}

/** The call that a `response.output_item.done` completes; null when it completes none. */
export function madeCall(event: WireEvent): ToolCall | null {
  const { type, item } = event;
  if (type !== 'response.output_item.done' || !isRecord(item) || item['type'] !== 'function_call')
    return null;
  const { call_id: callId, name } = item;
  return typeof callId === 'string' && typeof name === 'string' ? { callId, name } : null;
}

/** The id of the call that a client's event answers; null when it answers none. */
export function answeredCall(event: WireEvent): string | null {
  const { type, item } = event;
  if (type !== 'conversation.item.create' || !isRecord(item) || item['type'] !== 'function_call_output') {
    return null;
  }
  return typeof item['call_id'] === 'string' ? item['call_id'] : '';
}

/**
 * The complaint about an event that answers a call which is not this client's to answer; null when it answers none, or its
 * own. `open` holds the calls that the model made and nobody has answered yet, by id.
 */
export function complaintAboutAnswer(
  event: WireEvent,
  open: ReadonlyMap<string, Answerer>,
): Complaint | null {
  const callId = answeredCall(event);
  if (callId === null || open.get(callId) === 'client') return null;
  const param = 'item.call_id';
  return open.has(callId)
    ? { code: 'session_locked', message: 'The gateway answers this call by itself.', param }
    : { code: 'invalid_value', message: `${param} names no call that waits for an answer.`, param };
}
