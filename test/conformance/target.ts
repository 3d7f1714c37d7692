/** What the conformance suite is run against: the emulator always, a real Azure when `npm run test:live` says so. */
import { startEmulator } from '../../emulator/server.ts';
import { connect, type RealtimeClient, type Refused, refusal } from '../support/realtime-client.ts';

/** How long a real Azure may take for anything. */
const LIVE_WAIT_MS = 30_000;

/** One upstream, emulated or real. */
export interface Target {
  readonly deployment: string;
  /** Opens a session and reads its greeting away, unless told to leave it. */
  open(greeting?: 'read' | 'leave'): Promise<RealtimeClient>;
  /** Dials with something wrong, and returns the HTTP refusal. */
  refused(wrong: { readonly key?: string; readonly deployment?: string }): Promise<Refused>;
  close(): Promise<void>;
}

interface Destination {
  readonly endpoint: string;
  readonly apiKey: string;
  readonly deployment: string;
  readonly waitMs: number;
}

/** Opens the target the environment asks for: CONFORMANCE=live with AZURE_*, anything else is the emulator. */
export async function openTarget(): Promise<Target> {
  if (process.env['CONFORMANCE'] === 'live') return toTarget(readLive(), async () => undefined);
  const emulator = await startEmulator({ port: 0, pace: 0.3, thinkMs: 0, apiKey: 'the-key' });
  const destination = {
    endpoint: emulator.url,
    apiKey: 'the-key',
    deployment: 'gpt-realtime',
    waitMs: 4_000,
  };
  return toTarget(destination, () => emulator.close());
}

function readLive(): Destination {
  const { AZURE_ENDPOINT, AZURE_API_KEY, AZURE_REALTIME_DEPLOYMENT } = process.env;
  if (!AZURE_ENDPOINT || !AZURE_API_KEY || !AZURE_REALTIME_DEPLOYMENT) {
    throw new Error('AZURE_ENDPOINT, AZURE_API_KEY and AZURE_REALTIME_DEPLOYMENT are needed');
  }
  const endpoint = AZURE_ENDPOINT.replace(/\/+$/, '');
  return { endpoint, apiKey: AZURE_API_KEY, deployment: AZURE_REALTIME_DEPLOYMENT, waitMs: LIVE_WAIT_MS };
}

function toTarget(to: Destination, close: () => Promise<void>): Target {
  const urlOf = (deployment: string): string =>
    `${to.endpoint}/openai/v1/realtime?model=${encodeURIComponent(deployment)}`;
  return {
    deployment: to.deployment,
    open: async (greeting = 'read') => {
      const headers = { 'api-key': to.apiKey };
      const client = await connect(urlOf(to.deployment), { headers, waitMs: to.waitMs });
      if (greeting === 'read') await client.until('session.created');
      return client;
    },
    refused: ({ key = to.apiKey, deployment = to.deployment }) =>
      refusal(urlOf(deployment), { headers: { 'api-key': key } }),
    close,
  };
}
