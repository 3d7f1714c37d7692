/** A tool call, its arguments streamed. */
import { createId } from '../ids.ts';
import type { Call } from '../tool-choice.ts';
import { createEntry, type Entry } from './conversation.ts';
import type { FunctionCallItem, Item } from './items.ts';
import { obfuscation } from './obfuscation.ts';
import { announce, conclude, type OutputPlace, type OutputWriter, type Stage } from './output-writer.ts';
import { textPieces, type Tokens } from './usage.ts';

/** Between two pieces of the arguments, at pace 1. */
const PIECE_MS = 10;

/** Writes one function call. */
export class FunctionCall implements OutputWriter {
  readonly #stage: Stage;
  readonly #place: OutputPlace;
  readonly #call: Call;
  readonly #item: FunctionCallItem;
  readonly #entry: Entry;
  #arguments = '';
  #count = 0;

  constructor(stage: Stage, place: OutputPlace, call: Call) {
    this.#stage = stage;
    this.#place = place;
    this.#call = call;
    this.#item = {
      id: createId('item'),
      type: 'function_call',
      status: 'in_progress',
      name: call.name,
      call_id: createId('call'),
      arguments: '',
    };
    this.#entry = createEntry(this.#item);
  }

  async perform(): Promise<boolean> {
    announce(this.#stage, this.#place, this.#entry);
    for (const delta of textPieces(this.#call.arguments)) {
      if (this.#stage.tokensLeft() <= 0) return false;
      this.#arguments += delta;
      this.#count += 1;
      this.#stage.emit({
        type: 'response.function_call_arguments.delta',
        ...this.#address(),
        delta,
        obfuscation: obfuscation(),
      });
      await this.#stage.timers.sleep(PIECE_MS * this.#stage.pace);
    }
    return true;
  }

  close(status: 'completed' | 'incomplete'): Item {
    const entry = this.#entry;
    this.#stage.emit({
      type: 'response.function_call_arguments.done',
      ...this.#address(),
      name: this.#call.name,
      arguments: this.#arguments,
    });
    entry.item = { ...this.#item, status, arguments: this.#arguments };
    return conclude(this.#stage, this.#place, entry);
  }

  tokens(): Tokens {
    return { text: this.#count, audio: 0 };
  }

  #address(): { response_id: string; item_id: string; output_index: number; call_id: string } {
    return {
      response_id: this.#place.responseId,
      item_id: this.#item.id,
      output_index: this.#place.outputIndex,
      call_id: this.#item.call_id,
    };
  }
}
