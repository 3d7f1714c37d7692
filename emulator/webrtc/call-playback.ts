/** Plays the answers of one call: takes their sound out of the events, sends it frame by frame, tells when it is heard. */
import * as v from 'valibot';

import { type AudioReader, createReader, decodeBase64, toBytes } from '../realtime/audio-codec.ts';
import type { ServerEvent } from '../realtime/server-events.ts';
import { type AudioFormat, audioFormat } from '../realtime/session-schema.ts';
import { Timers } from '../timers.ts';
import type { OutputBufferEvent } from './call-events.ts';
import { FRAME_BYTES, FRAME_MS } from './media-peer.ts';
import { type Cleared, OutputBuffer } from './output-buffer.ts';

/** After a longer standstill the clock starts anew, so that nothing is ever played faster than life: 100 ms. */
const MOST_FRAMES_AT_ONCE = 5;

const SILENCE = Buffer.alloc(FRAME_BYTES);

/** Where the sound goes, and who is told. */
export interface Loudspeaker {
  readonly speak: (sound: Buffer) => void;
  readonly emit: (event: OutputBufferEvent) => void;
}

/** The answers of one call, at the pace of life. */
export class CallPlayback {
  readonly #loudspeaker: Loudspeaker;
  readonly #buffer = new OutputBuffer();
  readonly #timers = new Timers();
  readonly #formats = new Map<string, AudioFormat>();
  readonly #readers = new Map<string, AudioReader>();
  #startedAt: number | null = null;
  #frames = 0;

  constructor(loudspeaker: Loudspeaker) {
    this.#loudspeaker = loudspeaker;
  }

  /** Begins to send, silence included, one frame every 20 ms. */
  start(): void {
    if (this.#startedAt !== null) return;
    this.#startedAt = performance.now();
    this.#tick(this.#startedAt);
  }

  /** Sends nothing any more. */
  stop(): void {
    this.#timers.clear();
  }

  /** Looks at what the session says. True: it is sound, which goes to the track and not to any listener. */
  takes(event: ServerEvent): boolean {
    if (event.type === 'response.created') this.#begin(event.response.id, event.response.audio.output.format);
    if (event.type === 'response.output_audio.done') this.#finishItem(event.item_id);
    if (event.type === 'response.done') this.#finish(event.response.id);
    if (event.type !== 'response.output_audio.delta') return false;
    this.#add(event);
    return true;
  }

  /** Whether more sound of this item may come. */
  isSpeaking(itemId: string): boolean {
    return this.#readers.has(itemId);
  }

  /** Falls silent at once; null when nothing was playing. */
  clear(): Cleared | null {
    const cleared = this.#buffer.clear();
    if (cleared) {
      this.#loudspeaker.emit({ type: 'output_audio_buffer.cleared', response_id: cleared.responseId });
    }
    return cleared;
  }

  #begin(responseId: string, format: object): void {
    this.#buffer.begin(responseId);
    const known = v.safeParse(audioFormat, format);
    if (known.success) this.#formats.set(responseId, known.output);
  }

  #add(event: Extract<ServerEvent, { type: 'response.output_audio.delta' }>): void {
    const { item_id: itemId, response_id: responseId } = event;
    const format = this.#formats.get(responseId) ?? { type: 'audio/pcm' };
    const reader = this.#readers.get(itemId) ?? createReader(format);
    this.#readers.set(itemId, reader);
    const bytes = decodeBase64(event.delta);
    if (bytes) this.#buffer.add({ itemId, responseId }, toBytes(reader.read(bytes)));
  }

  #finishItem(itemId: string): void {
    this.#buffer.finishItem(itemId);
    this.#readers.delete(itemId);
  }

  #finish(responseId: string): void {
    this.#buffer.finish(responseId);
    this.#formats.delete(responseId);
  }

  #tick(startedAt: number): void {
    const due = Math.floor((performance.now() - startedAt) / FRAME_MS) + 1;
    this.#frames = Math.max(this.#frames, due - MOST_FRAMES_AT_ONCE);
    for (; this.#frames < due; this.#frames += 1) this.#play();
    const wait = startedAt + this.#frames * FRAME_MS - performance.now();
    this.#timers.after(Math.max(1, wait), () => this.#tick(startedAt));
  }

  #play(): void {
    const { sound, happenings } = this.#buffer.take(FRAME_BYTES);
    for (const { name, responseId } of happenings) {
      this.#loudspeaker.emit({ type: `output_audio_buffer.${name}`, response_id: responseId });
    }
    this.#loudspeaker.speak(sound ?? SILENCE);
  }
}
