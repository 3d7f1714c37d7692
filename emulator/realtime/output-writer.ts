/** What the writers of an answer share: each sends one output item, and can be stopped at any moment. */
import type { Timers } from '../timers.ts';
import type { Voice } from '../voice/voice.ts';
import type { Conversation, Entry } from './conversation.ts';
import type { Item } from './items.ts';
import type { Emit } from './server-events.ts';
import type { Tokens } from './usage.ts';

/** Where an answer is given. */
export interface Stage {
  readonly emit: Emit;
  /** Die with the answer: whoever sleeps on them when it is cancelled never wakes. */
  readonly timers: Timers;
  readonly voice: Voice;
  /** Multiplies every wait: 1 is Azure's pace, 5 real time, 0 as fast as possible. */
  readonly pace: number;
  /** Null: out of band, so no `conversation.item.*` is sent. */
  readonly conversation: Conversation | null;
  /** How many output tokens are left before the answer must stop. */
  tokensLeft(): number;
}

/** Which output this is. */
export interface OutputPlace {
  readonly responseId: string;
  readonly outputIndex: number;
}

/** One output item on its way. */
export interface OutputWriter {
  /** Announces the item and sends all of it, but not its closing events. Stops early when no tokens are left. */
  perform(): Promise<void>;
  /** Sends the closing events, now, wherever it is; returns the final item. */
  close(status: 'completed' | 'incomplete'): Item;
  /** What it has cost so far. */
  tokens(): Tokens;
}

/** Announces an item: in the answer, and in the conversation when it belongs to one. */
export function announce(stage: Stage, place: OutputPlace, item: Item): Entry {
  stage.emit({
    type: 'response.output_item.added',
    response_id: place.responseId,
    output_index: place.outputIndex,
    item,
  });
  if (!stage.conversation) return { item, sounds: new Map(), isTruncated: false };
  const { entry, previousItemId } = stage.conversation.append(item);
  stage.emit({ type: 'conversation.item.added', previous_item_id: previousItemId, item });
  return entry;
}

/** Says that an item is done: in the conversation first, then in the answer. */
export function conclude(stage: Stage, place: OutputPlace, entry: Entry): Item {
  const { item } = entry;
  const entries = stage.conversation?.entries() ?? [];
  const index = entries.indexOf(entry);
  if (index >= 0) {
    const previousItemId = entries[index - 1]?.item.id ?? null;
    stage.emit({ type: 'conversation.item.done', previous_item_id: previousItemId, item });
  }
  stage.emit({
    type: 'response.output_item.done',
    response_id: place.responseId,
    output_index: place.outputIndex,
    item,
  });
  return item;
}

/** The assistant message an answer starts with. */
export function emptyMessage(id: string): Item {
  return { id, type: 'message', status: 'in_progress', role: 'assistant', content: [] };
}
