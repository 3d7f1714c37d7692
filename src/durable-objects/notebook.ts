import type { Said } from './said.ts';
import type { Memory } from './store/memory.ts';

/** Where a call may write while sound flows. */
export type Pages = Pick<Memory, 'note' | 'erase'>;

/** The one conversation that a call writes into. Nothing here waits for the disk. */
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

  /** Azure's ids are good within one session of ours. */
  #nameOf(itemId: string): string {
    return `${this.#sessionId}.${itemId}`;
  }
}
