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
  /** Announces the item and sends it, but not its closing events. False: it stopped early, since no tokens were left. */
  perform(): Promise<boolean>;
  /** Sends the closing events, now, wherever it is; returns the final item. */
  close(status: 'completed' | 'incomplete'): Item;
  /** What it has cost so far. */
  tokens(): Tokens;
}

/** Announces an item: in the answer, and in the conversation when it belongs to one. */
export function announce(stage: Stage, place: OutputPlace, entry: Entry): void {
  const { item } = entry;
  stage.emit({
    type: 'response.output_item.added',
    response_id: place.responseId,
    output_index: place.outputIndex,
    item,
  });
  if (!stage.conversation) return;
  const previousItemId = stage.conversation.append(entry);
  stage.emit({ type: 'conversation.item.added', previous_item_id: previousItemId, item });
}

/** Says that an item is done: in the conversation first (unless it was deleted meanwhile), then in the answer. */
export function conclude(stage: Stage, place: OutputPlace, entry: Entry): Item {
  const { item } = entry;
  if (stage.conversation?.find(item.id)) {
    const previousItemId = stage.conversation.idBefore(entry);
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
