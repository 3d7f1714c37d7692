/** The items of one session in their order, with the sound that belongs to them. Knows nothing of sockets. */
import { durationMs } from '../../src/protocol/audio-format.ts';
import { imageTokens } from './image.ts';
import type { Refusal } from './invalid.ts';
import type { Item, MessageItem } from './items.ts';
import { inputAudioTokens, outputAudioTokens, textTokens, type Tokens } from './usage.ts';

/** An item as it is kept: `sounds` by content index, PCM16 24 kHz in pieces. */
export interface Entry {
  item: Item;
  readonly sounds: Map<number, Buffer[]>;
  isTruncated: boolean;
}

/** What was asked for, or why not. */
export type Outcome<Value> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly refusal: Refusal };

/** Where a new item went. */
export interface Placed {
  readonly entry: Entry;
  readonly previousItemId: string | null;
}

/** A name for "before everything else". */
const ROOT = 'root';

/** One conversation. `revision` changes whenever something other than its end did, which is when caches are lost. */
export class Conversation {
  readonly #entries: Entry[] = [];
  #revision = 0;

  /** All items, oldest first. */
  entries(): readonly Entry[] {
    return this.#entries;
  }

  /** Changes whenever anything but the end of the conversation does. */
  revision(): number {
    return this.#revision;
  }

  /** The id of the last item, null when there is none. */
  lastId(): string | null {
    return this.#entries.at(-1)?.item.id ?? null;
  }

  /** The item of this id. */
  find(id: string): Entry | undefined {
    return this.#entries.find((entry) => entry.item.id === id);
  }

  /** Whether the assistant has been heard. */
  hasAssistantSound(): boolean {
    return this.#entries.some(({ item, sounds }) => {
      const pieces = [...sounds.values()].flat();
      return item.type === 'message' && item.role === 'assistant' && pieces.length > 0;
    });
  }

  /** Writes down what was understood of something said. */
  setTranscript(id: string, transcript: string): void {
    const entry = this.find(id);
    if (entry?.item.type !== 'message') return;
    const content = entry.item.content.map((part) =>
      part.type === 'input_audio' ? { ...part, transcript } : part,
    );
    entry.item = { ...entry.item, content };
  }

  /** Adds an entry at the end, and tells which item stands before it. */
  append(entry: Entry): string | null {
    const previousItemId = this.lastId();
    this.#entries.push(entry);
    return previousItemId;
  }

  /** The id of the item before this one; null when it is the first, or not here. */
  idBefore(entry: Entry): string | null {
    return this.#entries[this.#entries.indexOf(entry) - 1]?.item.id ?? null;
  }

  /** Adds an item behind another; absent: at the end; `root`: before everything. */
  insert(
    item: Item,
    sounds: ReadonlyMap<number, Buffer>,
    previous: string | null | undefined,
  ): Outcome<Placed> {
    if (this.find(item.id)) {
      return refuse('invalid_value', `An item with the id '${item.id}' already exists.`, 'item.id');
    }
    const entry = createEntry(item, sounds);
    if (previous === undefined || previous === null) {
      return { ok: true, value: { entry, previousItemId: this.append(entry) } };
    }
    const index = previous === ROOT ? -1 : this.#entries.findIndex((one) => one.item.id === previous);
    if (index < 0 && previous !== ROOT) {
      const message = `The previous item '${previous}' does not exist.`;
      return refuse('item_create_invalid_previous_item_id', message, 'previous_item_id');
    }
    if (index + 1 < this.#entries.length) this.#revision += 1;
    this.#entries.splice(index + 1, 0, entry);
    return { ok: true, value: { entry, previousItemId: previous === ROOT ? null : previous } };
  }

  /** Takes an item out. */
  remove(id: string): Outcome<Entry> {
    const entry = this.find(id);
    if (!entry) return refuse('item_delete_invalid_item_id', `The item '${id}' does not exist.`, 'item_id');
    this.#entries.splice(this.#entries.indexOf(entry), 1);
    this.#revision += 1;
    return { ok: true, value: entry };
  }

  /** An item with its sound in base64, as only `retrieve` shows it. */
  retrieve(id: string): Outcome<Item> {
    const entry = this.find(id);
    if (!entry) return refuse('item_retrieve_invalid_item_id', `The item '${id}' does not exist.`, 'item_id');
    return { ok: true, value: withSound(entry) };
  }

  /** Cuts an answer to what was heard, and takes its transcript away. */
  truncate(at: { readonly id: string; readonly part: number; readonly endMs: number }): Outcome<Entry> {
    const entry = this.find(at.id);
    if (!entry)
      return refuse('item_truncate_invalid_item_id', `The item '${at.id}' does not exist.`, 'item_id');
    const { item } = entry;
    const pieces = entry.sounds.get(at.part);
    if (item.type !== 'message' || item.role !== 'assistant' || !pieces) {
      const message = 'Only the audio of an assistant message can be truncated.';
      return refuse('unsupported_content_type', message, 'content_index');
    }
    if (entry.isTruncated) {
      return refuse('item_already_truncated', `The item '${at.id}' is already truncated.`, 'item_id');
    }
    const sound = Buffer.concat(pieces);
    const lengthMs = Math.floor(durationMs(sound.length));
    if (at.endMs > lengthMs) {
      const message = `The audio of ${lengthMs}ms is already shorter than ${at.endMs}ms.`;
      return refuse('invalid_value', message, 'audio_end_ms');
    }
    this.#cut(entry, item, { part: at.part, sound: sound.subarray(0, at.endMs * 48) });
    return { ok: true, value: entry };
  }

  #cut(entry: Entry, item: MessageItem, kept: { readonly part: number; readonly sound: Buffer }): void {
    entry.sounds.set(kept.part, [kept.sound]);
    entry.isTruncated = true;
    entry.item = withoutTranscript(item, kept.part);
    this.#revision += 1;
  }
}

