/**
 * What goes up, numbered by counting: kept until the gateway is known to have it, so that what a lost socket took along goes
 * up again, once and in order. Bounded: the oldest makes room, and is told of where it did not arrive. Knows no socket.
 */
import { durationMs } from '../protocol/audio-format.ts';

import type { Continuity } from './link-words.ts';

/** So much sound is kept, in milliseconds: the gateway takes ten seconds at once, and the rest at twice its own speed. */
export const KEPT_SOUND_MS = 15_000;

/** So much is kept of what was typed, and of what goes along with it, in UTF-16 units. */
export const KEPT_UNITS = 1024 * 1024;

/** So many frames are kept though they have arrived: a gateway that was gone may not know of them any more. */
const KEPT_ARRIVED = 1500;

/** What the microphone's frames hold, in milliseconds. */
const FRAME_MS = 20;

/** A frame on its way up. Nobody writes into it any more. */
export type UpFrame = string | ArrayBuffer;

/** What did not arrive and never will. */
export interface Lost {
  readonly soundMs: number;
  readonly hasWords: boolean;
}

/** How the one event begins that carries a credential. */
const CREDENTIAL = '{"type":"gateway.auth"';

const NOTHING_MISSED = -1;

const NOTHING: Lost = { soundMs: 0, hasWords: false };

interface Entry {
  /** Null: it had to make room when it had been sent, and keeps its number. */
  frame: UpFrame | null;
  /** Of words 0. */
  readonly soundMs: number;
  /** A ping, by counting: its answer tells that all up to it has arrived. 0: none. Negative: nothing that anybody misses. */
  readonly ping: number;
}

/** An outbox that outlives its page. Words as they are; of sound, which does not, how long it was, in milliseconds. */
export interface SavedOutbox {
  readonly base: number;
  readonly given: number;
  readonly frames: readonly (string | number)[];
}

/** Belongs to one call. */
export class Outbox {
  #entries: Entry[] = [];
  /** How many frames came before the oldest entry. */
  #base = 0;
  /** How many of the entries the socket of the moment was given. */
  #given = 0;
  /** How many of the entries are known to have arrived. */
  #arrived = 0;
  #soundMs = 0;
  #units = 0;
  #pings = 0;
  #pongs = 0;
  /** What had to make room before any socket was given it. */
  #unsent: Lost = NOTHING;

  /** What there is to go on with in another page. */
  save(): SavedOutbox {
    const frames = this.#entries.map(({ frame, soundMs }) =>
      // A credential is written down nowhere.
      typeof frame === 'string' && !frame.startsWith(CREDENTIAL) ? frame : soundMs,
    );
    return { base: this.#base, given: this.#given, frames };
  }

