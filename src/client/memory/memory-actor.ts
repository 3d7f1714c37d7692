/** The acting half of the list: asks the gateway, after the person is signed in, and lets go of what nobody waits for. */
import type { CallEvent } from '../model.ts';
import type { Notice } from '../problems.ts';
import { signIn } from '../sign-in.ts';
import type { MemoryRequest } from './memory.ts';
import { ask } from './memory-door.ts';

/** Carries out requests. Of those of one name that look, only the latest counts. */
export class MemoryActor {
  readonly #tell: (event: CallEvent) => void;
  readonly #asked = new Map<MemoryRequest['name'], AbortController>();
  #signingIn: Promise<Notice | null> | null = null;
  /** Counts who sat here. */
  #session = 0;

  constructor(tell: (event: CallEvent) => void) {
    this.#tell = tell;
  }

  /** Asks. Never throws; what goes wrong comes back as an event. */
  async perform(request: MemoryRequest): Promise<void> {
    const end = new AbortController();
    if (looking.has(request.name)) {
      this.#asked.get(request.name)?.abort();
      this.#asked.set(request.name, end);
    }
    const refusal = await this.#signIn();
    if (end.signal.aborted) return;
    const asked = refusal === null ? await this.#ask(request, end.signal) : failure(refusal);
    if (end.signal.aborted) return;
    const event =
      asked.name === 'answered'
        ? ({ type: 'answered', request, answer: asked.answer } as const)
        : ({ type: 'failed', request, notice: asked.notice, isGone: asked.isGone } as const);
    this.#tell({ type: 'memory', event });
  }

  /** Whoever signed out, or forgot themselves, signs in anew. */
  forget(): void {
    this.#signingIn = null;
    this.#session += 1;
    for (const end of this.#asked.values()) end.abort();
  }

  async #ask(request: MemoryRequest, signal: AbortSignal) {
    const first = await ask(request, signal);
    if (first.name !== 'stranger') return first;
    // The session ran out while the page was open.
    this.#signingIn = null;
    const refusal = await this.#signIn();
    const second = refusal === null ? await ask(request, signal) : failure(refusal);
    return second.name === 'stranger' ? failure(notKnown) : second;
  }

  async #signIn(): Promise<Notice | null> {
    this.#signingIn ??= this.#askDoor();
    const refusal = await this.#signingIn;
    if (refusal !== null) this.#signingIn = null;
    return refusal;
  }

  async #askDoor(): Promise<Notice | null> {
    const session = this.#session;
    const answer = await signIn();
    if (answer.name === 'refused') return answer.notice;
    // Whoever signed out meanwhile is not in any more.
    if (session === this.#session)
      this.#tell({ type: 'account', event: { type: 'signed-in', isGuest: answer.isGuest } });
    return null;
  }
}

const looking: ReadonlySet<MemoryRequest['name']> = new Set(['list', 'search', 'open', 'older', 'refresh']);

const notKnown: Notice = { text: 'Your sign-in ran out. Reload the page to sign in.', remedy: 'reload' };

function failure(notice: Notice) {
  return { name: 'failed', notice, isGone: false } as const;
}