/** The same message, its sound without words. */
export function withoutTranscript(item: MessageItem, part: number): MessageItem {
  return {
    ...item,
    content: item.content.map((content, index) => (index === part ? { type: 'output_audio' } : content)),
  };
}

/** Tokens of items as input of the next response. */
export function countItems(entries: readonly Entry[]): Tokens {
  let text = 0;
  let audio = 0;
  let image = 0;
  for (const entry of entries) {
    const { item } = entry;
    text += ITEM_OVERHEAD_TOKENS + textTokens(billedText(item));
    image += tokensOfImages(item);
    const isOurs = item.type === 'message' && item.role === 'assistant';
    for (const pieces of entry.sounds.values()) {
      const bytes = pieces.reduce((sum, piece) => sum + piece.length, 0);
      audio += isOurs ? outputAudioTokens(bytes) : inputAudioTokens(bytes);
    }
  }
  return { text, audio, image };
}

function tokensOfImages(item: Item): number {
  if (item.type !== 'message') return 0;
  return item.content.reduce(
    (sum, part) => sum + (part.type === 'input_image' ? imageTokens(part.image_url, part.detail) : 0),
    0,
  );
}

/** Every item costs a few tokens beside its words. An estimate. */
const ITEM_OVERHEAD_TOKENS = 4;

function billedText(item: Item): string {
  switch (item.type) {
    case 'function_call':
      return item.name + item.arguments;
    case 'function_call_output':
      return item.output;
    case 'mcp_call':
      return `${item.name}${item.arguments}${item.output ?? item.error?.message ?? ''}`;
    case 'mcp_list_tools':
      return JSON.stringify(item.tools);
    case 'mcp_approval_request':
      return item.name + item.arguments;
    case 'mcp_approval_response':
      return item.reason ?? '';
    case 'message':
      return item.content.map((part) => ('text' in part ? part.text : '')).join(' ');
  }
}

/** An item as it is kept, with its sound by content index (PCM16, 24 kHz). */
export function createEntry(item: Item, sounds: ReadonlyMap<number, Buffer> = new Map()): Entry {
  return {
    item,
    sounds: new Map([...sounds].map(([index, sound]) => [index, [sound]])),
    isTruncated: false,
  };
}

function withSound(entry: Entry): Item {
  const { item } = entry;
  if (item.type !== 'message') return item;
  const content = item.content.map((part, index) => {
    const pieces = entry.sounds.get(index);
    if (!pieces || (part.type !== 'input_audio' && part.type !== 'output_audio')) return part;
    return { ...part, audio: Buffer.concat(pieces).toString('base64') };
  });
  return { ...item, content };
}

function refuse(
  code: string,
  message: string,
  param: string,
): { readonly ok: false; readonly refusal: Refusal } {
  return { ok: false, refusal: { code, message, param } };
}
