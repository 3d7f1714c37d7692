/**
 * The gateway's own items in Azure's conversation (what was said before, what its tools answered): a client sees it as if
 * they were not there. Pure.
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

/** True for an event that tells of one of ours. */
export function isAboutOwnItem({ item }: WireEvent): boolean {
  return isRecord(item) && isOwn(item['id']);
}

/** The event as if no item of ours stood before what it tells of; itself when none does. */
export function withoutOwnPlace(event: WireEvent): WireEvent {
  return isOwn(event['previous_item_id']) ? { ...event, previous_item_id: null } : event;
}

function isOwn(id: unknown): boolean {
  return typeof id === 'string' && id.startsWith(OUR_ID_START);
}
