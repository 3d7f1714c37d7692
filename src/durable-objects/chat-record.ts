import { countLimit } from '../observe/refusals.ts';
import { logSessionEnd, logSessionStart } from '../observe/sessions.ts';
import { closeCodes, type CloseName } from '../protocol/close-codes.ts';
import type { LiveSession } from './admission.ts';
import { toUsd } from './budget.ts';
import { limitOf } from './endings.ts';
import type { Meter } from './meter.ts';

/** Frames and bytes of a chat's socket. */
export interface FrameCount {
  readonly framesUp: number;
  readonly framesDown: number;
  readonly bytesUp: number;
  readonly bytesDown: number;
}

export const noFrames: FrameCount = { framesUp: 0, framesDown: 0, bytesUp: 0, bytesDown: 0 };

/** Whose chat a record is of. */
export interface ChatNames {
  readonly sessionId: string;
  /** The user, as the log may name them. */
  readonly user: string;
  readonly startedAt: number;
}

/** What a chat came to, and the two lines about it in the log. */
export class ChatRecord {
  readonly #names: ChatNames;
  #count: FrameCount;

  /** Of a chat that begins, or that slept and had counted so far. */
  constructor(names: ChatNames, count: FrameCount | null) {
    this.#names = names;
    this.#count = count ?? noFrames;
    if (count === null) logSessionStart({ ...this.#told(), mode: 'text' });
  }

  /** A frame came from the browser. */
  heard(frame: string | ArrayBuffer): void {
    const bytes = typeof frame === 'string' ? frame.length : frame.byteLength;
    const { framesUp, bytesUp } = this.#count;
    this.#count = { ...this.#count, framesUp: framesUp + 1, bytesUp: bytesUp + bytes };
  }

  /** A frame went to the browser. */
  told(frame: string): void {
    const { framesDown, bytesDown } = this.#count;
    this.#count = { ...this.#count, framesDown: framesDown + 1, bytesDown: bytesDown + frame.length };
  }

  /** What was counted so far. */
  count(): FrameCount {
    return this.#count;
  }

  /** The chat as an admin sees it. `activeAt`: when somebody was last known to be there. */
  describe(meter: Meter, activeAt: number): LiveSession {
    const { messages, amount } = meter.use();
    const { sessionId, startedAt } = this.#names;
    return {
      sessionId,
      mode: 'text',
      createdAt: startedAt,
      lastActivityAt: activeAt,
      messageCount: messages,
      bytesUp: this.#count.bytesUp,
      bytesDown: this.#count.bytesDown,
      tokens: amount.tokens,
      usd: toUsd(amount.nanoUsd),
    };
  }

  /** Tells the log that the chat is over, and what it came to. */
  close(env: object, meter: Meter, as: CloseName): void {
    const { tokens, nanoUsd } = meter.use().amount;
    const totals = {
      ...this.#count,
      droppedMs: 0,
      end: as,
      closeCode: closeCodes[as].code,
      durationMs: Date.now() - this.#names.startedAt,
      tokens,
      usd: toUsd(nanoUsd),
    };
    logSessionEnd(env, { ...this.#told(), mode: 'text' }, totals);
    const limit = limitOf[as];
    if (limit) countLimit(env, { code: limit, ...this.#told() });
  }

  #told(): { session: string; user: string } {
    return { session: this.#names.sessionId, user: this.#names.user };
  }
}
