import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';

import { IdleWatch } from '../../emulator/realtime/idle-watch.ts';
import type { ServerEvent } from '../../emulator/realtime/server-events.ts';
import { type Emulator, startEmulator } from '../../emulator/server.ts';
import { Timers } from '../../emulator/timers.ts';
import { pick, pickNumber } from '../support/realtime-client.ts';
import { quiet } from '../support/speech.ts';
import { append, ask, configure, openSession, order, soundOf, wordsOf } from './talk.ts';

let emulator: Emulator;
beforeAll(async () => {
  emulator = await startEmulator({ port: 0, pace: 0, rateLimits: 'none' });
});
afterAll(() => emulator.close());

const idle = (ms: number) => ({
  audio: { input: { turn_detection: { type: 'server_vad', idle_timeout_ms: ms } } },
});

describe('a silence after an answer', () => {
  it('[L30] is told, committed as an item of its own, and answered', async () => {
    const client = await openSession(emulator);
    await configure(client, { output_modalities: ['text'], ...idle(40) });
    await ask(client, 'Hello');
    append(client, quiet(200));
    const frames = await client.allUntil('response.done');
    expect(order(frames)).toEqual([
      'input_audio_buffer.timeout_triggered',
      'input_audio_buffer.committed',
      'conversation.item.added',
      'conversation.item.done',
      'response.created',
      'response.output_item.added',
      'conversation.item.added',
      'response.content_part.added',
      'response.output_text.delta',
      'response.output_text.done',
      'response.content_part.done',
      'conversation.item.done',
      'response.output_item.done',
      'response.done',
    ]);
    const [triggered, committed, added] = frames;
    expect(Object.keys(triggered ?? {})).toEqual([
      'type',
      'event_id',
      'audio_start_ms',
      'audio_end_ms',
      'item_id',
    ]);
    expect(pickNumber(triggered, 'audio_end_ms')).toBe(200);
    expect(committed?.['item_id']).toBe(triggered?.['item_id']);
    expect(pick(added, 'item')).toMatchObject({
      role: 'user',
      content: [{ type: 'input_audio', transcript: null }],
    });
    expect(wordsOf(frames)).toBe('Are you still there?');
    await client.close();
  });

  it('[L31] counts from the end of what is played, not from response.done', async () => {
    const client = await openSession(emulator);
    await configure(client, idle(1));
    const frames = await ask(client, 'Say "yes"');
    const start = performance.now();
    await client.until('input_audio_buffer.timeout_triggered');
    const playedMs = soundOf(frames).length / 48;
    expect(performance.now() - start).toBeGreaterThan(playedMs - 20);
    await client.close();
  });
});

/** A watch on a fake clock, and what happened to it. */
function watchFor(settings: { timeoutMs: number | null }): { watch: IdleWatch; idles: number[] } {
  const idles: number[] = [];
  const watch = new IdleWatch({
    timers: new Timers(),
    timeoutMs: () => settings.timeoutMs,
    writtenMs: () => 7,
    onIdle: (sinceMs) => idles.push(sinceMs),
  });
  return { watch, idles };
}

const done = (status: string, conversation: string | null = 'conv_1'): ServerEvent => {
  const audio = { output: { format: { type: 'audio/pcm' } } };
  return {
    type: 'response.done',
    response: { status, conversation_id: conversation, audio },
  } as ServerEvent;
};
const event = (type: string, fields: object = {}): ServerEvent => ({ type, ...fields }) as ServerEvent;
const second = event('response.output_audio.delta', { delta: Buffer.alloc(48_000).toString('base64') });

describe('patience', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('[L31] lasts for the playback and the timeout, and ends once', () => {
    const { watch, idles } = watchFor({ timeoutMs: 500 });
    for (const one of [event('response.created'), second, done('completed')]) watch.watch(one);
    vi.advanceTimersByTime(1_499);
    expect(idles).toEqual([]);
    vi.advanceTimersByTime(5_000);
    expect(idles).toEqual([7]);
  });

  it('[L31] does not wait for the sound of an answer that was cancelled', () => {
    const { watch, idles } = watchFor({ timeoutMs: 500 });
    for (const one of [event('response.created'), second, done('cancelled')]) watch.watch(one);
    vi.advanceTimersByTime(510);
    expect(idles).toEqual([7]);
  });

  it.each(['input_audio_buffer.speech_started', 'input_audio_buffer.committed', 'response.created'])(
    '[L32] is over as soon as there is a %s',
    (type) => {
      const { watch, idles } = watchFor({ timeoutMs: 500 });
      watch.watch(done('completed'));
      vi.advanceTimersByTime(400);
      watch.watch(event(type));
      vi.advanceTimersByTime(5_000);
      expect(idles).toEqual([]);
    },
  );

  it('[L32] is endless when it is not set, switched off meanwhile, someone speaks, or the answer was out of band', () => {
    const settings = { timeoutMs: 500 as number | null };
    const { watch, idles } = watchFor(settings);
    watch.watch(done('completed', null));
    vi.advanceTimersByTime(5_000);
    watch.watch(done('completed'));
    vi.advanceTimersByTime(100);
    settings.timeoutMs = null;
    vi.advanceTimersByTime(5_000);
    watch.watch(done('completed'));
    vi.advanceTimersByTime(5_000);
    settings.timeoutMs = 500;
    watch.watch(event('input_audio_buffer.speech_started'));
    watch.watch(done('cancelled'));
    vi.advanceTimersByTime(5_000);
    expect(idles).toEqual([]);
  });
});
