/**
 * Whose a call of the model's is to answer. A frame alone cannot tell whether a `function_call_output` answers a call that
 * the model made, nor whether that is the client's to answer: whoever keeps the calls asks here. Pure.
 */
import type { Complaint } from '../protocol/errors.ts';
import type { Answerer } from './operator-tools.ts';
import type { Operator } from './session.ts';
import { isRecord, type WireEvent } from './wire.ts';

/** A call of the model's, as its item tells it. */
export interface ToolCall {
  readonly callId: string;
  /** The item that it is. */
  readonly itemId: string;
  readonly name: string;
  /** JSON text, as the model wrote it. */
  readonly arguments: string;
}

/**
 * The call that an event completes; null when it completes none. Azure says it twice: clients answer on either, so the
 * `response.function_call_arguments.done` that comes before `response.output_item.done` counts as much.
 */
export function madeCall(event: WireEvent): ToolCall | null {
  const { type, item } = event;
  if (type === 'response.function_call_arguments.done') return callOf(event, event['item_id']);
  const isCall = type === 'response.output_item.done' && isRecord(item) && item['type'] === 'function_call';
  return isCall ? callOf(item, item['id']) : null;
}

function callOf(
  { call_id: callId, name, ...call }: Readonly<Record<string, unknown>>,
  itemId: unknown,
): ToolCall | null {
  if (typeof callId !== 'string' || typeof name !== 'string') return null;
  const given = call['arguments'];
  return { callId, itemId: String(itemId), name, arguments: typeof given === 'string' ? given : '' };
}

/** The id of the call whose answer Azure has put into the conversation; null when the event tells no such thing. */
export function takenAnswer({ type, item }: WireEvent): string | null {
  if (type !== 'conversation.item.added' || !isRecord(item) || item['type'] !== 'function_call_output')
    return null;
  return typeof item['call_id'] === 'string' ? item['call_id'] : null;
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
 * own. `open` holds the calls that the model made and nobody has answered yet, by id. An unlocked client puts calls of its
 * own into the conversation: whether one waits, Azure judges then.
 */
export function complaintAboutAnswer(
  event: WireEvent,
  open: ReadonlyMap<string, Answerer>,
  { isLocked }: Pick<Operator, 'isLocked'>,
): Complaint | null {
  const callId = answeredCall(event);
  if (callId === null || open.get(callId) === 'client') return null;
  const param = 'item.call_id';
  if (open.has(callId))
    return { code: 'session_locked', message: 'The gateway answers this call by itself.', param };
  if (!isLocked) return null;
  return { code: 'invalid_value', message: `${param} names no call that waits for an answer.`, param };
}
