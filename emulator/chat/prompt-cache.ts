/** What prompts have in common with earlier ones: from 1,024 tokens on, in blocks of 128, whole messages only. */
import { createHash } from 'node:crypto';

import { messageTokens, toolTokens } from './chat-usage.ts';
import type { ChatRequest } from './request-schema.ts';

const FEWEST_TOKENS = 1_024;
const BLOCK_TOKENS = 128;

/** So many beginnings of prompts are remembered; the oldest are forgotten first. */
const MOST_BEGINNINGS = 4_096;

/** The beginnings of all prompts of one resource. */
export class PromptCache {
  readonly #beginnings = new Set<string>();

  /** Remembers a prompt and tells how many of its tokens were known before. Tools count as its very beginning. */
  recall(deployment: string, request: ChatRequest): number {
    let tokens = toolTokens(request);
    let known = 0;
    let digest = digestOf(deployment, JSON.stringify(request.tools ?? []));
    for (const message of request.messages) {
      tokens += messageTokens(message);
      digest = digestOf(digest, JSON.stringify(message));
      if (this.#beginnings.delete(digest)) known = tokens;
      this.#beginnings.add(digest);
    }
    this.#forget();
    return known < FEWEST_TOKENS ? 0 : Math.floor(known / BLOCK_TOKENS) * BLOCK_TOKENS;
  }

  #forget(): void {
    for (const oldest of this.#beginnings) {
      if (this.#beginnings.size <= MOST_BEGINNINGS) return;
      this.#beginnings.delete(oldest);
    }
  }
}

function digestOf(before: string, text: string): string {
  return createHash('sha256').update(before).update(text).digest('base64');
}
