/** The emulator's voice: one worker thread for all calls, and a memory of what it said. */
import { Worker } from 'node:worker_threads';

import type { Utterance } from './espeak.ts';
import type { SynthesisAnswer, SynthesisRequest } from './synthesis-worker.ts';

/** Sentences remembered; at some 150 kB each this is at most about 40 MB. */
const REMEMBERED = 256;

/** Something that turns a sentence into sound. */
export interface Voice {
  /** PCM16, 24 kHz. The same utterance always gives the same bytes. Rejects when the synthesiser fails or is closed. */
  speak(utterance: Utterance): Promise<Buffer>;
  /** Ends the thread. */
  close(): Promise<void>;
}

/** Starts the thread at once, so that it is warm when the first call comes. */
export function createVoice(): Voice {
  return new WorkerVoice();
}

class WorkerVoice implements Voice {
  readonly #worker = new Worker(new URL('./synthesis-worker.ts', import.meta.url));
  readonly #waiting = new Map<number, PromiseWithResolvers<Buffer>>();
  readonly #remembered = new Map<string, Promise<Buffer>>();
  #count = 0;
  #failure: Error | null = null;

  constructor() {
    this.#worker.on('message', (answer: SynthesisAnswer) => this.#settle(answer));
    this.#worker.on('error', (cause) => this.#fail(new Error('The speech synthesiser broke', { cause })));
    this.#worker.on('exit', () => this.#fail(new Error('The speech synthesiser has ended')));
    this.speak({ text: 'Hello.', voice: 'alloy', speed: 1 }).catch(() => undefined);
  }

  speak(utterance: Utterance): Promise<Buffer> {
    const key = JSON.stringify([utterance.voice, utterance.speed, utterance.text]);
    const known = this.#remembered.get(key);
    if (known) return known;
    const sound = this.#ask(utterance);
    this.#remembered.set(key, sound);
    sound.catch(() => this.#remembered.delete(key));
    const oldest = this.#remembered.keys().next();
    if (this.#remembered.size > REMEMBERED && !oldest.done) this.#remembered.delete(oldest.value);
    return sound;
  }

  async close(): Promise<void> {
    await this.#worker.terminate();
  }

  #ask(utterance: Utterance): Promise<Buffer> {
    if (this.#failure) return Promise.reject(this.#failure);
    const waiting = Promise.withResolvers<Buffer>();
    const request: SynthesisRequest = { number: (this.#count += 1), utterance };
    this.#waiting.set(request.number, waiting);
    this.#worker.postMessage(request, []);
    return waiting.promise;
  }

  #settle(answer: SynthesisAnswer): void {
    const waiting = this.#waiting.get(answer.number);
    this.#waiting.delete(answer.number);
    if (answer.ok) waiting?.resolve(Buffer.from(answer.bytes.buffer, 0, answer.bytes.byteLength));
    else waiting?.reject(new Error(`espeak could not say a sentence: ${answer.reason}`));
  }

  #fail(failure: Error): void {
    this.#failure ??= failure;
    for (const waiting of this.#waiting.values()) waiting.reject(this.#failure);
    this.#waiting.clear();
  }
}
