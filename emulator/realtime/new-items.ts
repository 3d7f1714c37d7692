/** From what a client sent to items of a conversation. */
import { createId } from '../ids.ts';
import { createReader, decodeBase64, toBytes } from './audio-codec.ts';
import { type Conversation, createEntry, type Entry } from './conversation.ts';
import { isImage } from './image.ts';
import type { Refusal } from './invalid.ts';
import type { InputItem, NewItem } from './item-schema.ts';
import type { AudioFormat } from './session-schema.ts';
import type { ContentPart, Item, MessageItem } from './items.ts';

/** An item and its sound by content index, PCM16 24 kHz. */
export interface Created {
  readonly item: Item;
  readonly sounds: ReadonlyMap<number, Buffer>;
}

type CreatedOrRefused =
  | { readonly ok: true; readonly created: Created }
  | { readonly ok: false; readonly refusal: Refusal };

/** Makes an item of a checked description. Refuses sound that is not base64. */
export function createItem(described: NewItem, format: AudioFormat): CreatedOrRefused {
  const id = described.id ?? createId('item');
  const status = 'completed';
  if (described.type === 'function_call') {
    const callId = described.call_id ?? createId('call');
    const { name, arguments: given } = described;
    const item: Item = { id, type: 'function_call', status, name, call_id: callId, arguments: given };
    return { ok: true, created: { item, sounds: new Map() } };
  }
  if (described.type === 'function_call_output') {
    const { call_id: callId, output } = described;
    const item: Item = { id, type: 'function_call_output', status, call_id: callId, output };
    return { ok: true, created: { item, sounds: new Map() } };
  }
  if (described.type === 'mcp_approval_response') {
    const { type, approval_request_id: requestId, approve, reason = null } = described;
    const item: Item = { id, type, approval_request_id: requestId, approve, reason };
    return { ok: true, created: { item, sounds: new Map() } };
  }
  return createMessage({ ...described, id }, format);
}

/** The items a response is to be made from, references looked up. */
export function toEntries(
  input: readonly InputItem[],
  conversation: Conversation,
  format: AudioFormat,
): { readonly ok: true; readonly entries: Entry[] } | { readonly ok: false; readonly refusal: Refusal } {
  const entries: Entry[] = [];
  for (const [index, described] of input.entries()) {
    if (described.type === 'item_reference') {
      const entry = conversation.find(described.id);
      if (!entry) return refuse(`The item '${described.id}' does not exist.`, `response.input[${index}].id`);
      entries.push(entry);
      continue;
    }
    const made = createItem(described, format);
    if (!made.ok) return made;
    const { item, sounds } = made.created;
    entries.push(createEntry(item, sounds));
  }
  return { ok: true, entries };
}

function createMessage(
  described: Extract<NewItem, { type: 'message' }> & { readonly id: string },
  format: AudioFormat,
): CreatedOrRefused {
  const sounds = new Map<number, Buffer>();
  const content: ContentPart[] = [];
  for (const [index, part] of described.content.entries()) {
    if (part.type === 'input_audio') {
      const bytes = decodeBase64(part.audio);
      if (!bytes) return refuse('Audio must be base64.', `item.content[${index}].audio`);
      sounds.set(index, toBytes(createReader(format).read(bytes)));
      content.push({ type: 'input_audio', transcript: part.transcript ?? null });
    } else if (part.type === 'input_image') {
      const { type, image_url: imageUrl, detail } = part;
      if (!isImage(imageUrl)) {
        const param = `item.content[${index}].image_url`;
        return refuse('An image must be a PNG or JPEG as a data URI.', param);
      }
      content.push({ type, image_url: imageUrl, ...(detail ? { detail } : {}) });
    } else {
      content.push(part);
    }
  }
  const item: MessageItem = {
    id: described.id,
    type: 'message',
    status: 'completed',
    role: described.role,
    content,
  };
  return { ok: true, created: { item, sounds } };
}

function refuse(message: string, param: string): { readonly ok: false; readonly refusal: Refusal } {
  return { ok: false, refusal: { code: 'invalid_value', message, param } };
}
