import type { Said } from './said.ts';
import { REPLAY_TOKENS } from './replay.ts';
import type { Memory, Recalled } from './store/memory.ts';

/** Where a call may write while sound flows, and read when a new session of Azure's has to be told. */
export type Pages = Pick<Memory, 'note' | 'erase' | 'recall'>;

/** The one conversation that a call writes into. Only `recall` waits for the disk. */
export class Notebook {
  /** As the API and a chat call it. */
  readonly conversationId: string;
  readonly #sessionId: string;
  readonly #pages: Pages;

  constructor(conversationId: string, sessionId: string, pages: Pages) {
    this.conversationId = conversationId;
    this.#sessionId = sessionId;
    this.#pages = pages;
  }

  /** Keeps what was said, in place of what was kept of the same item. */
  keep({ itemId, cost, ...said }: Said): void {
    this.#pages.note(this.conversationId, {
      ...said,
      id: this.#nameOf(itemId),
      clientId: null,
      sessionId: this.#sessionId,
      tokens: cost.tokens,
      nanoUsd: cost.nanoUsd,
    });
  }

  /** Takes what was kept of an item out again. */
  takeOut(itemId: string): void {
    this.#pages.erase(this.conversationId, this.#nameOf(itemId));
  }

  /** What was said in the conversation until now, as much of its end as a new session of Azure's is told. */
  recall(): Recalled {
    return this.#pages.recall(this.conversationId, REPLAY_TOKENS);
  }

  /** Azure's ids are good within one session of ours. */
  #nameOf(itemId: string): string {
    return `${this.#sessionId}.${itemId}`;
  }
}
