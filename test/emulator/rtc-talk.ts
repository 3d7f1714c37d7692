/** Short words for what the tests of WebRTC calls do all the time. */
import type { Emulator } from '../../emulator/server.ts';
import { connect, pickString, type RealtimeClient } from '../support/realtime-client.ts';
import { makeOffer, type RtcCaller } from '../support/webrtc-caller.ts';

/** The resource key of these tests. */
export const KEY = 'resource-key';

/** A call under way. */
export interface Dialled {
  readonly caller: RtcCaller;
  readonly callId: string;
  readonly location: string;
}

/** Asks for an ephemeral key. */
export function mint(emulator: Emulator, body: unknown, headers = { 'api-key': KEY }): Promise<Response> {
  return fetch(`${emulator.url}/openai/v1/realtime/client_secrets`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
}

/** An ephemeral key for a session with these settings. */
export async function mintKey(emulator: Emulator, session: object = {}): Promise<string> {
  const isRealtime = !('type' in session);
  const own = isRealtime ? { type: 'realtime', model: 'gpt-realtime', ...session } : session;
  const answer = await mint(emulator, { session: own });
  return pickString(await answer.json(), 'value');
}

/** Posts an offer with a key. */
export function postOffer(
  emulator: Emulator,
  sdp: string,
  { key, query = '' }: { readonly key: string; readonly query?: string },
): Promise<Response> {
  return fetch(`${emulator.url}/openai/v1/realtime/calls${query}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/sdp' },
    body: sdp,
  });
}

/** Mints, offers, and is connected. Nothing of the data channel is read. */
export async function dial(
  emulator: Emulator,
  options: { readonly session?: object; readonly query?: string } = {},
): Promise<Dialled> {
  const [key, offer] = await Promise.all([mintKey(emulator, options.session), makeOffer()]);
  const answer = await postOffer(emulator, offer.sdp, { key, query: options.query ?? '' });
  if (answer.status !== 201)
    throw new Error(`201 was expected, not ${answer.status}: ${await answer.text()}`);
  const location = answer.headers.get('location') ?? '';
  const caller = await offer.accept(await answer.text());
  return { caller, location, callId: location.split('/').at(-1) ?? '' };
}

/** Looks on at a call. */
export function watch(emulator: Emulator, callId: string): Promise<RealtimeClient> {
  return connect(`${emulator.url}/openai/v1/realtime?call_id=${callId}`, { headers: { 'api-key': KEY } });
}

/** Does something to a call by its id. */
export function command(emulator: Emulator, callId: string, verb: string, key = KEY): Promise<Response> {
  return fetch(`${emulator.url}/openai/v1/realtime/calls/${callId}/${verb}`, {
    method: 'POST',
    headers: { 'api-key': key },
  });
}

/** Types something into a call and asks for an answer. */
export function typeInto(caller: { send(event: object): void }, text: string): void {
  const content = [{ type: 'input_text', text }];
  caller.send({ type: 'conversation.item.create', item: { type: 'message', role: 'user', content } });
  caller.send({ type: 'response.create' });
}
