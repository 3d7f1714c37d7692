/** What a client has written with `input_audio_buffer.append`: samples, a clock in ms of written audio, and turn detection. */
import { SAMPLE_RATE_HZ } from '../../src/protocol/audio-format.ts';
import { SampleStore } from './sample-store.ts';
import { FRAME_SAMPLES, freshVad, hush, levelDb, listen, type VadSettings, type VadState } from './vad.ts';

const SAMPLES_PER_MS = SAMPLE_RATE_HZ / 1000;

/** Fewer than this cannot be committed. */
const LEAST_COMMIT_MS = 100;

/** While the detector hears nobody, this much is kept (more when the prefix padding is longer). */
const QUIET_KEPT_MS = 1_000;

/** Of one turn at most this much is kept, the end of it: a bound on memory. */
const LONGEST_TURN_MS = 600_000;

/** How turns are found. `detects: false`: the client commits. */
export type TurnSettings =
  | { readonly detects: false }
  | ({ readonly detects: true; readonly prefixMs: number } & VadSettings);

/** What appended sound brought about. Times count all audio ever written to this buffer. */
export type TurnHappening =
  | { readonly name: 'started'; readonly startMs: number }
  | { readonly name: 'stopped'; readonly endMs: number; readonly samples: Int16Array };

/** The sound of a commit, or how little there was. */
export type Commit =
  | { readonly ok: true; readonly samples: Int16Array }
  | { readonly ok: false; readonly bufferedMs: number };

/** One session's input. Positions are sample numbers since the session began. */
export class InputBuffer {
  #settings: TurnSettings;
  #vad: VadState = freshVad;
  #vadOrigin = 0;
  readonly #store = new SampleStore();
  #speechStart: number | null = null;

  constructor(settings: TurnSettings) {
    this.#settings = settings;
  }

  /** Milliseconds ever written. */
  writtenMs(): number {
    return Math.floor(this.#store.written() / SAMPLES_PER_MS);
  }

  /** Changes how turns are found; speech under way is forgotten when detection is switched on or off. */
  configure(settings: TurnSettings): void {
    if (settings.detects !== this.#settings.detects) this.#restartVad();
    this.#settings = settings;
  }

  /** Writes samples, and tells each turn's start and end as soon as it is found. */
  *append(samples: Int16Array): Generator<TurnHappening> {
    this.#store.write(samples);
    if (!this.#settings.detects) {
      this.#store.dropBefore(this.#store.written() - LONGEST_TURN_MS * SAMPLES_PER_MS);
      return;
    }
    for (;;) {
      const from = this.#vadOrigin + this.#vad.frames * FRAME_SAMPLES;
      const settings = this.#settings;
      if (from + FRAME_SAMPLES > this.#store.written() || !settings.detects) break;
      const [vad, happening] = listen(
        this.#vad,
        levelDb(this.#store.view(from, from + FRAME_SAMPLES)),
        settings,
      );
      this.#vad = vad;
      if (happening.name === 'started') yield this.#start(happening.startMs, settings.prefixMs);
      if (happening.name === 'stopped') yield this.#stop(happening.endMs);
    }
    this.#dropQuiet();
  }

  /** Takes all that is buffered, when there is enough of it. */
  commit(): Commit {
    const start = Math.max(this.#store.first(), this.#speechStart ?? 0);
    const bufferedMs = (this.#store.written() - start) / SAMPLES_PER_MS;
    if (bufferedMs < LEAST_COMMIT_MS) return { ok: false, bufferedMs };
    const samples = this.#store.view(start, this.#store.written()).slice();
    this.clear();
    return { ok: true, samples };
  }

  /** Throws away what is buffered, and speech under way with it. */
  clear(): void {
    this.#store.dropBefore(this.#store.written());
    this.#speechStart = null;
    this.#vad = hush(this.#vad);
  }

  #start(startMs: number, prefixMs: number): TurnHappening {
    const onset = this.#vadOrigin + startMs * SAMPLES_PER_MS;
    this.#speechStart = Math.max(this.#store.first(), onset - prefixMs * SAMPLES_PER_MS);
    return { name: 'started', startMs: Math.floor(this.#speechStart / SAMPLES_PER_MS) };
  }

  #stop(endMs: number): TurnHappening {
    const end = this.#vadOrigin + endMs * SAMPLES_PER_MS;
    const samples = this.#store.view(this.#speechStart ?? this.#store.first(), end).slice();
    this.#store.dropBefore(end);
    this.#speechStart = null;
    return { name: 'stopped', endMs: Math.floor(end / SAMPLES_PER_MS), samples };
  }

  #restartVad(): void {
    this.#vad = freshVad;
    this.#vadOrigin = this.#store.written();
    this.#speechStart = null;
  }

  #dropQuiet(): void {
    if (!this.#settings.detects) return;
    const quietMs = Math.max(QUIET_KEPT_MS, this.#settings.prefixMs + LEAST_COMMIT_MS);
    const keptMs = this.#speechStart === null ? quietMs : LONGEST_TURN_MS;
    this.#store.dropBefore(this.#store.written() - keptMs * SAMPLES_PER_MS);
  }
}
