/** Short words for what the emulator's tests do all the time. */
import type { Emulator } from '../../emulator/server.ts';
import { connect, pickString, type Received, type RealtimeClient } from '../support/realtime-client.ts';
import { inChunks, toBase64 } from '../support/speech.ts';

/** Opens a session and reads its greeting. */
export async function openSession(emulator: Emulator, model = 'gpt-realtime'): Promise<RealtimeClient> {
  const client = await knock(emulator, model);
  await client.until('session.created');
  return client;
}

/** Opens a socket and reads nothing. */
export function knock(emulator: Emulator, model = 'gpt-realtime'): Promise<RealtimeClient> {
  const url = `${emulator.url}/openai/v1/realtime?model=${model}`;
  return connect(url, { headers: { 'api-key': 'any' }, subprotocols: ['realtime'] });
}

/** Changes the session and waits until it is. */
export async function configure(client: RealtimeClient, session: object): Promise<Received> {
  client.send({ type: 'session.update', session: { type: 'realtime', ...session } });
  return client.until('session.updated');
}

/** Types something, and reads the acknowledgement. */
export async function typeText(client: RealtimeClient, text: string): Promise<Received> {
  const content = [{ type: 'input_text', text }];
  client.send({ type: 'conversation.item.create', item: { type: 'message', role: 'user', content } });
  return client.until('conversation.item.done');
}

/** Types something and asks for an answer; returns every event of it up to `response.done`. */
export async function ask(client: RealtimeClient, text: string, response: object = {}): Promise<Received[]> {
  await typeText(client, text);
  client.send({ type: 'response.create', response });
  return client.allUntil('response.done');
}

/** Sends sound in pieces of `chunkMs`, as fast as it goes. */
export function append(client: RealtimeClient, samples: Int16Array, chunkMs = 100): void {
  for (const chunk of inChunks(samples, chunkMs)) {
    client.send({ type: 'input_audio_buffer.append', audio: toBase64(chunk) });
  }
}

/** The types of frames, in order, runs of deltas folded into one line each. */
export function order(frames: readonly Received[]): string[] {
  const types: string[] = [];
  for (const { type } of frames) {
    if (!type.endsWith('.delta') || !types.includes(type)) types.push(type);
  }
  return types;
}

/** All sound of an answer. */
export function soundOf(frames: readonly Received[]): Buffer {
  const deltas = frames.filter((frame) => frame.type === 'response.output_audio.delta');
  return Buffer.concat(deltas.map((frame) => Buffer.from(pickString(frame, 'delta'), 'base64')));
}

/** The words of an answer, spoken or written. */
export function wordsOf(frames: readonly Received[]): string {
  const done = frames.find((frame) => /output_(audio_transcript|text)\.done$/.test(frame.type));
  return done ? pickString(done, 'transcript' in done ? 'transcript' : 'text') : '';
}
