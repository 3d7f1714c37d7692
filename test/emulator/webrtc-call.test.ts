import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';

import { type Emulator, startEmulator } from '../../emulator/server.ts';
import { pick, pickNumber, pickString, type Received } from '../support/realtime-client.ts';
import { loudness, quiet, speech } from '../support/speech.ts';
import type { RtcCaller } from '../support/webrtc-caller.ts';
import { dial, KEY, typeInto } from './rtc-talk.ts';
import { order } from './talk.ts';

let emulator: Emulator;
beforeAll(async () => {
  emulator = await startEmulator({ port: 0, pace: 0, apiKey: KEY });
});
afterAll(() => emulator.close());

async function call(session: object = {}, query = ''): Promise<RtcCaller> {
  const { caller } = await dial(emulator, { session, query });
  onTestFinished(() => caller.close());
  return caller;
}

/** What came, without the moments of playing, which depend on the clock. */
function withoutPlaying(events: readonly Received[]): Received[] {
  return events.filter(({ type }) => !type.startsWith('output_audio_buffer.'));
}

describe('a call over WebRTC', () => {
  it('[W5] a typed question is answered aloud, and no sound travels as text', async () => {
    const caller = await call({ instructions: 'Be kind.' });
    const created = await caller.until('session.created');
    expect(pick(created, 'session.instructions')).toBe('Be kind.');
    const listening = caller.hearsVoice(200);
    typeInto(caller, 'repeat after me: hi');
    const events = await caller.allUntil('output_audio_buffer.stopped');
    await listening;
    expect(order(withoutPlaying(events))).toEqual([
      'conversation.item.added',
      'conversation.item.done',
      'response.created',
      'response.output_item.added',
      'conversation.item.added',
      'response.content_part.added',
      'response.output_audio_transcript.delta',
      'response.output_audio.done',
      'response.output_audio_transcript.done',
      'response.content_part.done',
      'conversation.item.done',
      'response.output_item.done',
      'response.done',
      'rate_limits.updated',
    ]);
  });

  it('[W6] speech on the track is found, answered and kept as it was said', async () => {
    const caller = await call();
    await caller.until('session.created');
    const { audio_ms_in: before } = emulator.stats();
    const said = await speech('Good morning.');
    const listening = caller.hearsVoice(100);
    await caller.says(said);
    const events = await caller.allUntil('response.created');
    expect(order(events)).toEqual([
      'input_audio_buffer.speech_started',
      'input_audio_buffer.speech_stopped',
      'input_audio_buffer.committed',
      'conversation.item.added',
      'conversation.item.done',
      'response.created',
    ]);
    await listening;
    caller.send({
      type: 'conversation.item.retrieve',
      item_id: pickString(events[2], 'item_id'),
    });
    const kept = pickString(await caller.until('conversation.item.retrieved'), 'item.content.0.audio');
    expect(loudness(kept)).toBeGreaterThan(500);
    const startMs = pickNumber(events[0], 'audio_start_ms');
    const endMs = pickNumber(events[1], 'audio_end_ms');
    expect(Buffer.from(kept, 'base64').length).toBeCloseTo((endMs - startMs) * 48, -3);
    expect(emulator.stats().audio_ms_in - before).toBeGreaterThan(said.length / 24 - 40);
  });

  it('[W7] an answer that is made at once is played at the pace of life, between started and stopped', async () => {
    const caller = await call();
    await caller.until('session.created');
    typeInto(caller, 'repeat after me: hello');
    const started = await caller.until('output_audio_buffer.started');
    const from = caller.heard.length;
    const since = performance.now();
    const stopped = await caller.until('output_audio_buffer.stopped');
    const playedMs = performance.now() - since;
    const done = caller.received.find(({ type }) => type === 'response.done');
    const soundMs = pickNumber(done, 'response.usage.output_token_details.audio_tokens') * 50;
    // Never faster than life; how much slower depends on the machine.
    expect(playedMs - soundMs).toBeGreaterThan(-100);
    expect(playedMs - soundMs).toBeLessThan(1_000);
    expect(Math.abs((caller.heard.length - from) * 20 - soundMs)).toBeLessThan(200);
    for (const event of [started, stopped]) {
      expect(pickString(event, 'event_id')).toMatch(/^event_[0-9a-f]{16}$/);
      expect(event['response_id']).toBe(pick(done, 'response.id'));
    }
  });

  it('[W7] a session that writes G.711 sounds the same on the track', async () => {
    const caller = await call({ audio: { output: { format: { type: 'audio/pcmu' } } } });
    await caller.until('session.created');
    const listening = caller.hearsVoice(100);
    typeInto(caller, 'repeat after me: hi');
    await expect(listening).resolves.toBeUndefined();
  });

  it('[W8] whoever speaks over an answer silences it, and the server cuts it to what was really sent', async () => {
    const caller = await call();
    await caller.until('session.created');
    typeInto(caller, 'count to twenty');
    await caller.saw('output_audio_buffer.started');
    const from = caller.heard.length;
    await caller.saw('response.done');
    await caller.hearsVoice(200);
    await caller.says(await speech('Stop.'));
    const cleared = await caller.allUntil('output_audio_buffer.cleared');
    const heardMs = (caller.heard.length - from) * 20;
    expect(order(cleared).slice(-2)).toEqual([
      'input_audio_buffer.speech_started',
      'output_audio_buffer.cleared',
    ]);
    expect(pickString(cleared.at(-1), 'event_id')).toMatch(/^event_[0-9a-f]{16}$/);
    const truncated = await caller.until('conversation.item.truncated');
    expect(Math.abs(pickNumber(truncated, 'audio_end_ms') - heardMs)).toBeLessThan(200);
    caller.send({ type: 'conversation.item.retrieve', item_id: truncated['item_id'] });
    const kept = pickString(await caller.until('conversation.item.retrieved'), 'item.content.0.audio');
    expect(Buffer.from(kept, 'base64').length).toBe(pickNumber(truncated, 'audio_end_ms') * 48);
  });

  it('[W8] an answer that is still being made is cancelled first, and cut after its closing events', async () => {
    const slow = await startEmulator({ port: 0, pace: 1, thinkMs: 0, apiKey: KEY });
    onTestFinished(() => slow.close());
    const { caller } = await dial(slow);
    onTestFinished(() => caller.close());
    await caller.until('session.created');
    typeInto(caller, 'count to fifty');
    await caller.until('output_audio_buffer.started');
    await caller.says(await speech('Stop.', { silenceAfterMs: 0 }));
    await caller.until('input_audio_buffer.speech_started');
    const events = await caller.allUntil('conversation.item.truncated');
    expect(order(events)).toEqual([
      'output_audio_buffer.cleared',
      'response.output_audio.done',
      'response.output_audio_transcript.done',
      'response.content_part.done',
      'conversation.item.done',
      'response.output_item.done',
      'response.done',
      'conversation.item.truncated',
    ]);
    expect(pick(events.at(-2), 'response.status_details.reason')).toBe('turn_detected');
  });

  it('[W8] nobody who may not interrupt does, and speech while nothing plays clears nothing', async () => {
    const turn_detection = { type: 'server_vad', interrupt_response: false, create_response: false };
    const caller = await call({ audio: { input: { turn_detection } } });
    await caller.until('session.created');
    typeInto(caller, 'repeat after me: hi');
    await caller.until('output_audio_buffer.started');
    await caller.says(await speech('Stop.'));
    await caller.saw('output_audio_buffer.stopped');
    const events = caller.received;
    const types = events.map(({ type }) => type);
    expect(types).toContain('input_audio_buffer.speech_started');
    expect(types).not.toContain('output_audio_buffer.cleared');
    expect(types).not.toContain('conversation.item.truncated');
    await caller.says(quiet(500));
    await caller.says(await speech('Hello.'));
    await caller.until('input_audio_buffer.speech_started');
    const after = await caller.allUntil('input_audio_buffer.committed');
    expect(order(after)).not.toContain('output_audio_buffer.cleared');
  });

  it('[W9] output_audio_buffer.clear silences what plays, is strict, and does nothing while nothing plays', async () => {
    const caller = await call();
    await caller.until('session.created');
    typeInto(caller, 'count to twenty');
    await caller.saw('output_audio_buffer.started');
    await caller.saw('response.done');
    caller.send({ type: 'output_audio_buffer.clear' });
    await caller.until('output_audio_buffer.cleared');
    await caller.until('conversation.item.truncated');
    caller.send({ type: 'output_audio_buffer.clear', event_id: 'mine' });
    caller.send({ type: 'output_audio_buffer.clear', event_id: 'bad', now: true });
    const events = await caller.allUntil('error');
    expect(order(events)).not.toContain('output_audio_buffer.cleared');
    expect(events.at(-1)).toMatchObject({
      error: { type: 'invalid_request_error', code: 'unknown_parameter', param: 'now', event_id: 'bad' },
    });
    caller.channel.send(Buffer.from([1, 2, 3]));
    expect(pick(await caller.until('error'), 'error.code')).toBe('invalid_event');
  });

  it('[W6] a call that only transcribes hears, transcribes and stays silent', async () => {
    const { caller } = await dial(emulator, {
      session: { type: 'transcription', audio: { input: { transcription: { model: 'whisper-1' } } } },
    });
    onTestFinished(() => caller.close());
    expect(pick(await caller.until('session.created'), 'session.type')).toBe('transcription');
    await caller.says(await speech('Good evening.'));
    const events = await caller.allUntil('conversation.item.input_audio_transcription.completed');
    expect(order(events)).not.toContain('response.created');
    const session = { type: 'transcription', audio: { input: { transcription: null } } };
    caller.send({ type: 'session.update', session });
    expect(pick(await caller.until('session.updated'), 'session.audio.input.transcription')).toBeNull();
  });

  it('[W19] what the key was minted for is in force from the greeting: tools answer, MCP servers are listed', async () => {
    const mcp = { type: 'mcp', server_label: 'nobody', server_url: 'http://127.0.0.1:9/' };
    const tool = { type: 'function', name: 'get_weather', parameters: { type: 'object', properties: {} } };
    const caller = await call({ output_modalities: ['text'], tools: [mcp, tool], tool_choice: 'required' });
    expect(pick(await caller.until('session.created'), 'session.tools.1.name')).toBe('get_weather');
    await caller.saw('mcp_list_tools.failed');
    typeInto(caller, 'What is the weather?');
    const called = await caller.until('response.function_call_arguments.done');
    expect(called['name']).toBe('get_weather');
  });

  it('[W10] with webrtcfilter=on the browser sees what it needs for its page, and nothing of prompt and tools', async () => {
    const caller = await call({ instructions: 'A secret.' }, '?webrtcfilter=on');
    const listening = caller.hearsVoice(100);
    typeInto(caller, 'repeat after me: hi');
    const events = await caller.allUntil('output_audio_buffer.stopped');
    await listening;
    expect(order(events).toSorted()).toEqual([
      'conversation.item.added',
      'conversation.item.added',
      'output_audio_buffer.started',
      'output_audio_buffer.stopped',
      'response.output_audio_transcript.delta',
      'response.output_audio_transcript.done',
    ]);
    expect(JSON.stringify(caller.received)).not.toContain('secret');
  });
});
