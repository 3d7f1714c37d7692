/** What Azure is told of an answer that was cut. */
import { durationMs } from '../protocol/audio-format.ts';
import type { Action } from './actions.ts';
import type { Turn, TurnStep } from './turn.ts';

/** How far a part that was cut had come, in milliseconds heard. */
export interface Heard {
  readonly part: number;
  readonly heardMs: number;
}

/** What was cut, with what of it was heard and received. */
export interface Cut {
  readonly itemId: string;
  readonly heardMs: number;
  readonly receivedMs: number;
  readonly isWhole: boolean;
}

/** The flush has told what was heard: Azure is told too, so that the conversation keeps only that. */
export function flushed(turn: Turn, heard: readonly Heard[]): TurnStep & { readonly cuts: readonly Cut[] } {
  const cuts: Cut[] = [];
  const actions: Action[] = [];
  for (const { part: number, heardMs } of heard) {
    const part = turn.cut.find((it) => it.number === number);
    if (part === undefined || part.receivedBytes === 0) continue;
    const receivedMs = Math.floor(durationMs(part.receivedBytes));
    const endMs = Math.max(0, Math.min(Math.floor(heardMs + durationMs(part.heardBytes)), receivedMs));
    if (part.isWhole && endMs === receivedMs) continue;
    cuts.push({ itemId: part.itemId, heardMs: endMs, receivedMs, isWhole: part.isWhole });
    actions.push({
      type: 'send',
      event: {
        type: 'conversation.item.truncate',
        item_id: part.itemId,
        content_index: part.contentIndex,
        audio_end_ms: endMs,
      },
    });
  }
  const told = new Set(heard.map(({ part }) => part));
  return { turn: { ...turn, cut: turn.cut.filter((part) => !told.has(part.number)) }, actions, cuts };
}
