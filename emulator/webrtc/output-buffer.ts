/** What a WebRTC call still has to play: sound arrives faster than it sounds, and leaves in frames at the pace of life. Pure. */
import { BYTES_PER_MS } from '../../src/protocol/audio-format.ts';
import { SoundQueue } from '../realtime/sound-queue.ts';

/** Whose sound it is. */
export interface SoundPlace {
  readonly responseId: string;
  readonly itemId: string;
}

/** The moments a client is told about. */
export interface PlayHappening {
  readonly name: 'started' | 'stopped';
  readonly responseId: string;
}

/** One frame to send, and what begins or ends with it. `sound` null: there is nothing to play. */
export interface Played {
  readonly sound: Buffer | null;
  readonly happenings: readonly PlayHappening[];
}

/** What a clear threw away: the response that was playing, and how much of each unfinished item had been played. */
export interface Cleared {
  readonly responseId: string;
  readonly heard: readonly { readonly itemId: string; readonly heardMs: number }[];
}

/** One item's sound. `passed` counts bytes played or thrown away. */
interface Track {
  readonly place: SoundPlace;
  readonly queue: SoundQueue;
  passed: number;
  isWhole: boolean;
}

/** The server-side output buffer of one call. */
export class OutputBuffer {
  #tracks: Track[] = [];
  readonly #open = new Set<string>();
  #playing: string | null = null;

  /** More of it may come until `finish` is told. */
  begin(responseId: string): void {
    this.#open.add(responseId);
  }

  /** Adds PCM16 at 24 kHz behind everything else. */
  add(place: SoundPlace, sound: Buffer): void {
    const last = this.#tracks.findLast((track) => track.place.itemId === place.itemId);
    const track = last ?? { place, queue: new SoundQueue(), passed: 0, isWhole: false };
    if (!last) this.#tracks.push(track);
    track.queue.add(sound, '');
  }

  /** No more sound comes for this item. */
  finishItem(itemId: string): void {
    for (const track of this.#tracks) if (track.place.itemId === itemId) track.isWhole = true;
  }

  /** No more sound comes for this response. */
  finish(responseId: string): void {
    this.#open.delete(responseId);
  }

  /** Takes the next frame of `bytes`; a last piece that is shorter is filled up with silence. */
  take(bytes: number): Played {
    this.#dropDrained();
    const [track] = this.#tracks;
    const isReady = track && (track.queue.bytes() >= bytes || (track.isWhole && track.queue.bytes() > 0));
    const happenings = this.#turnTo(isReady ? track.place.responseId : null);
    if (!isReady) return { sound: null, happenings };
    track.passed += Math.min(bytes, track.queue.bytes());
    return { sound: track.queue.take(bytes), happenings };
  }

  /** Throws away what waits; null when nothing was playing. */
  clear(): Cleared | null {
    const responseId = this.#playing;
    if (responseId === null) return null;
    const unheard = this.#tracks.filter((track) => track.queue.bytes() > 0 || !track.isWhole);
    const heard = unheard.map(({ place, passed }) => ({
      itemId: place.itemId,
      heardMs: Math.floor(passed / BYTES_PER_MS),
    }));
    for (const track of unheard) {
      const waiting = track.queue.bytes();
      track.queue.take(waiting);
      track.passed += waiting;
    }
    this.#playing = null;
    return { responseId, heard };
  }

  #dropDrained(): void {
    this.#tracks = this.#tracks.filter((track) => !track.isWhole || track.queue.bytes() > 0);
  }

  /** A response stops when its last sound is played and no more can come, or when another one's turn has come. */
  #turnTo(next: string | null): PlayHappening[] {
    const before = this.#playing;
    const isOver = before !== null && !this.#open.has(before) && !this.#hasTracksOf(before);
    const happenings: PlayHappening[] = [];
    if (before !== null && (isOver || (next !== null && next !== before))) {
      happenings.push({ name: 'stopped', responseId: before });
      this.#playing = null;
    }
    if (next !== null && this.#playing === null) {
      happenings.push({ name: 'started', responseId: next });
      this.#playing = next;
    }
    return happenings;
  }

  #hasTracksOf(responseId: string): boolean {
    return this.#tracks.some((track) => track.place.responseId === responseId);
  }
}
