/**
 * The gateway's own items in Azure's conversation (what was said before, what its tools answered, and the calls of these
 * tools): a client sees it as if they were not there. Ours have ids that say so; the model's calls have ids of Azure's, which
 * are kept. Pure.
 */
import { OUR_ID_START } from '../protocol/client-events.ts';
import { isRecord, type WireEvent } from './wire.ts';

/** The types of the events that can name such an item. A client cannot ask for one, so no other event does. */
export const namingTypes: ReadonlySet<string> = new Set([
  'input_audio_buffer.committed',
  'conversation.item.created',
  'conversation.item.added',
  'conversation.item.done',
]);

/** True for an event that tells of one of ours. `calls`: the items of calls that are the gateway's to answer. */
export function isAboutOwnItem(
  { item, item_id: itemId }: WireEvent,
  calls: ReadonlySet<string> = NONE,
): boolean {
  const id = isRecord(item) ? item['id'] : itemId;
  return (isRecord(item) && isOwn(id)) || calls.has(String(id));
}

/** The event as if no item of ours stood before what it tells of, or in an answer; itself when none does. */
export function withoutOwnItems(event: WireEvent, calls: ReadonlySet<string> = NONE): WireEvent {
  const { previous_item_id: before, response } = event;
  if (isOwn(before) || calls.has(String(before))) return { ...event, previous_item_id: null };
  const output = isRecord(response) && Array.isArray(response['output']) ? response['output'] : [];
  const seen = output.filter((item) => !isRecord(item) || !calls.has(String(item['id'])));
  return seen.length === output.length
    ? event
    : { ...event, response: { ...asRecord(response), output: seen } };
}

const NONE: ReadonlySet<string> = new Set();

function asRecord(value: unknown): Record<string, unknown> {
  return isRecord(value) ? value : {};
}

function isOwn(id: unknown): boolean {
  return typeof id === 'string' && id.startsWith(OUR_ID_START);
}
