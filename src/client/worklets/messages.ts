/** Every message between the page and its two audio worklets, for both sides. Buffers are transferred, never copied. */
import type { PartProgress } from '../../audio/playout.ts';

/** The names the worklets register under. */
export const MICROPHONE_PROCESSOR = 'voxgate-microphone';
export const SPEAKER_PROCESSOR = 'voxgate-speaker';

/** Page to microphone. */
export type MicrophoneCommand =
  /** Muted sends a little silence, so that a turn being spoken ends, and then nothing. */
  | { readonly type: 'mute'; readonly isMuted: boolean }
  /** A buffer that was sent, given back to be filled again. */
  | { readonly type: 'recycle'; readonly buffer: ArrayBuffer }
  | { readonly type: 'stop' };

/** Microphone to page. */
export type MicrophoneReport =
  /** PCM16, 24 kHz; `level` is its RMS, linear. */
  | { readonly type: 'frame'; readonly pcm: ArrayBuffer; readonly level: number }
  /** It has given nothing but zeros for a while, or does again give sound. */
  | { readonly type: 'silent' }
  | { readonly type: 'sound' };

/** Page to speaker. */
export type SpeakerCommand =
  /** Floats at 24 kHz. */
  | { readonly type: 'play'; readonly part: number; readonly samples: Float32Array<ArrayBuffer> }
  | { readonly type: 'finish'; readonly part: number }
  | { readonly type: 'flush' }
  | { readonly type: 'hold' }
  | { readonly type: 'resume' }
  | { readonly type: 'duck'; readonly volume: number }
  | { readonly type: 'stop' };

/** Speaker to page. Counts are samples at 24 kHz that were given to the sound card. */
export type SpeakerReport =
  /** Twenty-five times a second while it sounds, and once when it stops: RMS, linear, and how far which part is. */
  | { readonly type: 'level'; readonly level: number; readonly part: number; readonly played: number }
  /** More was waiting than may wait: samples of what came last were dropped. */
  | { readonly type: 'dropped'; readonly samples: number }
  /** The last sample of a finished part was given out. */
  | { readonly type: 'ended'; readonly part: number }
  | { readonly type: 'flushed'; readonly parts: readonly PartProgress[] };
