/**
 * Sound no faster than life: at most twice real time after a burst of ten seconds. What comes faster waits its turn, in
 * order with the events behind it, in a queue that is bounded and says what it dropped. Pure.
 */
import { PRELUDE_CONTROL_UNITS, type UpFrame } from './prelude.ts';

/** Sound that may go up at once after a pause: a recording that somebody sends in one piece. */
export const BURST_MS = 10_000;

/** Milliseconds of sound for each millisecond of life. */
export const FASTEST = 2;

/** Sound that may wait; more than this was never meant to be heard. */
export const HELD_MS = 30_000;

/** Frames that may wait: as much sound in pieces of 5 ms. Sound may come in frames of nothing. */
export const HELD_FRAMES = 6_000;

/** Never more often than this, however short the wait. */
const WAKE_MS = 20;

/** How much sound may go up now, and what waits. */
export interface Pace {
  /** Milliseconds of sound that may go up at once; below zero after one frame longer than the burst. */
  readonly level: number;
  /** When that was so. */
  readonly at: number;
  /** Sound that went up so far: what the next answer will have to hear; and until when what goes up by itself is counted. */
  readonly sentMs: number;
  readonly sentAt: number;
  readonly held: readonly UpFrame[];
  readonly heldMs: number;
  readonly heldUnits: number;
  /** Milliseconds of sound given up since it was last told. */
  readonly droppedMs: number;
  /** Nobody is there who could take it: everything waits. */
  readonly isShut: boolean;
}

/** The pace of a call that begins now. */
export function freshPace(now: number): Pace {
  return {
    level: BURST_MS,
    at: now,
    sentMs: 0,
    sentAt: now,
    held: [],
    heldMs: 0,
    heldUnits: 0,
    droppedMs: 0,
    isShut: false,
  };
}

/** The pace after a frame went up at once; null when it has to wait, or waits behind others. */
export function goNow(pace: Pace, { ms }: UpFrame, now: number): Pace | null {
  return pace.isShut || pace.held.length > 0 ? null : spend(pace, ms, now);
}

/** The pace with a frame waiting. Sound without room is dropped and counted; null when an event has no room. */
export function holdBack(pace: Pace, frame: UpFrame): Pace | null {
  const heldMs = pace.heldMs + frame.ms;
  const isFull = frame.ms > 0 && pace.heldMs > 0 && heldMs > HELD_MS;
  if (frame.kind === 'audio') {
    if (isFull || pace.held.length >= HELD_FRAMES) return { ...pace, droppedMs: pace.droppedMs + frame.ms };
    return { ...pace, held: [...pace.held, frame], heldMs };
  }
  const heldUnits = pace.heldUnits + frame.units;
  if (isFull || heldUnits > PRELUDE_CONTROL_UNITS) return null;
  return { ...pace, held: [...pace.held, frame], heldMs, heldUnits };
}

/** The frames that may go up now, in their order, up to and with the first that `isLast`; and the pace after them. */
export function release(
  pace: Pace,
  now: number,
  isLast: (frame: UpFrame) => boolean,
): { pace: Pace; frames: readonly UpFrame[] } {
  let next = pace;
  let index = 0;
  for (const frame of pace.isShut ? [] : pace.held) {
    const spent = spend(next, frame.ms, now);
    if (spent === null) break;
    const heldUnits = spent.heldUnits - (frame.kind === 'control' ? frame.units : 0);
    next = { ...spent, heldMs: spent.heldMs - frame.ms, heldUnits };
    index += 1;
    if (isLast(frame)) break;
  }
  return { pace: { ...next, held: pace.held.slice(index) }, frames: pace.held.slice(0, index) };
}

/** Milliseconds until the next frame that waits may go, 0 when it may now; null when none waits, or nobody knows. */
export function waitMs(pace: Pace, now: number): number | null {
  const [next] = pace.held;
  if (!next || pace.isShut) return null;
  if (spend(pace, next.ms, now)) return 0;
  return Math.max(WAKE_MS, Math.ceil((Math.min(next.ms, BURST_MS) - pace.level) / FASTEST));
}

/**
 * The pace after so much sound, null when it is too early. A frame longer than the whole burst goes when the burst is
 * whole, and what it took too much is paid back.
 */
function spend(pace: Pace, ms: number, now: number): Pace | null {
  const level = Math.min(BURST_MS, pace.level + Math.max(0, now - pace.at) * FASTEST);
  if (level < Math.min(ms, BURST_MS)) return null;
  return { ...pace, level: level - ms, at: now, sentMs: pace.sentMs + ms };
}
