/** What a client does to the items of its conversation: creates, reads, truncates and deletes them. */
import type { ClientEvent } from './client-events.ts';
import type { Conversation } from './conversation.ts';
import type { Refusal } from './invalid.ts';
import type { Item } from './items.ts';
import { requestOf } from './mcp-rules.ts';
import { createItem } from './new-items.ts';
import type { Emit } from './server-events.ts';
import type { AudioFormat } from './session-schema.ts';

/** The items of one session, as its client handles them. Each method returns why it did nothing, or null. */
export class ItemDesk {
  readonly #conversation: Conversation;
  readonly #emit: Emit;

  constructor(conversation: Conversation, emit: Emit) {
    this.#conversation = conversation;
    this.#emit = emit;
  }

  /** Adds an item; `format` is how the session's sound is written. */
  create(event: ClientEvent<'conversation.item.create'>, format: AudioFormat): Refusal | null {
    const made = createItem(event.item, format);
    if (!made.ok) return made.refusal;
    const { item, sounds } = made.created;
    const lost = this.#refuseUnasked(item);
    if (lost) return lost;
    const placed = this.#conversation.insert(item, sounds, event.previous_item_id);
    if (!placed.ok) return placed.refusal;
    this.acknowledge(item, placed.value.previousItemId);
    return null;
  }

  /** Shows an item with its sound. */
  retrieve(event: ClientEvent<'conversation.item.retrieve'>): Refusal | null {
    const found = this.#conversation.retrieve(event.item_id);
    if (!found.ok) return found.refusal;
    this.#emit({ type: 'conversation.item.retrieved', item: found.value });
    return null;
  }

  /** Cuts an answer to what was heard. */
  truncate(event: ClientEvent<'conversation.item.truncate'>): Refusal | null {
    const { item_id: id, content_index: part, audio_end_ms: endMs } = event;
    const outcome = this.#conversation.truncate({ id, part, endMs });
    if (!outcome.ok) return outcome.refusal;
    const place = { item_id: id, content_index: part, audio_end_ms: endMs };
    this.#emit({ type: 'conversation.item.truncated', ...place });
    return null;
  }

  /** Takes an item out. */
  remove(event: ClientEvent<'conversation.item.delete'>): Refusal | null {
    const removed = this.#conversation.remove(event.item_id);
    if (!removed.ok) return removed.refusal;
    this.#emit({ type: 'conversation.item.deleted', item_id: event.item_id });
    return null;
  }

  /** Says that an item is in the conversation, whole. */
  acknowledge(item: Item, previous: string | null): void {
    this.#emit({ type: 'conversation.item.added', previous_item_id: previous, item });
    this.#emit({ type: 'conversation.item.done', previous_item_id: previous, item });
  }

  /** An output must answer a call that was made, an approval a request. */
  #refuseUnasked(item: Item): Refusal | null {
    if (item.type === 'mcp_approval_response') {
      const { approval_request_id: id } = item;
      if (requestOf(this.#conversation.entries(), id)) return null;
      const message = `The conversation has no approval request with the id '${id}'.`;
      return { code: 'invalid_value', message, param: 'item.approval_request_id' };
    }
    if (item.type !== 'function_call_output') return null;
    const isAsked = this.#conversation
      .entries()
      .some(({ item: one }) => one.type === 'function_call' && one.call_id === item.call_id);
    if (isAsked) return null;
    const message = `The conversation has no function call with the id '${item.call_id}'.`;
    return { code: 'invalid_tool_call_id', message, param: 'item.call_id' };
  }
}
