/**
 * Speech kept on disk, in the folder EMULATOR_SPEECH_CACHE names (none: nothing is kept). The same words always give
 * the same bytes, so what was made once is as good as what would be made again, and takes no time.
 */
import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';

import { synthesise, type Utterance } from './espeak.ts';

/** Everything that shapes a sample: a change in one of these forgets all. */
const MAKERS = [
  './espeak.ts',
  './sound.ts',
  './voices.ts',
  './wav.ts',
  '../../src/audio/pcm16.ts',
  '../../src/audio/resample.ts',
];

let fingerprint: Promise<string> | undefined;
let writes = 0;

/** As `synthesise`, from the folder when it is there, and into it when not. */
export async function recall(utterance: Utterance, rateHz: number): Promise<Uint8Array<ArrayBuffer>> {
  const folder = process.env['EMULATOR_SPEECH_CACHE'] ?? '';
  if (folder === '') return synthesise(utterance, rateHz);
  fingerprint ??= readMakers();
  const { text, voice, speed } = utterance;
  const key = JSON.stringify([await fingerprint, text, voice, speed, rateHz]);
  const path = join(folder, `${createHash('sha256').update(key).digest('hex')}.pcm`);
  const kept = await readFile(path).catch(() => null);
  if (kept) return Uint8Array.from(kept);
  const bytes = await synthesise(utterance, rateHz);
  await keep(folder, path, bytes);
  return bytes;
}

/** Whole or not at all: others read and write the same folder. */
async function keep(folder: string, path: string, bytes: Uint8Array): Promise<void> {
  await mkdir(folder, { recursive: true });
  const unfinished = `${path}.${process.pid}.${performance.now()}.${(writes += 1)}`;
  await writeFile(unfinished, bytes);
  await rename(unfinished, path);
}

async function readMakers(): Promise<string> {
  const espeak = createRequire(import.meta.url).resolve('espeak-ng');
  const files = [...MAKERS.map((file) => new URL(file, import.meta.url)), espeak];
  const hash = createHash('sha256');
  for (const file of files) hash.update(await readFile(file));
  return hash.digest('hex');
}
