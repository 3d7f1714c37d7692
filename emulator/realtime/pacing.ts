/** How Azure cuts and paces the sound of an answer: faster than it plays, in whole audio tokens. */
import { durationMs } from '../../src/protocol/audio-format.ts';

/** One audio token of the assistant: 50 ms of PCM16 at 24 kHz. Every delta is a multiple of it. */
export const TOKEN_BYTES = 2_400;

/** The sizes of the first deltas; the last one repeats. As in the vendor's quickstart outputs. */
const LADDER_BYTES = [4_800, 7_200, 12_000] as const;
const STEADY_BYTES = 12_000;

/** Once all sound is there, at most this much goes out as one last flush. Seen: 24,000 to 36,000. */
const LAST_FLUSH_BYTES = 36_000;

/** Wall clock per second of sound: about five times faster than life. */
const WALL_MS_PER_AUDIO_SECOND = 200;

/** How far the transcript runs ahead of the sound. */
export const TRANSCRIPT_LEAD_MS = 800;

/** What is ready to go out. `sent` counts deltas so far; `complete` says that no more sound will come. */
export interface Ready {
  readonly sent: number;
  readonly bytes: number;
  readonly complete: boolean;
}

/** Bytes of the next delta, a multiple of 2,400; 0: wait for more sound, or nothing is left. A last half token is rounded up. */
export function nextDeltaBytes(ready: Ready): number {
  const wanted = LADDER_BYTES[ready.sent] ?? STEADY_BYTES;
  if (!ready.complete) return ready.bytes >= wanted ? wanted : 0;
  const isFlush = ready.sent >= LADDER_BYTES.length - 1 && ready.bytes <= LAST_FLUSH_BYTES;
  return toWholeTokens(isFlush ? ready.bytes : Math.min(wanted, ready.bytes));
}

/** When a delta is due, in ms after the first one, given the bytes sent before it. `pace` 1 is Azure's, 5 real time, 0 at once. */
export function dueMs(bytesBefore: number, pace: number): number {
  return (durationMs(bytesBefore) / 1000) * WALL_MS_PER_AUDIO_SECOND * pace;
}

/** Bytes rounded up to whole audio tokens. */
export function toWholeTokens(bytes: number): number {
  return Math.ceil(bytes / TOKEN_BYTES) * TOKEN_BYTES;
}
