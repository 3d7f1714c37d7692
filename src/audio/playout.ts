/** How far one audio part has come, in samples. `received` counts what was taken in, `played` what was really given out. */
export interface PartProgress {
  readonly part: number;
  readonly received: number;
  readonly played: number;
  /** No more of it will come. */
  readonly isFinished: boolean;
}

/** What the playout is doing: nothing to play, gathering a start, sounding, or held back. */
export type PlayoutState = 'idle' | 'waiting' | 'playing' | 'held';

/** Options of a playout, with their defaults. */
export interface PlayoutOptions {
  readonly sampleRateHz: number;
  /** How much must be there before a part starts, or starts again after running dry (80 ms). */
  readonly startMs?: number;
  /** How long every start, cut, hold and change of volume takes (8 ms): short enough to be sudden, long enough not to click. */
  readonly fadeMs?: number;
  /** How much may wait (5 minutes, more than the longest answer of 4,096 tokens); what comes beyond is dropped and counted. */
  readonly maxMs?: number;
}

interface Progress extends PartProgress {
  received: number;
  played: number;
  isFinished: boolean;
}

/** A linked list: the audio thread must never make an array grow. */
interface Chunk {
  readonly progress: Progress;
  samples: Float32Array;
  next: Chunk | null;
}

/** The sound waiting to be played: a bounded list that can be flushed, held and ducked, and knows what was really played. */
export class Playout {
  readonly #startSamples: number;
  readonly #fadeSamples: number;
  readonly #maxSamples: number;
  #head: Chunk | null = null;
  #tail: Chunk | null = null;
  #offset = 0;
  #queued = 0;
  #dropped = 0;
  #underruns = 0;
  #current: Progress | null = null;
  #latest: Progress | null = null;
  #gain = 0;
  #volume = 1;
  #isSounding = false;
  #isHeld = false;
  /** Samples at the head that only fade out what a flush has cut. */
  #fading = 0;

  constructor(options: PlayoutOptions) {
    const { sampleRateHz, startMs = 80, fadeMs = 8, maxMs = 300_000 } = options;
    this.#startSamples = Math.ceil((startMs * sampleRateHz) / 1000);
    this.#fadeSamples = Math.max(1, Math.ceil((fadeMs * sampleRateHz) / 1000));
    this.#maxSamples = Math.floor((maxMs * sampleRateHz) / 1000);
  }

  /** Samples waiting. */
  get queued(): number {
    return this.#queued;
  }

  /** Samples dropped so far because too much was waiting. */
  get dropped(): number {
    return this.#dropped;
  }

  /** How often an unfinished part ran dry. */
  get underruns(): number {
    return this.#underruns;
  }

  /** The part heard last, or null before the first. */
  get current(): PartProgress | null {
    return this.#current;
  }

