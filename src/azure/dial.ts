import { ask, type Asked } from './ask.ts';

/** Whom to dial, and the headers that say who we are. */
export interface Dial {
  readonly endpoint: string;
  readonly about: Topic;
  readonly headers: Readonly<Record<string, string>>;
}

/** A session of its own with a deployment, or a look at a WebRTC call that is under way. Azure takes one of both, never two. */
export type Topic = { readonly model: string } | { readonly call_id: string };

/**
 * Opens a realtime socket to Azure's GA wire.
 *
 * By `fetch` with an Upgrade header, not by `new WebSocket`: only so can the key travel in a header, the HTTP status of
 * a refusal be read, and the socket be accepted half-open. The socket comes back unaccepted, so that its owner attaches
 * its handlers before the first event can arrive: Azure sends `session.created` within milliseconds of the 101.
 * Never throws.
 */
export async function dialRealtime(
  { endpoint, about, headers }: Dial,
  signal: AbortSignal,
): Promise<Asked<WebSocket>> {
  const url = new URL('/openai/v1/realtime', endpoint);
  for (const [name, value] of Object.entries(about)) url.searchParams.set(name, value);
  const init = { headers: { ...headers, Upgrade: 'websocket' } };
  return ask({ url, init, read: ({ webSocket }) => webSocket }, signal);
}
