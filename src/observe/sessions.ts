/** A session's two lines: that it began, and what it was once it is over. */
import { log } from './log.ts';
import { measure } from './measure.ts';

/** Which session, and how the person talks in it. `user`: the first 12 digits of the object's id. */
export type SessionNames = {
  readonly session: string;
  readonly user: string;
} & (
  | { readonly mode: 'voice'; readonly lane: 'binary' | 'json' | 'webrtc' | 'key' }
  /** A chat has one lane only. */
  | { readonly mode: 'text' }
);

/** What a session came to. `end` is a name from the table of close codes, `closeCode` its code; money is in USD. */
export interface SessionTotals {
  readonly end: string;
  readonly closeCode: number;
  readonly durationMs: number;
  readonly framesUp: number;
  readonly framesDown: number;
  readonly bytesUp: number;
  readonly bytesDown: number;
  readonly droppedMs: number;
  readonly tokens: number;
  readonly usd: number;
}

const events = {
  voice: { opened: 'call.opened', ended: 'call.ended' },
  text: { opened: 'chat.opened', ended: 'chat.ended' },
} as const;

/** Logs that a session began: `call.opened` or `chat.opened`. */
export function logSessionStart(names: SessionNames): void {
  log(events[names.mode].opened, names);
}

/** Logs and measures that a session is over: `call.ended` or `chat.ended`, with everything it came to. */
export function logSessionEnd(env: object, names: SessionNames, totals: SessionTotals): void {
  const told = {
    ...names,
    end: totals.end,
    close_code: totals.closeCode,
    duration_ms: totals.durationMs,
    frames_up: totals.framesUp,
    frames_down: totals.framesDown,
    bytes_up: totals.bytesUp,
    bytes_down: totals.bytesDown,
    dropped_ms: totals.droppedMs,
    tokens: totals.tokens,
    usd: totals.usd,
  };
  log(events[names.mode].ended, told);
  measure(env, events[names.mode].ended, told);
}
