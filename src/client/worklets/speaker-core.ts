/** The speaker's half of the audio thread, free of the browser: 24 kHz parts in, the device's rate out. */
import { rms } from '../../audio/level.ts';
import { Playout } from '../../audio/playout.ts';
import { createResampler, type Resampler } from '../../audio/resample.ts';
import { SAMPLE_RATE_HZ } from '../../protocol/audio-format.ts';
import type { SpeakerCommand, SpeakerReport } from './messages.ts';

/** How often the level is told while something sounds. */
const LEVELS_PER_SECOND = 25;

/** The largest block a device may ask for at once, in its own samples. */
const MAX_BLOCK = 4096;

/** Gives out what it is given, at the device's rate, and tells what was really given out. */
export class SpeakerCore {
  readonly #playout = new Playout({ sampleRateHz: SAMPLE_RATE_HZ });
  readonly #resampler: Resampler;
  readonly #source: Float32Array;
  readonly #report: (report: SpeakerReport) => void;
  readonly #levelSamples: number;
  #sinceLevel = 0;
  #isQuiet = true;
  #ended = 0;

  /** `deviceHz` is the context's rate. */
  constructor(deviceHz: number, report: (report: SpeakerReport) => void) {
    this.#resampler = createResampler(SAMPLE_RATE_HZ, deviceHz);
    this.#source = new Float32Array(this.#resampler.inputsFor(MAX_BLOCK) + 1);
    this.#levelSamples = Math.floor(deviceHz / LEVELS_PER_SECOND);
    this.#report = report;
  }

  /** Does what the page asks. */
  command(command: SpeakerCommand): void {
    switch (command.type) {
      case 'play':
        this.#enqueue(command.part, command.samples);
        return;
      case 'finish':
        this.#playout.finish(command.part);
        return;
      case 'flush':
        this.#report({ type: 'flushed', parts: this.#playout.flush() });
        return;
      case 'hold':
        this.#playout.hold();
        return;
      case 'resume':
        this.#playout.resume();
        return;
      case 'duck':
        this.#playout.duck(command.volume);
        return;
      case 'stop':
        return;
    }
  }

  /** Fills one block for the device. */
  fill(block: Float32Array): void {
    const needed = this.#resampler.inputsFor(block.length);
    this.#playout.read(this.#source, needed);
    this.#resampler.process(this.#source, block, needed);
    this.#tellLevel(block);
    this.#tellEnd();
  }

  #enqueue(part: number, samples: Float32Array): void {
    const dropped = this.#playout.enqueue(part, samples);
    if (dropped > 0) this.#report({ type: 'dropped', samples: dropped });
  }

  #tellLevel(block: Float32Array): void {
    this.#sinceLevel += block.length;
    if (this.#sinceLevel < this.#levelSamples) return;
    this.#sinceLevel = 0;
    const level = rms(block);
    if (level === 0 && this.#isQuiet) return;
    this.#isQuiet = level === 0;
    const { part = 0, played = 0 } = this.#playout.current ?? {};
    this.#report({ type: 'level', level, part, played });
  }

  #tellEnd(): void {
    const { current } = this.#playout;
    if (current === null || !current.isFinished || current.part === this.#ended) return;
    if (current.played < current.received) return;
    this.#ended = current.part;
    this.#report({ type: 'ended', part: current.part });
  }
}
