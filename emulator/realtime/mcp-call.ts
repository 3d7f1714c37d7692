/** A call of a server's tool, its arguments streamed; or the question whether it may be made. */
import { createId } from '../ids.ts';
import { createEntry, type Entry } from './conversation.ts';
import type { Item, McpApprovalRequestItem, McpCallItem } from './items.ts';
import { obfuscation } from './obfuscation.ts';
import { announce, conclude, type OutputPlace, type OutputWriter, type Stage } from './output-writer.ts';
import { textPieces, type Tokens } from './usage.ts';

/** Between two pieces of the arguments, at pace 1. */
const PIECE_MS = 10;

/** A call that is to be made, or asked for. `approvalId` is the request that was approved. */
export interface McpOutput {
  readonly kind: 'mcp call' | 'mcp approval';
  readonly server_label: string;
  readonly name: string;
  readonly arguments: string;
  readonly approvalId: string | null;
}

/** Writes one call. It is made once the response is done. */
export class McpCall implements OutputWriter {
  readonly #stage: Stage;
  readonly #place: OutputPlace;
  readonly #output: McpOutput;
  readonly #entry: Entry;
  readonly #item: McpCallItem;
  readonly #make: (entry: Entry, place: OutputPlace) => void;
  #arguments = '';
  #count = 0;

  constructor(
    stage: Stage,
    place: OutputPlace,
    what: { readonly output: McpOutput; readonly make: (entry: Entry, place: OutputPlace) => void },
  ) {
    this.#stage = stage;
    this.#place = place;
    this.#output = what.output;
    this.#make = what.make;
    const { server_label: label, name, approvalId } = what.output;
    this.#item = {
      id: createId('mcp'),
      type: 'mcp_call',
      server_label: label,
      name,
      arguments: '',
      approval_request_id: approvalId,
      output: null,
      error: null,
    };
    this.#entry = createEntry(this.#item);
  }

  async perform(): Promise<boolean> {
    announce(this.#stage, this.#place, this.#entry);
    for (const delta of textPieces(this.#output.arguments)) {
      if (this.#stage.tokensLeft() <= 0) return false;
      this.#arguments += delta;
      this.#count += 1;
      const padding = { delta, obfuscation: obfuscation() };
      this.#stage.emit({ type: 'response.mcp_call_arguments.delta', ...this.#address(), ...padding });
      await this.#stage.timers.sleep(PIECE_MS * this.#stage.pace);
    }
    return true;
  }

  close(status: 'completed' | 'incomplete'): Item {
    const { emit } = this.#stage;
    const { response_id: responseId, ...place } = this.#address();
    const given = this.#arguments;
    emit({ type: 'response.mcp_call_arguments.done', ...this.#address(), arguments: given });
    const item = { ...this.#item, arguments: given };
    this.#entry.item = item;
    if (status === 'incomplete') return conclude(this.#stage, this.#place, this.#entry);
    emit({ type: 'response.mcp_call.in_progress', ...place });
    emit({
      type: 'response.output_item.done',
      response_id: responseId,
      output_index: place.output_index,
      item,
    });
    this.#make(this.#entry, this.#place);
    return item;
  }

  tokens(): Tokens {
    return { text: this.#count, audio: 0 };
  }

  #address(): { response_id: string; item_id: string; output_index: number } {
    const { responseId, outputIndex } = this.#place;
    return { response_id: responseId, item_id: this.#item.id, output_index: outputIndex };
  }
}

/** Writes the question whether a call may be made. */
export class McpApprovalRequest implements OutputWriter {
  readonly #stage: Stage;
  readonly #place: OutputPlace;
  readonly #entry: Entry;
  readonly #cost: number;

  constructor(stage: Stage, place: OutputPlace, output: McpOutput) {
    this.#stage = stage;
    this.#place = place;
    this.#cost = textPieces(output.arguments).length;
    const { server_label: label, name, arguments: given } = output;
    const item: McpApprovalRequestItem = {
      id: createId('mcpr'),
      type: 'mcp_approval_request',
      server_label: label,
      name,
      arguments: given,
    };
    this.#entry = createEntry(item);
  }

  perform(): Promise<boolean> {
    announce(this.#stage, this.#place, this.#entry);
    return Promise.resolve(true);
  }

  close(): Item {
    return conclude(this.#stage, this.#place, this.#entry);
  }

  tokens(): Tokens {
    return { text: this.#cost, audio: 0 };
  }
}
