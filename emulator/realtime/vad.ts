/**
 * Server-side voice activity detection by energy: pure, one step per 20 ms frame. A frame is loud when it stands out
 * from both an absolute level and the noise of the room, which is the softest frame of the last three seconds.
 */

/** Samples of one frame: 20 ms at 24 kHz. */
export const FRAME_SAMPLES = 480;
const FRAME_MS = 20;

/** Levels in dB of full scale at threshold 0, and what one whole threshold adds. 0.5 means -42 dB, and 12 dB over the noise. */
const ABSOLUTE_DB = { atZero: -52, perThreshold: 20 } as const;
const OVER_NOISE_DB = { atZero: 6, perThreshold: 12 } as const;

/** Noise is believed between these; louder than that is not noise but sound. */
const SOFTEST_NOISE_DB = -75;
const LOUDEST_NOISE_DB = -42;

/** The noise is followed in blocks of 15 frames (300 ms), ten of them. */
const NOISE_BLOCK_FRAMES = 15;
const NOISE_BLOCKS = 10;

/** This many more loud frames than soft ones start speech: a click of 40 ms is not a word. */
const ONSET_FRAMES = 3;

/** Once someone speaks, softer sounds still count as theirs. */
const HYSTERESIS_DB = 4;

const FULL_SCALE = 32_768;

/** What a session configures. `threshold` 0..1; `silenceMs` of quiet end a turn. */
export interface VadSettings {
  readonly threshold: number;
  readonly silenceMs: number;
}

/** Where the detector is. Frames are counted from its start. */
export interface VadState {
  readonly frames: number;
  /** Softest level of finished blocks, oldest first, and of the running one. */
  readonly minima: readonly number[];
  readonly runningMinimum: number;
  readonly phase:
    | { readonly name: 'quiet'; readonly score: number; readonly onset: number }
    | { readonly name: 'speech'; readonly lastLoud: number };
}

/** What a frame brought about. `startMs` and `endMs` count from the detector's start, without any padding. */
export type VadHappening =
  | { readonly name: 'nothing' }
  | { readonly name: 'started'; readonly startMs: number }
  | { readonly name: 'stopped'; readonly endMs: number };

/** A detector that has heard nothing. */
export const freshVad: VadState = {
  frames: 0,
  minima: [],
  runningMinimum: Infinity,
  phase: { name: 'quiet', score: 0, onset: 0 },
};

/** Takes one frame's level (dB of full scale, -Infinity for digital silence) and says what it means. */
export function listen(
  state: VadState,
  level: number,
  settings: VadSettings,
): readonly [VadState, VadHappening] {
  const heard = followNoise(state, level);
  const needed = neededDb(heard, settings.threshold);
  return state.phase.name === 'quiet'
    ? listenInQuiet(heard, state.phase, level >= needed)
    : listenInSpeech(heard, level >= needed - HYSTERESIS_DB ? state.frames : state.phase.lastLoud, settings);
}

/** The same detector with its idea of the noise, but no speech under way. */
export function hush(state: VadState): VadState {
  return { ...state, phase: { name: 'quiet', score: 0, onset: 0 } };
}

/** Root mean square of 16-bit samples in dB of full scale. */
export function levelDb(samples: Int16Array): number {
  let sum = 0;
  for (const sample of samples) sum += sample * sample;
  return samples.length === 0 ? -Infinity : 10 * Math.log10(sum / samples.length / FULL_SCALE ** 2);
}

/** From the first to the last loud frame of a recording, in ms: how long someone really spoke. 0: nobody did. */
export function spokenMs(samples: Int16Array, threshold: number): number {
  const levels: number[] = [];
  for (let at = 0; at + FRAME_SAMPLES <= samples.length; at += FRAME_SAMPLES) {
    levels.push(levelDb(samples.subarray(at, at + FRAME_SAMPLES)));
  }
  const needed = absoluteDb(threshold);
  const first = levels.findIndex((level) => level >= needed);
  const last = levels.findLastIndex((level) => level >= needed);
  return first < 0 ? 0 : (last - first + 1) * FRAME_MS;
}

function listenInQuiet(
  heard: VadState,
  phase: { readonly score: number; readonly onset: number },
  isLoud: boolean,
): readonly [VadState, VadHappening] {
  const frame = heard.frames - 1;
  const onset = phase.score === 0 ? frame : phase.onset;
  const score = Math.max(0, phase.score + (isLoud ? 1 : -1));
  if (score < ONSET_FRAMES)
    return [{ ...heard, phase: { name: 'quiet', score, onset } }, { name: 'nothing' }];
  return [
    { ...heard, phase: { name: 'speech', lastLoud: frame } },
    { name: 'started', startMs: onset * FRAME_MS },
  ];
}

function listenInSpeech(
  heard: VadState,
  lastLoud: number,
  settings: VadSettings,
): readonly [VadState, VadHappening] {
  const quietMs = (heard.frames - 1 - lastLoud) * FRAME_MS;
  if (quietMs === 0 || quietMs < settings.silenceMs) {
    return [{ ...heard, phase: { name: 'speech', lastLoud } }, { name: 'nothing' }];
  }
  return [hush(heard), { name: 'stopped', endMs: heard.frames * FRAME_MS }];
}

function followNoise(state: VadState, level: number): VadState {
  const frames = state.frames + 1;
  const runningMinimum = Math.min(state.runningMinimum, level);
  if (frames % NOISE_BLOCK_FRAMES !== 0) return { ...state, frames, runningMinimum };
  const minima = [...state.minima, runningMinimum].slice(-NOISE_BLOCKS);
  return { ...state, frames, minima, runningMinimum: Infinity };
}

function neededDb(state: VadState, threshold: number): number {
  const softest = Math.min(...state.minima, state.runningMinimum);
  const noise = Math.min(LOUDEST_NOISE_DB, Math.max(SOFTEST_NOISE_DB, softest));
  return Math.max(
    absoluteDb(threshold),
    noise + OVER_NOISE_DB.atZero + OVER_NOISE_DB.perThreshold * threshold,
  );
}

function absoluteDb(threshold: number): number {
  return ABSOLUTE_DB.atZero + ABSOLUTE_DB.perThreshold * threshold;
}
