/** A microphone in a page that says what a test wants, when it wants it; silence otherwise. */
import type { BrowserContext, Page } from 'playwright-core';
import { speech } from './speech.ts';

const RATE = 48_000;

declare global {
  // A property of the global object can be declared in no other way.
  var voxgateMouth:
    | { readonly context: AudioContext; readonly lips: MediaStreamAudioDestinationNode }
    | undefined;
}

/** Puts it into every page of a context, in place of the browser's own. */
export async function installMouth(context: BrowserContext): Promise<void> {
  await context.addInitScript(() => {
    navigator.mediaDevices.getUserMedia = async () => {
      const audio = new AudioContext();
      const lips = audio.createMediaStreamDestination();
      globalThis.voxgateMouth = { context: audio, lips };
      await audio.resume();
      return lips.stream;
    };
  });
}

/** Says it into the open microphone; resolves when it is said. */
export async function sayInto(page: Page, text: string): Promise<void> {
  const samples = await speech(text, { rate: RATE });
  const bytes = Buffer.from(samples.buffer, samples.byteOffset, samples.byteLength).toString('base64');
  await page.evaluate(
    async ({ sound, rate }) => {
      const mouth = globalThis.voxgateMouth;
      if (mouth === undefined) throw new Error('The microphone should be open');
      const pcm = new Int16Array(Uint8Array.from(atob(sound), (letter) => letter.charCodeAt(0)).buffer);
      const buffer = mouth.context.createBuffer(1, pcm.length, rate);
      buffer.copyToChannel(
        Float32Array.from(pcm, (sample) => sample / 32_768),
        0,
      );
      const source = new AudioBufferSourceNode(mouth.context, { buffer });
      source.connect(mouth.lips);
      await new Promise((said) => {
        source.addEventListener('ended', said);
        source.start();
      });
    },
    { sound: bytes, rate: RATE },
  );
}
