import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { AUDIO_FRAME_BYTES, CONTROL_FRAME_BYTES } from '../../src/protocol/limits.ts';
import { AZURE_KEY, type Gateway, GATEWAY_SECRET, startGateway } from '../support/gateway.ts';
import { pick, type RealtimeClient, refusal } from '../support/realtime-client.ts';
import { inChunks, loudness, speech, toBase64 } from '../support/speech.ts';

let gateway: Gateway;
beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(() => gateway.close());

/** A call that is ready to be talked on. */
async function opened(user: string, lane?: 'json' | 'binary'): Promise<RealtimeClient> {
  const call = await gateway.call(user, lane);
  await call.until('session.created');
  return call;
}

async function speak(call: RealtimeClient, text: string): Promise<void> {
  for (const chunk of inChunks(await speech(text), 20)) {
    call.send({ type: 'input_audio_buffer.append', audio: toBase64(chunk) });
  }
}

/** The types in their order, each run of interleaved deltas as one. */
function story(frames: readonly { readonly type: string }[]): readonly string[] {
  const types = frames.map(({ type }) =>
    type.replace(/^response\.output_audio(_transcript)?\.delta$/, 'deltas'),
  );
  return types.filter((type, at) => type !== 'deltas' || types[at - 1] !== 'deltas');
}

describe('the door, over real sockets', () => {
  test('[D2] an upgrade without a credential is HTTP 401', async () => {
    const { status, headers } = await refusal(`${gateway.url}/ws/voice`);
    expect(status).toBe(401);
    expect(headers['www-authenticate']).toContain('Bearer');
  });

  test('[D7] a plain GET of the socket is HTTP 426', async () => {
    const response = await fetch(`${gateway.url}/ws/voice`);
    expect(response.status).toBe(426);
    expect(response.headers.get('content-type')).toContain('application/problem+json');
  });
});

describe('a spoken turn', () => {
  test('[R12] over the JSON lane is the exact sequence of Azure', async () => {
    const call = await opened('spoken-json');
    expect(call.socket.protocol).toBe('realtime');
    await speak(call, 'Hello there, how are you?');

    const frames = await call.allUntil('response.done');

    expect(story(frames.filter(({ type }) => !type.includes('input_audio_transcription')))).toEqual([
      'input_audio_buffer.speech_started',
      'input_audio_buffer.speech_stopped',
      'input_audio_buffer.committed',
      'conversation.item.added',
      'conversation.item.done',
      'response.created',
      'response.output_item.added',
      'conversation.item.added',
      'response.content_part.added',
      'deltas',
      'response.output_audio.done',
      'response.output_audio_transcript.done',
      'response.content_part.done',
      'conversation.item.done',
      'response.output_item.done',
      'response.done',
    ]);
    const sound = frames.filter(({ type }) => type === 'response.output_audio.delta');
    expect(Math.max(...sound.map((frame) => loudness(String(frame['delta']))))).toBeGreaterThan(500);
    expect(frames.filter(({ type }) => type === 'binary' || type.startsWith('gateway.'))).toEqual([]);
    expect((await call.close()).code).toBe(1000);
  });

  test('[R11][R21] over the binary lane is the same, with bytes for the sound', async () => {
    const call = await gateway.call('spoken-binary', 'binary');
    expect(call.socket.protocol).toBe('voxgate.v1');
    expect(await call.next()).toMatchObject({ type: 'gateway.session', audio: 'binary' });
    await call.until('session.created');
    for (const chunk of inChunks(await speech('Hello there, how are you?'), 20)) call.sendBinary(chunk);

    const frames = await call.allUntil('response.done');

    expect(frames.map(({ type }) => type)).toContain('response.output_audio_transcript.delta');
    expect(frames.map(({ type }) => type)).not.toContain('response.output_audio.delta');
    const sound = frames.filter(({ type }) => type === 'binary').map((frame) => frame['bytes'] as Uint8Array);
    const all = Buffer.concat(sound);
    expect(all.length).toBeGreaterThan(24_000);
    expect(loudness(all.toString('base64'))).toBeGreaterThan(500);
    expect((await call.close()).code).toBe(1000);
  });
});

describe('frames that may not be', () => {
  test('[R7] a malformed frame is an error event, and the call goes on', async () => {
    const call = await opened('malformed');
    call.sendText('{"type":');
    expect(pick(await call.until('error'), 'error.code')).toBe('invalid_json');
    call.send({ type: 'conversation.item.create', item: { type: 'message', role: 'user', content: [] } });
    call.send({ type: 'response.create' });
    await call.until('response.done');
    await call.close();
  });

  test('[R8] ten malformed frames end the call with 4400, told in words', async () => {
    const call = await opened('keeps-on');
    for (let count = 0; count < 10; count += 1) call.sendText('no JSON');
    expect((await call.closed()).code).toBe(4400);
    expect(call.received.findLast(({ type }) => type === 'error')).toMatchObject({
      error: { code: 'too_many_refused_frames' },
    });
  });

  test.for([
    ['a control frame over 64 KiB', { type: 'response.create', pad: 'x'.repeat(CONTROL_FRAME_BYTES) }],
    ['audio text over 1 MiB', { type: 'input_audio_buffer.append', audio: 'A'.repeat(AUDIO_FRAME_BYTES) }],
  ] as const)('[R9] %s ends the call with an error event and 1009', async ([name, event]) => {
    const call = await opened(`too-big ${name}`);
    call.send(event);
    expect(pick(await call.until('error'), 'error.code')).toBe('frame_too_big');
    expect((await call.closed()).code).toBe(1009);
  });

  test('[R9] a binary frame over 1 MiB ends the call with an error event and 1009', async () => {
    const call = await opened('too-big-binary', 'binary');
    call.sendBinary(new Uint8Array(AUDIO_FRAME_BYTES + 2));
    expect(pick(await call.until('error'), 'error.code')).toBe('frame_too_big');
    expect((await call.closed()).code).toBe(1009);
  });

  test('[R9] a frame over the 32 MiB that the platform takes ends the call with 1009', async () => {
    const call = await opened('beyond-the-platform');
    call.sendText('x'.repeat(33 * 1024 * 1024));
    expect((await call.closed()).code).toBe(1009);
  });
});

describe('too many', () => {
  test('[R22] the fourth call is told so and closed with 4429; a place given up is free', async () => {
    const calls = [];
    for (let count = 0; count < 3; count += 1) calls.push(await opened('everywhere'));
    const fourth = await gateway.call('everywhere');
    expect(pick(await fourth.until('error'), 'error.message')).toContain('Max connections exceeded');
    expect((await fourth.closed()).code).toBe(4429);
    await calls[0]?.close();
    calls.push(await opened('everywhere'));
    await Promise.all(calls.slice(1).map((call) => call.close()));
  });
});

test('[S13] the log of all this holds no key, no token and nothing that was said', () => {
  const log = gateway.log.join('\n');
  expect(log).toContain('call.opened');
  for (const secret of [AZURE_KEY, GATEWAY_SECRET, 'eyJ', 'Hello there', 'spoken-json']) {
    expect(log).not.toContain(secret);
  }
});
