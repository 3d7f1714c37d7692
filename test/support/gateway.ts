/** The whole product on real ports: the emulator, a network in front of it, and Voxgate as `npm start` runs it. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EmulatorOptions } from '../../emulator/options.ts';
import { type Emulator, startEmulator } from '../../emulator/server.ts';
import { startVoxgate, type Voxgate } from '../../scripts/voxgate.ts';
import { REALTIME_SUBPROTOCOL, VOICE_SUBPROTOCOL } from '../../src/protocol/subprotocols.ts';
import { connect, type RealtimeClient } from './realtime-client.ts';
import { startTcpProxy, type TcpProxy } from './tcp-proxy.ts';
import { tokenFor } from './tokens.ts';

/** The key the gateway shows to Azure. Wherever else it turns up, it has leaked. */
export const AZURE_KEY = 'canary-0d5a1c7e9b3f4826-azure-key';

/** The secret the gateway signs with. */
export const GATEWAY_SECRET = 'canary-5b8e2f60c1d94a73-secret-that-signs';

/** How a gateway under test differs from the usual one. */
export interface GatewayOptions {
  /** The Worker's variables, beside or in place of those that reach the emulator. */
  readonly vars?: Readonly<Record<string, string>>;
  readonly emulator?: EmulatorOptions;
}

/** The product under test. */
export interface Gateway {
  /** Origin of Voxgate. */
  readonly url: string;
  readonly emulator: Emulator;
  /** What lies between Voxgate and the emulator. */
  readonly network: TcpProxy;
  /** Everything Voxgate printed so far, a line each. */
  readonly log: readonly string[];
  /** Opens a call of this user's, on the lane that is named (`json`), and waits for nothing. */
  readonly call: (user: string, lane?: 'json' | 'binary') => Promise<RealtimeClient>;
  /** Switches a fault of the emulator on. */
  readonly fault: (fault: Readonly<Record<string, unknown>>) => Promise<void>;
  /** Ends Voxgate and starts it again, on the same port and with what it kept. */
  readonly restart: () => Promise<void>;
  /** Kills Voxgate as a machine that loses its power would, and starts it again in the same way. */
  readonly crash: () => Promise<void>;
  readonly close: () => Promise<void>;
}

/** Starts all three with a fresh state. Ending it ends everything and removes the state. */
export async function startGateway({
  vars = {},
  emulator: behaviour = {},
}: GatewayOptions = {}): Promise<Gateway> {
  const stateDir = await mkdtemp(join(tmpdir(), 'voxgate-state-'));
  const emulator = await startEmulator({ port: 0, pace: 0, apiKey: AZURE_KEY, ...behaviour });
  const network = await startTcpProxy(emulator.url);
  const log: string[] = [];
  const start = (port: number): Promise<Voxgate> =>
    startVoxgate({
      port,
      stateDir,
      vars: {
        AZURE_ENDPOINT: network.url,
        AZURE_API_KEY: AZURE_KEY,
        AUTH_SECRET: GATEWAY_SECRET,
        GUEST_ACCESS: 'true',
        ...vars,
      },
      log: (line) => log.push(line),
    });
  let voxgate = await start(0);
  const { url } = voxgate;
  return {
    url,
    emulator,
    network,
    log,
    call: async (user, lane = 'json') =>
      connect(`${url}/ws/voice`, {
        headers: { Authorization: `Bearer ${await tokenFor(user, { secret: GATEWAY_SECRET })}` },
        subprotocols: [lane === 'binary' ? VOICE_SUBPROTOCOL : REALTIME_SUBPROTOCOL],
        waitMs: 40_000,
      }),
    fault: (fault) => switchOn(emulator, fault),
    restart: async () => {
      await voxgate.close();
      voxgate = await start(Number(new URL(url).port));
    },
    crash: async () => {
      process.kill(-voxgate.pid, 'SIGKILL');
      await voxgate.ended;
      // Sees to it that nothing is left, as the port has to be free.
      await voxgate.close();
      voxgate = await start(Number(new URL(url).port));
    },
    close: async () => {
      await voxgate.close();
      await network.close();
      await emulator.close();
      await rm(stateDir, { recursive: true, force: true });
    },
  };
}

async function switchOn(emulator: Emulator, fault: Readonly<Record<string, unknown>>): Promise<void> {
  const answer = await fetch(`${emulator.url}/emulator/faults`, {
    method: 'POST',
    body: JSON.stringify(fault),
  });
  if (!answer.ok) throw new Error(`The emulator takes no such fault: ${await answer.text()}`);
}
