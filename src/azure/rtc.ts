/** What Azure does for WebRTC calls: gives keys away for them, answers offers, hangs up. */
import { ask, type Asked } from './ask.ts';
import { isRecord } from './wire.ts';

/** A resource, and the headers that say who we are. */
export interface Desk {
  readonly endpoint: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** A key that opens calls and nothing else, with the session that they begin with. */
export interface EphemeralKey {
  readonly value: string;
  /** Unix seconds. */
  readonly expiresAt: number;
  /** As Azure calls it; empty when it does not say. */
  readonly sessionId: string;
}

/** A call that Azure has answered. */
export interface Answer {
  readonly callId: string;
  readonly sdp: string;
}

/** How long a key opens calls: as long as the preview's did. Azure takes 10 s to 2 h, and a key opens as many as it is asked. */
export const KEY_SECONDS = 60;

const CALLS = '/openai/v1/realtime/calls';

/** Has Azure make a key for a session with these settings. Never throws. */
export async function mintKey(
  { endpoint, headers }: Desk,
  session: Readonly<Record<string, unknown>>,
  signal: AbortSignal,
): Promise<Asked<EphemeralKey>> {
  const body = { expires_after: { anchor: 'created_at', seconds: KEY_SECONDS }, session };
  return ask(
    {
      url: new URL('/openai/v1/realtime/client_secrets', endpoint),
      init: {
        method: 'POST',
        headers: { ...headers, 'Content-Type': 'application/json' },
        body: JSON.stringify(body),
      },
      read: async (response) => (response.ok ? keyOf(await response.json()) : null),
    },
    signal,
  );
}

/**
 * Posts a browser's offer for it. With the filter, the browser's data channel tells it what is said and nothing of
 * instructions and tools. Never throws.
 */
export async function postOffer(
  { endpoint, key, sdp }: { readonly endpoint: string; readonly key: string; readonly sdp: string },
  signal: AbortSignal,
): Promise<Asked<Answer>> {
  return ask(
    {
      url: new URL(`${CALLS}?webrtcfilter=on`, endpoint),
      init: {
        method: 'POST',
        headers: { Authorization: `Bearer ${key}`, 'Content-Type': 'application/sdp' },
        body: sdp,
      },
      read: async (response) => {
        const callId = CALL_ID.exec(response.headers.get('Location') ?? '')?.groups?.['id'];
        return response.status === 201 && callId ? { callId, sdp: await textOf(response) } : null;
      },
    },
    signal,
  );
}

/** Ends a call for everybody on it. 404: it has ended already. Never throws. */
export async function hangUp(
  { endpoint, headers }: Desk,
  callId: string,
  signal: AbortSignal,
): Promise<Asked<true>> {
  return ask(
    {
      url: new URL(`${CALLS}/${callId}/hangup`, endpoint),
      init: { method: 'POST', headers },
      read: ({ ok, status }) => (ok || status === 404 ? true : null),
    },
    signal,
  );
}

/** Where a browser posts its offer with a key of its own. */
export function callsAddress(endpoint: string): string {
  return new URL(`${CALLS}?webrtcfilter=on`, endpoint).href;
}

const CALL_ID = /\/realtime\/calls\/(?<id>[\w-]{1,128})$/;

/** By `text()` the runtime warns of a type that it does not know. */
async function textOf(response: Response): Promise<string> {
  return new TextDecoder().decode(await response.arrayBuffer());
}

/** Null when it is not what Azure answers. */
function keyOf(answer: unknown): EphemeralKey | null {
  if (!isRecord(answer)) return null;
  const { value, expires_at: expiresAt, session } = answer;
  if (typeof value !== 'string' || typeof expiresAt !== 'number') return null;
  const id = isRecord(session) ? session['id'] : '';
  return { value, expiresAt, sessionId: typeof id === 'string' ? id : '' };
}
