/** Somebody at a gateway's door: their token, their calls, and what they ask of the API. */
import {
  REALTIME_SUBPROTOCOL,
  RESUME_SUBPROTOCOL,
  VOICE_SUBPROTOCOL,
} from '../../src/protocol/subprotocols.ts';
import { type Gateway, GATEWAY_SECRET } from './gateway.ts';
import { connect, pick, type RealtimeClient } from './realtime-client.ts';
import { tokenFor } from './tokens.ts';

const PATIENCE_MS = 20_000;

/** One user, with one token. */
export interface Person {
  readonly name: string;
  readonly token: string;
  /** Opens a socket (`json` unless told) and waits for nothing. */
  readonly calls: (lane?: 'json' | 'binary') => Promise<RealtimeClient>;
  /** Opens a call and waits until it can be talked on. */
  readonly talks: (lane?: 'json' | 'binary') => Promise<RealtimeClient>;
  /** Opens a socket beside the sound of a WebRTC call, and one that comes back to a call, of which so many frames arrived. */
  readonly looksBeside: (sessionId: string) => Promise<RealtimeClient>;
  readonly comesBack: (token: string, received: number) => Promise<RealtimeClient>;
  /** Asks for a path with the token in its header. */
  readonly asks: (path: string, method?: string) => Promise<Response>;
}

/** Somebody with a name that nobody had before; `claims` beside the usual ones, or `token` in place of ours. */
export async function person(
  gateway: Pick<Gateway, 'url'>,
  { claims = {}, token }: { readonly claims?: Record<string, unknown>; readonly token?: string } = {},
): Promise<Person> {
  const name = `person-${crypto.randomUUID()}`;
  const shown = token ?? (await tokenFor(name, { secret: GATEWAY_SECRET, claims }));
  const headers = { Authorization: `Bearer ${shown}` };
  const open = (path: string, ...subprotocols: string[]): Promise<RealtimeClient> =>
    connect(`${gateway.url}${path}`, { headers, subprotocols, waitMs: PATIENCE_MS });
  const calls: Person['calls'] = (lane = 'json') =>
    open('/ws/voice', lane === 'binary' ? VOICE_SUBPROTOCOL : REALTIME_SUBPROTOCOL);
  return {
    name,
    token: shown,
    calls,
    talks: async (lane) => {
      const call = await calls(lane);
      await call.until('session.created');
      return call;
    },
    looksBeside: (sessionId) => open(`/ws/calls/${sessionId}`, VOICE_SUBPROTOCOL),
    comesBack: (resumeToken, received) =>
      open(`/ws/voice?received=${received}`, VOICE_SUBPROTOCOL, `${RESUME_SUBPROTOCOL}${resumeToken}`),
    asks: (path, method = 'GET') => fetch(`${gateway.url}${path}`, { method, headers }),
  };
}

/** Reads on until an `error` event, and returns its code. */
export async function complaintOn(call: RealtimeClient): Promise<unknown> {
  return pick(await call.until('error'), 'error.code');
}

/** A message of a person's, in writing. */
export function written(text: string): object {
  return {
    type: 'conversation.item.create',
    item: { type: 'message', role: 'user', content: [{ type: 'input_text', text }] },
  };
}
