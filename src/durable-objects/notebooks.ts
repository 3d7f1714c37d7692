import { Notebook } from './notebook.ts';
import { REPLAY_TOKENS } from './replay.ts';
import { nothingSaid, type Memory, type Recalled } from './store/memory.ts';

/** As much of a memory as calls need. */
export type CallMemory = Pick<Memory, 'begin' | 'recall' | 'note' | 'erase' | 'fold' | 'deleteEmpty'>;

/** The conversations that a user's calls write into. One per user, and as long-lived as the user's object. */
export class Notebooks {
  readonly #memory: CallMemory;
  readonly #open = new Set<string>();

  constructor(memory: CallMemory) {
    this.#memory = memory;
  }

  /** Opens a conversation for a call; null begins one. */
  open(conversationId: string | null, sessionId: string, now: number): OpenNotebook {
    const id = conversationId ?? this.#memory.begin(now);
    this.#open.add(id);
    const recalled = conversationId === null ? nothingSaid : this.#memory.recall(id, REPLAY_TOKENS);
    return { notebook: new Notebook(id, sessionId, this.#memory), recalled };
  }

  /** No call is open any more, and no sound waits for the disk: what was noted is put in its place. */
  close(): void {
    this.#memory.fold();
    for (const id of this.#open) this.#memory.deleteEmpty(id);
    this.#open.clear();
  }
}

/** A conversation to write into, and what was said in it before. */
export interface OpenNotebook {
  readonly notebook: Notebook;
  readonly recalled: Recalled;
}
