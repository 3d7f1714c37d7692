import { describe, expect, test } from 'vitest';
import { decodePcm16 } from '../../src/audio/pcm16.ts';
import type { MicrophoneReport, SpeakerReport } from '../../src/client/worklets/messages.ts';
import { MicrophoneCore } from '../../src/client/worklets/microphone-core.ts';
import { SpeakerCore } from '../../src/client/worklets/speaker-core.ts';
import { amplitudeAt, cut, tone } from '../audio/signals.ts';

const QUANTUM = 128;

/** A microphone at `deviceHz` and everything it has reported; buffers are given back, as the page does. */
function openMicrophone(deviceHz: number) {
  const frames: Float32Array[] = [];
  const others: string[] = [];
  const buffers = new Set<ArrayBuffer>();
  const core = new MicrophoneCore(deviceHz, (report: MicrophoneReport) => {
    if (report.type !== 'frame') {
      others.push(report.type);
      return;
    }
    frames.push(decodePcm16(report.pcm));
    buffers.add(report.pcm);
    core.command({ type: 'recycle', buffer: report.pcm });
  });
  const hear = (samples: Float32Array): void => {
    for (const block of cut(samples, [QUANTUM])) core.hear(block);
  };
  return { core, frames, others, buffers, hear };
}

describe.each([48_000, 44_100, 16_000, 24_000])('a microphone at %i Hz', (deviceHz) => {
  test('[C22] gives 20 ms frames of 24 kHz that hold the tone it heard', () => {
    const microphone = openMicrophone(deviceHz);
    microphone.hear(tone(1000, deviceHz, deviceHz).map((sample) => sample / 2));
    expect(microphone.frames).toHaveLength(50);
    expect(microphone.frames.every((frame) => frame.length === 480)).toBe(true);
    const joined = Float32Array.from(microphone.frames.flatMap((frame) => [...frame]));
    expect(amplitudeAt(joined.subarray(4800, 19_200), 1000, 24_000)).toBeCloseTo(0.5, 2);
    expect(microphone.buffers.size).toBe(1);
  });
});

test('[C16] a muted microphone sends two seconds of silence and then nothing', () => {
  const microphone = openMicrophone(48_000);
  microphone.hear(tone(500, 48_000, 4800));
  microphone.core.command({ type: 'mute', isMuted: true });
  const before = microphone.frames.length;
  microphone.hear(tone(500, 48_000, 5 * 48_000));
  const muted = microphone.frames.slice(before);
  expect(muted).toHaveLength(100);
  expect(muted.every((frame) => frame.every((sample) => sample === 0))).toBe(true);
  microphone.core.command({ type: 'mute', isMuted: false });
  microphone.hear(tone(500, 48_000, 4800));
  expect(microphone.frames.length).toBeGreaterThan(before + 102);
  expect(microphone.others).toEqual([]);
});

test('[C21] three seconds of zeros are told about once, and so is the sound after them', () => {
  const microphone = openMicrophone(48_000);
  microphone.hear(new Float32Array(2.9 * 48_000));
  expect(microphone.others).toEqual([]);
  microphone.hear(new Float32Array(5 * 48_000));
  expect(microphone.others).toEqual(['silent']);
  microphone.hear(tone(500, 48_000, 48_000));
  expect(microphone.others).toEqual(['silent', 'sound']);
});

/** A speaker at `deviceHz`: what it reported, and `play` for what it gives out in a time. */
function openSpeaker(deviceHz: number) {
  const reports: SpeakerReport[] = [];
  const core = new SpeakerCore(deviceHz, (report) => reports.push(report));
  const listen = (ms: number): Float32Array => {
    const heard = new Float32Array(Math.ceil((ms * deviceHz) / 1000 / QUANTUM) * QUANTUM);
    for (const block of cut(heard, [QUANTUM])) core.fill(block);
    return heard;
  };
  const play = (part: number, ms: number): void => {
    const samples = tone(1000, 24_000, ms * 24) as Float32Array<ArrayBuffer>;
    core.command({ type: 'play', part, samples });
  };
  return { core, reports, listen, play };
}

describe.each([48_000, 44_100, 24_000])('a speaker at %i Hz', (deviceHz) => {
  test('[C23] plays the tone it was given and tells its end', () => {
    const speaker = openSpeaker(deviceHz);
    speaker.play(1, 500);
    speaker.core.command({ type: 'finish', part: 1 });
    const heard = speaker.listen(400);
    const middle = heard.subarray(Math.ceil(deviceHz * 0.1), Math.ceil(deviceHz * 0.3));
    expect(amplitudeAt(middle, 1000, deviceHz)).toBeCloseTo(1, 2);
    expect(speaker.reports.some((report) => report.type === 'ended')).toBe(false);
    speaker.listen(300);
    expect(speaker.reports.filter((report) => report.type === 'ended')).toEqual([{ type: 'ended', part: 1 }]);
  });

  test('[C23][C29] after a flush it is silent within 15 ms and has counted what it gave', () => {
    const speaker = openSpeaker(deviceHz);
    speaker.play(1, 2000);
    const before = speaker.listen(500).length / deviceHz;
    speaker.core.command({ type: 'flush' });
    const [flushed] = speaker.reports.filter((report) => report.type === 'flushed');
    const playedSeconds = (flushed?.parts[0]?.played ?? 0) / 24_000;
    expect(playedSeconds - before).toBeGreaterThan(0);
    expect(playedSeconds - before).toBeLessThan(0.012);
    const after = speaker.listen(200);
    expect(Math.max(...after.subarray(Math.ceil(deviceHz * 0.015)).map(Math.abs))).toBeLessThan(1e-4);
  });
});

test('[C9][C11] a held speaker is silent and goes on where it was', () => {
  const speaker = openSpeaker(48_000);
  speaker.play(1, 1000);
  speaker.core.command({ type: 'finish', part: 1 });
  speaker.listen(200);
  speaker.core.command({ type: 'hold' });
  speaker.listen(20);
  expect(Math.max(...speaker.listen(2000))).toBeLessThan(1e-4);
  expect(speaker.reports.some((report) => report.type === 'ended')).toBe(false);
  speaker.core.command({ type: 'resume' });
  expect(Math.max(...speaker.listen(100))).toBeGreaterThan(0.9);
  speaker.listen(800);
  expect(speaker.reports.filter((report) => report.type === 'ended')).toHaveLength(1);
});

test('[C35] what does not fit into the speaker is told', () => {
  const speaker = openSpeaker(48_000);
  for (let second = 0; second < 300; second += 1) speaker.play(1, 1000);
  expect(speaker.reports).toEqual([]);
  speaker.play(1, 1000);
  expect(speaker.reports).toEqual([{ type: 'dropped', samples: 24_000 }]);
});

test('[C31] the level is told while it sounds, and once when it stops', () => {
  const speaker = openSpeaker(48_000);
  speaker.play(1, 400);
  speaker.core.command({ type: 'finish', part: 1 });
  speaker.core.command({ type: 'duck', volume: 0.5 });
  speaker.listen(2000);
  const levels = speaker.reports.flatMap((report) => (report.type === 'level' ? [report.level] : []));
  expect(levels.length).toBeLessThan(14);
  expect(levels.at(-1)).toBe(0);
  expect(Math.max(...levels)).toBeCloseTo(Math.SQRT1_2 / 2, 1);
});