  /** What it is doing right now. */
  get state(): PlayoutState {
    if (this.#queued === 0) return 'idle';
    if (this.#isHeld) return 'held';
    return this.#isSounding ? 'playing' : 'waiting';
  }

  /** Takes the next piece of `part` (it keeps the array). Returns the samples that did not fit. */
  enqueue(part: number, samples: Float32Array): number {
    const room = Math.max(0, this.#maxSamples - this.#queued);
    const taken = samples.length > room ? samples.subarray(0, room) : samples;
    const lost = samples.length - taken.length;
    this.#dropped += lost;
    if (this.#latest?.part !== part) this.#latest = { part, received: 0, played: 0, isFinished: false };
    this.#latest.received += taken.length;
    if (taken.length > 0) this.#append({ progress: this.#latest, samples: taken, next: null });
    return lost;
  }

  /** No more of `part` will come: what is there may sound, however short. */
  finish(part: number): void {
    if (this.#latest?.part === part) this.#latest.isFinished = true;
  }

  /** Fills `count` samples (default: all) of `output`, with silence where there is nothing to play. Allocates nothing. */
  read(output: Float32Array, count = output.length): void {
    if (!this.#isSounding && this.#canStart()) this.#isSounding = true;
    for (let index = 0; index < count; index += 1) output[index] = this.#next();
  }

  /**
   * Fades out and drops all that waits. Returns each part that had something left or still to come, oldest first, the
   * fade counted as played.
   */
  flush(): PartProgress[] {
    const cut = this.#cutTo(this.#isSounding ? Math.ceil(this.#gain * this.#fadeSamples) : 0);
    this.#fading = this.#queued;
    this.#isHeld = false;
    if (this.#queued === 0) this.#stop();
    return cut;
  }

  /** Fades out and waits, keeping its place. */
  hold(): void {
    this.#isHeld = true;
  }

  /** Goes on where it was held. */
  resume(): void {
    this.#isHeld = false;
  }

  /** Moves the volume to `volume` (0..1), smoothly. */
  duck(volume: number): void {
    this.#volume = Math.min(1, Math.max(0, volume));
  }

  #append(chunk: Chunk): void {
    if (this.#tail === null) this.#head = chunk;
    else this.#tail.next = chunk;
    this.#tail = chunk;
    this.#queued += chunk.samples.length;
  }

  /** Enough is there, or all there will be, or another part follows the one at the head. */
  #canStart(): boolean {
    if (this.#head === null || this.#isHeld) return false;
    const { progress } = this.#head;
    return this.#queued >= this.#startSamples || progress.isFinished || progress !== this.#latest;
  }

  #next(): number {
    if (!this.#isSounding) return 0;
    this.#approach(this.#isHeld || this.#fading > 0 || this.#queued <= this.#fadeSamples ? 0 : this.#volume);
    if (this.#isHeld && this.#gain === 0) return 0;
    const sample = this.#take() * this.#gain;
    if (this.#queued === 0) this.#runDry();
    else if (this.#fading > 0) this.#fadeOn();
    return sample;
  }

  #approach(target: number): void {
    const step = 1 / this.#fadeSamples;
    if (this.#gain < target) this.#gain = Math.min(target, this.#gain + step);
    else this.#gain = Math.max(target, this.#gain - step);
  }

  #take(): number {
    const chunk = this.#head;
    if (chunk === null) return 0;
    const sample = chunk.samples[this.#offset] ?? 0;
    this.#current = chunk.progress;
    chunk.progress.played += 1;
    this.#queued -= 1;
    this.#offset += 1;
    if (this.#offset === chunk.samples.length) this.#dropHead(chunk);
    return sample;
  }

  #dropHead(chunk: Chunk): void {
    this.#head = chunk.next;
    this.#offset = 0;
    if (this.#head === null) this.#tail = null;
  }

  #runDry(): void {
    if (this.#fading === 0 && this.#current?.isFinished === false) this.#underruns += 1;
    this.#stop();
  }

  #fadeOn(): void {
    this.#fading -= 1;
    if (this.#fading === 0) this.#stop();
  }

  #stop(): void {
    this.#isSounding = false;
    this.#gain = 0;
    this.#fading = 0;
  }

  /** Keeps the next `keep` samples and drops the rest; tells how far each waiting part will have come. */
  #cutTo(keep: number): PartProgress[] {
    const cut = new Map<Progress, number>();
    let chunk = this.#head;
    let offset = this.#offset;
    let kept = 0;
    this.#tail = null;
    for (; chunk !== null; chunk = chunk.next) {
      const taken = Math.min(chunk.samples.length - offset, keep - kept);
      cut.set(chunk.progress, (cut.get(chunk.progress) ?? 0) + taken);
      chunk.samples = chunk.samples.subarray(0, offset + taken);
      if (taken > 0) this.#tail = chunk;
      kept += taken;
      offset = 0;
    }
    if (this.#tail === null) this.#forget();
    else this.#tail.next = null;
    this.#queued = kept;
    if (this.#latest?.isFinished === false) cut.set(this.#latest, cut.get(this.#latest) ?? 0);
    return Array.from(cut, ([progress, taken]) => ({ ...progress, played: progress.played + taken }));
  }

  #forget(): void {
    this.#head = null;
    this.#offset = 0;
  }
}