  /** Goes on where another page was. */
  restore({ base, given, frames }: SavedOutbox): void {
    this.#base = base;
    this.#given = Math.min(given, frames.length);
    this.#entries = frames.map((frame) =>
      typeof frame === 'string'
        ? { frame, soundMs: 0, ping: 0 }
        : { frame: null, soundMs: frame, ping: frame === 0 ? NOTHING_MISSED : 0 },
    );
    this.#units = frames.reduce<number>(
      (units, frame) => units + (typeof frame === 'string' ? frame.length : 0),
      0,
    );
  }

  /** Frames that are not known to have arrived. */
  size(): number {
    return this.#entries.length - this.#arrived;
  }

  /** Keeps a frame until it has arrived. */
  put(frame: UpFrame): void {
    this.#add(frame, 0);
  }

  /** The same for a ping. */
  putPing(frame: string): void {
    this.#pings += 1;
    this.#add(frame, this.#pings);
  }

  /** Whether a ping has no answer yet. */
  isAsking(): boolean {
    return this.#pongs < this.#pings;
  }

  /** The next frame for the socket of the moment, or null. */
  take(): UpFrame | null {
    const frame = this.#entries[this.#given]?.frame ?? null;
    if (frame !== null) this.#given += 1;
    return frame;
  }

  /** The next ping was answered. */
  pong(): void {
    if (!this.isAsking()) return;
    this.#pongs += 1;
    const at = this.#entries.findIndex(({ ping }) => ping === this.#pongs);
    if (at === -1) return;
    this.#arrived = at + 1;
    this.#forget(Math.max(0, this.#arrived - KEPT_ARRIVED));
  }

  /**
   * Another socket begins, and `received` frames are known to have arrived: all others are to be given to it. A call that was
   * restored may not know of frames that had arrived.
   */
  resume(received: number, continuity: Continuity = 'complete'): Lost {
    const forgotten = continuity === 'complete' ? Math.max(0, this.#base - received) * FRAME_MS : 0;
    this.#forget(Math.min(this.#given, Math.max(0, received - this.#base)));
    const holes = this.#entries.filter(({ frame }) => frame === null);
    const lost = [...holes.map(lossOf), { soundMs: forgotten, hasWords: false }].reduce(sum, this.#unsent);
    this.#entries = this.#entries.filter(({ frame }) => frame !== null);
    this.#base = received;
    this.#given = 0;
    this.#arrived = 0;
    this.#unsent = NOTHING;
    return lost;
  }

  /** Another call begins: what no socket was given yet goes there. What the last one was given, and may not have got, is told. */
  beginAnew(): Lost {
    const given = this.#entries.slice(this.#arrived, this.#given).filter(({ ping }) => ping === 0);
    const hasWords = given.some(({ soundMs }) => soundMs === 0);
    this.#forget(this.#given);
    this.#base = 0;
    this.#pings = 0;
    this.#pongs = 0;
    return sum(this.resume(0), { soundMs: 0, hasWords });
  }

  #add(frame: UpFrame, ping: number): void {
    const entry: Entry = { frame, soundMs: soundMsOf(frame), ping };
    this.#entries.push(entry);
    this.#soundMs += entry.soundMs;
    this.#units += unitsOf(frame);
    while (this.#soundMs > KEPT_SOUND_MS) this.#makeRoom('sound');
    while (this.#units > KEPT_UNITS) this.#makeRoom('words');
  }

  #makeRoom(kind: 'sound' | 'words'): void {
    const at = this.#entries.findIndex(
      ({ frame }) => frame !== null && (typeof frame === 'string') === (kind === 'words'),
    );
    const entry = this.#entries[at];
    if (entry === undefined) return;
    this.#uncount(entry);
    entry.frame = null;
    if (at >= this.#given) {
      this.#entries.splice(at, 1);
      this.#unsent = sum(this.#unsent, lossOf(entry));
    } else if (kind === 'sound') this.#forgetHoles();
  }

  /** Sound that made room keeps no place at the front: by how many frames that is, it is known how much is missing. */
  #forgetHoles(): void {
    const first = this.#entries.findIndex(({ frame, soundMs }) => frame !== null || soundMs === 0);
    const holes = first === -1 ? this.#given : Math.min(first, this.#given);
    this.#forget(holes);
  }

  #forget(count: number): void {
    for (const entry of this.#entries.splice(0, count)) this.#uncount(entry);
    this.#base += count;
    this.#given = Math.max(0, this.#given - count);
    this.#arrived = Math.max(0, this.#arrived - count);
  }

  #uncount({ frame, soundMs }: Entry): void {
    if (frame === null) return;
    this.#soundMs -= soundMs;
    this.#units -= unitsOf(frame);
  }
}

function sum(one: Lost, other: Lost): Lost {
  return { soundMs: one.soundMs + other.soundMs, hasWords: one.hasWords || other.hasWords };
}

/** A ping that is lost is nothing that anybody misses. */
function lossOf({ soundMs, ping }: Entry): Lost {
  return { soundMs, hasWords: soundMs === 0 && ping === 0 };
}

function soundMsOf(frame: UpFrame): number {
  return typeof frame === 'string' ? 0 : durationMs(frame.byteLength);
}

function unitsOf(frame: UpFrame): number {
  return typeof frame === 'string' ? frame.length : 0;
}
