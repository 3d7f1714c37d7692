/** Short words for tests of the wire before GA. */
import type { Emulator } from '../../emulator/server.ts';
import { connect, type Received, type RealtimeClient } from '../support/realtime-client.ts';

/** A version of the preview that was documented last. */
const API_VERSION = '2025-04-01-preview';

/** The address of a deployment on the preview wire. */
export function previewUrl(emulator: Emulator, query = 'deployment=gpt-4o-realtime-preview'): string {
  return `${emulator.url}/openai/realtime?api-version=${API_VERSION}&${query}`;
}

/** Opens a preview socket and reads nothing. */
export function knockPreview(emulator: Emulator, query?: string): Promise<RealtimeClient> {
  return connect(previewUrl(emulator, query), { headers: { 'api-key': 'any' } });
}

/** Opens a preview session and reads its greeting. */
export async function openPreview(emulator: Emulator, query?: string): Promise<RealtimeClient> {
  const client = await knockPreview(emulator, query);
  await client.until('conversation.created');
  return client;
}

/** Changes the session and waits until it is. */
export async function configurePreview(client: RealtimeClient, session: object): Promise<Received> {
  client.send({ type: 'session.update', session });
  return client.until('session.updated');
}

/** Types something and asks for an answer; returns every event from the item's to `response.done`. */
export async function askPreview(
  client: RealtimeClient,
  text: string,
  response: object = {},
): Promise<Received[]> {
  const content = [{ type: 'input_text', text }];
  client.send({ type: 'conversation.item.create', item: { type: 'message', role: 'user', content } });
  client.send({ type: 'response.create', response });
  return client.allUntil('response.done');
}
