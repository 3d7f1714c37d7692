import { log } from '../observe/log.ts';
import { countLimit } from '../observe/refusals.ts';
import { logSessionEnd, logSessionStart, type SessionNames } from '../observe/sessions.ts';
import { closeCodes, type CloseName } from '../protocol/close-codes.ts';
import type { LiveSession } from './admission.ts';
import { toUsd } from './budget.ts';
import { limitOf } from './endings.ts';
import type { Meter } from './meter.ts';

/** What went over a session's socket so far; `droppedMs` of sound did not reach Azure. */
export interface FrameCount {
  readonly framesUp: number;
  readonly framesDown: number;
  readonly bytesUp: number;
  readonly bytesDown: number;
  readonly droppedMs: number;
}

const NO_FRAMES: FrameCount = { framesUp: 0, framesDown: 0, bytesUp: 0, bytesDown: 0, droppedMs: 0 };

/** Of which session a record is. `count` null: it begins now; else it slept, and had counted so far. */
export interface Recorded {
  readonly names: SessionNames;
  readonly startedAt: number;
  readonly meter: Meter;
  /** What the platform binds: where measurements go. */
  readonly env: object;
  readonly count: FrameCount | null;
}

/** What a session came to: its frames and bytes, and the two lines about it in the log. */
export class SessionRecord {
  readonly #of: Recorded;
  readonly #count: { -readonly [name in keyof FrameCount]: number };

  /** Tells the log of a session that begins. */
  constructor(of: Recorded) {
    this.#of = of;
    this.#count = { ...NO_FRAMES, ...of.count };
    if (of.count === null) logSessionStart(of.names);
  }

  /** The session and its user, as a log may name them. */
  names(): Pick<SessionNames, 'session' | 'user'> {
    const { session, user } = this.#of.names;
    return { session, user };
  }

  /** How long the session has lasted, in milliseconds. */
  lastedMs(now: number): number {
    return now - this.#of.startedAt;
  }

  /** A frame came from the client. */
  heard(frame: string | ArrayBuffer): void {
    this.#count.framesUp += 1;
    this.#count.bytesUp += sizeOf(frame);
  }

  /** A frame goes to the client. */
  told(frame: string | Uint8Array): void {
    this.#count.framesDown += 1;
    this.#count.bytesDown += sizeOf(frame);
  }

  /** So much sound did not reach Azure: counted, and told to the log. */
  dropped(ms: number): void {
    this.#count.droppedMs += ms;
    log('call.dropped', { ...this.names(), dropped_ms: ms });
  }

  /** So much sound did not reach the browser, which does not keep up: told to the log. */
  missed(ms: number): void {
    log('browser.slow', { ...this.names(), dropped_ms: ms });
  }

  /** Azure objected to something: told to the log, with the kind of event that it was about. */
  azureErred({ code, cause }: { readonly code: string; readonly cause: string }): void {
    log('azure.error', { ...this.names(), code, cause });
  }

  /** Azure was lost: told to the log. */
  azureLost(code: string): void {
    log('azure.lost', { ...this.names(), code });
  }

  /** What was counted so far. */
  count(): FrameCount {
    return { ...this.#count };
  }

  /** The session as an admin sees it. `activeAt`: when somebody was last known to be there. */
  describe(activeAt: number): LiveSession {
    const { names, startedAt, meter } = this.#of;
    const { messages, amount } = meter.use();
    return {
      sessionId: names.session,
      mode: names.mode,
      createdAt: startedAt,
      lastActivityAt: activeAt,
      messageCount: messages,
      bytesUp: this.#count.bytesUp,
      bytesDown: this.#count.bytesDown,
      tokens: amount.tokens,
      usd: toUsd(amount.nanoUsd),
    };
  }

  /** Tells the log that the session is over, and what it came to. */
  close(as: CloseName): void {
    const { names, meter, env } = this.#of;
    const { tokens, nanoUsd } = meter.use().amount;
    logSessionEnd(env, names, {
      ...this.#count,
      end: as,
      closeCode: closeCodes[as].code,
      durationMs: this.lastedMs(Date.now()),
      tokens,
      usd: toUsd(nanoUsd),
    });
    const limit = limitOf[as];
    if (limit) countLimit(env, { code: limit, ...this.names() });
  }
}

function sizeOf(frame: string | ArrayBuffer | Uint8Array): number {
  return typeof frame === 'string' ? frame.length : frame.byteLength;
}
