/** One run of the speech synthesiser. Blocks its thread for about 100 ms: call it from a worker, or from a test. */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import runEspeak from 'espeak-ng';

import { encodePcm16 } from '../../src/audio/pcm16.ts';
import { resample } from '../../src/audio/resample.ts';
import { levelSpeech, trim } from './sound.ts';
import { settingsFor } from './voices.ts';
import { readWav, type Recording } from './wav.ts';

/** The silence around each sentence: a breath, so that sentences put end to end sound like speech. */
const EDGES = { leadMs: 40, tailMs: 160 };

const WASM_PATH = createRequire(import.meta.url)
  .resolve('espeak-ng')
  .replace(/js$/, 'wasm');
const INPUT_PATH = '/tmp/said.txt';
const OUTPUT_PATH = '/tmp/said.wav';
const SLOWEST_WORDS_PER_MINUTE = 80;
const FASTEST_WORDS_PER_MINUTE = 450;

let compiling: Promise<WebAssembly.Module> | undefined;

/** What is to be said: text, the name of a voice, and a speed of 0.25 to 1.5. */
export interface Utterance {
  readonly text: string;
  readonly voice: string;
  readonly speed: number;
}

/** Speaks with espeak and returns its own recording, 22,050 Hz, untouched. The same words always give the same samples. */
export async function record(utterance: Utterance): Promise<Recording> {
  const settings = settingsFor(utterance.voice);
  const wasm = await compiled();
  const wordsPerMinute = Math.round(settings.wordsPerMinute * utterance.speed);
  const espeak = await runEspeak({
    arguments: commandLine([
      ['-v', settings.espeakVoice],
      ['-p', settings.pitch],
      ['-s', Math.min(FASTEST_WORDS_PER_MINUTE, Math.max(SLOWEST_WORDS_PER_MINUTE, wordsPerMinute))],
      ['-b', 1],
      ['-f', INPUT_PATH],
      ['-w', OUTPUT_PATH],
    ]),
    preRun: [(module) => module.FS.writeFile(INPUT_PATH, speakable(utterance.text))],
    instantiateWasm: (imports, succeed) => WebAssembly.instantiate(wasm, imports).then(succeed),
    print: ignore,
    printErr: ignore,
  });
  return readWav(espeak.FS.readFile(OUTPUT_PATH));
}

/** Speaks at `rateHz`, levelled and with the silence of a breath around it; PCM16 bytes. */
export async function synthesise(utterance: Utterance, rateHz: number): Promise<Uint8Array<ArrayBuffer>> {
  const recording = await record(utterance);
  const samples = trim(resample(recording.samples, recording.rateHz, rateHz), rateHz, EDGES);
  levelSpeech(samples);
  return encodePcm16(samples);
}

/** espeak reads `[[…]]` as phonemes; control characters have no sound. An empty text would leave no file: a full stop has none. */
function speakable(text: string): string {
  return `${text.replaceAll(/[[\]\p{Cc}]/gu, ' ').trim()} .`;
}

/** Read and compiled once: that alone is a fifth of the time a sentence takes. */
function compiled(): Promise<WebAssembly.Module> {
  compiling ??= readFile(WASM_PATH).then((bytes) => WebAssembly.compile(bytes));
  return compiling;
}

function commandLine(options: readonly (readonly [string, string | number])[]): string[] {
  return options.flatMap(([name, value]) => [name, `${value}`]);
}

function ignore(): void {
  // espeak's own chatter.
}
