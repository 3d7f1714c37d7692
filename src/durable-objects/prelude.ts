/**
 * What a browser sends before Azure is ready, held in order and bounded. Sound is cheap to lose at its oldest end, so
 * that is what goes; a control frame is never dropped in silence, so a full house refuses the newest.
 */

import type { WireEvent } from '../azure/wire.ts';
import { AUDIO_FRAME_BYTES } from '../protocol/limits.ts';

/** Sound kept while dialling, and never less than the newest frame; more than this answers a question nobody remembers asking. */
export const PRELUDE_AUDIO_MS = 2_000;

/** Frames kept while dialling: what two seconds are in pieces of 5 ms, and some events. Sound may come in frames of nothing. */
export const PRELUDE_FRAMES = 600;

/** Control text kept while dialling, in UTF-16 units: the longest frame there may be, and some short ones. */
export const PRELUDE_CONTROL_UNITS = AUDIO_FRAME_BYTES + 256 * 1024;

/** A frame on its way up: sound as the text it will be, an event before its last look. */
export type UpFrame = SoundFrame | ControlFrame;

/** What a browser's frames are counted by, from 1; none for what is not of the browser's making. */
interface Numbered {
  readonly number?: number | undefined;
}

/** Sound on its way up. */
interface SoundFrame extends Numbered {
  readonly kind: 'audio';
  readonly text: string;
  readonly ms: number;
}

/** An event on its way up. `units`: its size as text, in UTF-16 units, of which `soundUnits` are base64; `ms`: the sound in it. */
export interface ControlFrame extends Numbered {
  readonly kind: 'control';
  readonly event: WireEvent;
  readonly units: number;
  readonly soundUnits: number;
  readonly ms: number;
}

/** The frames held, oldest first, with the sums that keep them bounded. */
export interface Prelude {
  /** How much sound is kept, in milliseconds, and how many frames. */
  readonly most: { readonly audioMs: number; readonly frames: number };
  readonly frames: readonly UpFrame[];
  readonly audioMs: number;
  readonly controlUnits: number;
  /** Milliseconds of sound given up so far. */
  readonly droppedMs: number;
}

export const emptyPrelude: Prelude = {
  most: { audioMs: PRELUDE_AUDIO_MS, frames: PRELUDE_FRAMES },
  frames: [],
  audioMs: 0,
  controlUnits: 0,
  droppedMs: 0,
};

/** Holds one more frame; null when it is a control frame and there is no room. */
export function hold(prelude: Prelude, frame: UpFrame): Prelude | null {
  if (frame.kind === 'control') {
    const controlUnits = prelude.controlUnits + frame.units;
    if (controlUnits > PRELUDE_CONTROL_UNITS) return null;
    return { ...prelude, frames: [...prelude.frames, frame], controlUnits };
  }
  return dropOldest(
    {
      ...prelude,
      frames: [...prelude.frames, frame],
      audioMs: prelude.audioMs + frame.ms,
    },
    frame,
  );
}

function dropOldest(prelude: Prelude, newest: UpFrame): Prelude {
  const { most } = prelude;
  let { frames, audioMs, droppedMs } = prelude;
  while (audioMs > most.audioMs || frames.length > most.frames) {
    const index = frames.findIndex((frame) => frame.kind === 'audio');
    const oldest = frames[index];
    if (oldest?.kind !== 'audio' || oldest === newest) break;
    frames = frames.toSpliced(index, 1);
    audioMs -= oldest.ms;
    droppedMs += oldest.ms;
  }
  return { ...prelude, frames, audioMs, droppedMs };
}
