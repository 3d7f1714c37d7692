import { createHash } from 'node:crypto';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';

import { decodePcm16 } from '../../src/audio/pcm16.ts';
import { peak, rms } from '../../src/audio/level.ts';
import { compress, expand } from '../../emulator/realtime/g711.ts';
import { type Emulator, startEmulator } from '../../emulator/server.ts';
import { toSentences } from '../../emulator/voice/sentences.ts';
import { createVoice, type Voice } from '../../emulator/voice/voice.ts';
import { isVoiceName, voices } from '../../emulator/voice/voices.ts';
import { ask, configure, openSession, soundOf } from './talk.ts';

const hash = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

let voice: Voice;
let emulator: Emulator;
beforeAll(async () => {
  // What is told here must be said, not remembered.
  vi.stubEnv('EMULATOR_SPEECH_CACHE', '');
  voice = createVoice();
  emulator = await startEmulator({ port: 0, pace: 0 });
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await Promise.all([voice.close(), emulator.close()]);
});

describe('the voice', () => {
  it('[E52] says the same text with the same bytes every time, in this process and over the wire', async () => {
    const other = createVoice();
    const said = { text: 'The same every time.', voice: 'verse', speed: 1 };
    expect(hash(await other.speak(said))).toBe(hash(await voice.speak(said)));
    await other.close();
    const hashes = new Set<string>();
    for (let call = 0; call < 2; call += 1) {
      const client = await openSession(emulator);
      hashes.add(hash(soundOf(await ask(client, 'Repeat after me: the same bytes'))));
      await client.close();
    }
    expect(hashes.size).toBe(1);
  });

  it('[E53] has ten voices that differ, all about equally loud and never clipped', async () => {
    const names = Object.keys(voices);
    const sounds = await Promise.all(
      names.map((name) => voice.speak({ text: 'How do I sound?', voice: name, speed: 1 })),
    );
    expect(names.every(isVoiceName) && names.length === 10).toBe(true);
    expect(new Set(sounds.map(hash)).size).toBe(10);
    for (const sound of sounds) {
      const samples = decodePcm16(sound);
      expect(rms(samples)).toBeGreaterThan(0.05);
      expect(rms(samples)).toBeLessThan(0.12);
      expect(peak(samples)).toBeLessThanOrEqual(0.701);
    }
  });

  it('[E53] speaks faster when the session is told to', async () => {
    const client = await openSession(emulator);
    const usual = soundOf(await ask(client, 'What can you do?'));
    await configure(client, { audio: { output: { speed: 1.5 } } });
    const fast = soundOf(await ask(client, 'What can you do?'));
    expect(fast.length).toBeLessThan(usual.length * 0.85);
    await client.close();
  });

  it('[E53] can say anything: options, phoneme brackets, other scripts, nothing', async () => {
    for (const text of ['-v de', '[[h@l@U]] [', '你好 🎉', '', ' ', '\u0000']) {
      expect((await voice.speak({ text, voice: 'alloy', speed: 1 })).length % 2).toBe(0);
    }
  });

  it('[E54] sentences put together are the text again, and a decimal point ends none', () => {
    expect(toSentences('One. I heard 1.8 seconds! Two?')).toEqual(['One.', ' I heard 1.8 seconds!', ' Two?']);
    fc.assert(
      fc.property(fc.string({ maxLength: 900 }), (text) => {
        const sentences = toSentences(text);
        expect(sentences.join('')).toBe(text);
        expect(sentences.every((sentence) => sentence.length > 0 && sentence.length <= 221)).toBe(true);
      }),
    );
  });

  it('[E14] G.711 levels survive the way out and back', () => {
    for (const law of ['audio/pcmu', 'audio/pcma'] as const) {
      for (let code = 0; code < 256; code += 1) {
        expect(expand(compress(expand(code, law), law), law)).toBe(expand(code, law));
      }
    }
    expect([expand(0xff, 'audio/pcmu'), expand(0x00, 'audio/pcmu')]).toEqual([0, -32_124]);
    expect([expand(0xd5, 'audio/pcma'), expand(0x2a, 'audio/pcma')]).toEqual([8, -32_256]);
  });
});
