/** The microphone's half of the audio thread, free of the browser: device rate in, 24 kHz PCM16 frames out. */
import { createFramer, type Framer } from '../../audio/frames.ts';
import { peak, rms } from '../../audio/level.ts';
import { writePcm16 } from '../../audio/pcm16.ts';
import { createResampler, type Resampler } from '../../audio/resample.ts';
import { BYTES_PER_SAMPLE, SAMPLE_RATE_HZ } from '../../protocol/audio-format.ts';
import type { MicrophoneCommand, MicrophoneReport } from './messages.ts';

/** 20 ms up: short enough that voice detection is not kept waiting, long enough not to be all header. */
const FRAME_SAMPLES = SAMPLE_RATE_HZ / 50;

/** Silence sent after muting: longer than any usual `silence_duration_ms`, so that a turn being spoken is ended. */
const MUTE_TAIL_FRAMES = 100;

/** Exact zeros for this long come from a switched-off device, not from a quiet room. */
const SILENT_FRAMES = 150;

/** Buffers kept for another use; the page gives back each one within a frame or two. */
const POOL_SIZE = 16;

/** The largest block a device may give at once, in its own samples. */
const MAX_BLOCK = 4096;

/** Hears blocks of any size and reports frames of 20 ms. Nothing is allocated once the pool has filled. */
export class MicrophoneCore {
  readonly #resampler: Resampler;
  readonly #framer: Framer = createFramer(FRAME_SAMPLES);
  readonly #resampled: Float32Array;
  readonly #report: (report: MicrophoneReport) => void;
  readonly #pool: (ArrayBuffer | null)[] = Array.from({ length: POOL_SIZE }, () => null);
  #pooled = 0;
  #isMuted = false;
  #mutedFrames = 0;
  #zeroFrames = 0;
  readonly #onFrame = (frame: Float32Array): void => this.#take(frame);

  /** `deviceHz` is the context's rate. `report` must transfer a frame's buffer, or give it back with `recycle`. */
  constructor(deviceHz: number, report: (report: MicrophoneReport) => void) {
    this.#resampler = createResampler(deviceHz, SAMPLE_RATE_HZ);
    this.#resampled = new Float32Array(this.#resampler.outputsAfter(MAX_BLOCK) + 1);
    this.#report = report;
  }

  /** Does what the page asks. */
  command(command: MicrophoneCommand): void {
    if (command.type === 'mute') {
      this.#isMuted = command.isMuted;
      this.#mutedFrames = 0;
      this.#zeroFrames = 0;
    } else if (command.type === 'recycle' && this.#pooled < POOL_SIZE) {
      this.#pool[this.#pooled] = command.buffer;
      this.#pooled += 1;
    }
  }

  /** Hears one block of the device. */
  hear(block: Float32Array): void {
    const count = this.#resampler.process(block, this.#resampled);
    this.#framer.push(this.#resampled, this.#onFrame, count);
  }

  #take(frame: Float32Array): void {
    if (this.#isMuted) {
      if (this.#mutedFrames === MUTE_TAIL_FRAMES) return;
      this.#mutedFrames += 1;
      frame.fill(0);
    } else {
      this.#watchForSilence(frame);
    }
    const pcm = this.#buffer();
    writePcm16(frame, new DataView(pcm));
    this.#report({ type: 'frame', pcm, level: rms(frame) });
  }

  #watchForSilence(frame: Float32Array): void {
    if (peak(frame) > 0) {
      if (this.#zeroFrames >= SILENT_FRAMES) this.#report({ type: 'sound' });
      this.#zeroFrames = 0;
      return;
    }
    this.#zeroFrames += 1;
    if (this.#zeroFrames === SILENT_FRAMES) this.#report({ type: 'silent' });
  }

  #buffer(): ArrayBuffer {
    if (this.#pooled === 0) return new ArrayBuffer(FRAME_SAMPLES * BYTES_PER_SAMPLE);
    this.#pooled -= 1;
    const buffer = this.#pool[this.#pooled];
    this.#pool[this.#pooled] = null;
    return buffer ?? new ArrayBuffer(FRAME_SAMPLES * BYTES_PER_SAMPLE);
  }
}
