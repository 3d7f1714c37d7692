import { countLimit } from '../observe/refusals.ts';
import { logSessionEnd, logSessionStart } from '../observe/sessions.ts';
import { closeCodes, type CloseName } from '../protocol/close-codes.ts';
import type { LiveSession } from './admission.ts';
import { toUsd } from './budget.ts';
import type { CallPlan } from './call-plan.ts';
import { limitOf } from './endings.ts';

/** What a call came to: its frames and bytes, and the two lines about it in the log. */
export class CallRecord {
  readonly #plan: CallPlan;
  readonly #startedAt = Date.now();
  readonly #count = { framesUp: 0, framesDown: 0, bytesUp: 0, bytesDown: 0, droppedMs: 0 };

  /** Tells the log that the call began. */
  constructor(plan: CallPlan) {
    this.#plan = plan;
    logSessionStart({ ...this.names(), mode: 'voice', lane: plan.context.lane });
  }

  /** The call and its user, as a log may name them. */
  names(): { session: string; user: string } {
    return { session: this.#plan.sessionId, user: this.#plan.host.user };
  }

  /** How long the call has lasted, in milliseconds. */
  lastedMs(now: number): number {
    return now - this.#startedAt;
  }

  /** A frame came from the browser. */
  heard(frame: string | ArrayBuffer): void {
    this.#count.framesUp += 1;
    this.#count.bytesUp += sizeOf(frame);
  }

  /** A frame goes to the browser. */
  told<Frame extends string | Uint8Array>(frame: Frame): Frame {
    this.#count.framesDown += 1;
    this.#count.bytesDown += sizeOf(frame);
    return frame;
  }

  /** So much sound did not reach Azure. */
  dropped(ms: number): void {
    this.#count.droppedMs += ms;
  }

  /** The call as an admin sees it. `activeAt`: when somebody was last known to be there. */
  describe(activeAt: number): LiveSession {
    const { messages, amount } = this.#plan.meter.use();
    return {
      sessionId: this.#plan.sessionId,
      mode: 'voice',
      createdAt: this.#startedAt,
      lastActivityAt: activeAt,
      messageCount: messages,
      bytesUp: this.#count.bytesUp,
      bytesDown: this.#count.bytesDown,
      tokens: amount.tokens,
      usd: toUsd(amount.nanoUsd),
    };
  }

  /** Tells the log that the call is over, and what it came to. */
  close(as: CloseName): void {
    const { env } = this.#plan.host;
    const { tokens, nanoUsd } = this.#plan.meter.use().amount;
    logSessionEnd(
      env,
      { ...this.names(), mode: 'voice', lane: this.#plan.context.lane },
      {
        ...this.#count,
        end: as,
        closeCode: closeCodes[as].code,
        durationMs: this.lastedMs(Date.now()),
        tokens,
        usd: toUsd(nanoUsd),
      },
    );
    const limit = limitOf[as];
    if (limit) countLimit(env, { code: limit, ...this.names() });
  }
}

function sizeOf(frame: string | ArrayBuffer | Uint8Array): number {
  return typeof frame === 'string' ? frame.length : frame.byteLength;
}
