import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, expect, it, vi } from 'vitest';

import { synthesise } from '../../emulator/voice/espeak.ts';
import { recall } from '../../emulator/voice/speech-cache.ts';

const said = { text: 'Yes.', voice: 'echo', speed: 1 };

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'speech-'));
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true });
});

it('[N12] speech kept on disk is, byte for byte, the speech that would be made', async () => {
  vi.stubEnv('EMULATOR_SPEECH_CACHE', join(folder, 'made-when-needed'));
  const made = await recall(said, 24_000);
  expect(await recall(said, 24_000)).toEqual(made);
  expect(made).toEqual(await synthesise(said, 24_000));
  expect(await readdir(join(folder, 'made-when-needed'))).toEqual([
    expect.stringMatching(/^[0-9a-f]{64}\.pcm$/),
  ]);
});

it('[N12] nothing is kept unless a folder is named', async () => {
  vi.stubEnv('EMULATOR_SPEECH_CACHE', '');
  expect((await recall(said, 24_000)).length).toBeGreaterThan(0);
  expect(await readdir(folder)).toEqual([]);
});
