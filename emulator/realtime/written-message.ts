/** An answer in writing, streamed piece by piece. */
import { createId } from '../ids.ts';
import type { Stretch } from '../script.ts';
import { createEntry, type Entry } from './conversation.ts';
import type { Item } from './items.ts';
import { obfuscation } from './obfuscation.ts';
import {
  announce,
  conclude,
  emptyMessage,
  type OutputPlace,
  type OutputWriter,
  type Stage,
} from './output-writer.ts';
import type { PartAddress } from './server-events.ts';
import { textPieces, type Tokens } from './usage.ts';

/** Between two pieces of text, at pace 1. */
const PIECE_MS = 10;

/** Writes one message of text. Sound that was to be played back is left out. */
export class WrittenMessage implements OutputWriter {
  readonly #stage: Stage;
  readonly #place: OutputPlace;
  readonly #pieces: readonly string[];
  readonly #address: PartAddress;
  readonly #entry: Entry;
  #text = '';
  #count = 0;

  constructor(stage: Stage, place: OutputPlace, stretches: readonly Stretch[]) {
    this.#stage = stage;
    this.#place = place;
    this.#pieces = textPieces(stretches.map((one) => (one.kind === 'say' ? one.text : '')).join(' '));
    this.#address = {
      response_id: place.responseId,
      item_id: createId('item'),
      output_index: place.outputIndex,
      content_index: 0,
    };
    this.#entry = createEntry(emptyMessage(this.#address.item_id));
  }

  async perform(): Promise<boolean> {
    announce(this.#stage, this.#place, this.#entry);
    this.#stage.emit({
      type: 'response.content_part.added',
      ...this.#address,
      part: { type: 'text', text: '' },
    });
    for (const delta of this.#pieces) {
      if (this.#stage.tokensLeft() <= 0) return false;
      this.#text += delta;
      this.#count += 1;
      this.#stage.emit({
        type: 'response.output_text.delta',
        ...this.#address,
        delta,
        obfuscation: obfuscation(),
      });
      await this.#stage.timers.sleep(PIECE_MS * this.#stage.pace);
    }
    return true;
  }

  close(status: 'completed' | 'incomplete'): Item {
    const { emit } = this.#stage;
    const text = this.#text;
    const entry = this.#entry;
    emit({ type: 'response.output_text.done', ...this.#address, text });
    emit({ type: 'response.content_part.done', ...this.#address, part: { type: 'text', text } });
    const content = [{ type: 'output_text', text }] as const;
    entry.item = { id: entry.item.id, type: 'message', status, role: 'assistant', content };
    return conclude(this.#stage, this.#place, entry);
  }

  tokens(): Tokens {
    return { text: this.#count, audio: 0 };
  }
}
