/** The thread that speaks: espeak blocks for about 100 ms a sentence, and calls must not wait for each other's. */
import { parentPort } from 'node:worker_threads';

import { SAMPLE_RATE_HZ } from '../../src/protocol/audio-format.ts';
import type { Utterance } from './espeak.ts';
import { recall } from './speech-cache.ts';

/** A sentence to say, numbered so that its sound finds its way back. */
export interface SynthesisRequest {
  readonly number: number;
  readonly utterance: Utterance;
}

/** Its sound, PCM16 at 24 kHz; or why there is none. */
export type SynthesisAnswer =
  | { readonly number: number; readonly ok: true; readonly bytes: Uint8Array<ArrayBuffer> }
  | { readonly number: number; readonly ok: false; readonly reason: string };

// espeak's file system throws hundreds of errors as it looks for its files; their stacks are a fifth of the time.
Error.stackTraceLimit = 0;

let queue = Promise.resolve();

parentPort?.on('message', (request: SynthesisRequest) => {
  queue = queue.then(() => answer(request));
});

async function answer(request: SynthesisRequest): Promise<void> {
  try {
    const bytes = await recall(request.utterance, SAMPLE_RATE_HZ);
    post({ number: request.number, ok: true, bytes }, [bytes.buffer]);
  } catch (error) {
    post({ number: request.number, ok: false, reason: String(error) }, []);
  }
}

function post(message: SynthesisAnswer, moved: ArrayBuffer[]): void {
  parentPort?.postMessage(message, moved);
}
