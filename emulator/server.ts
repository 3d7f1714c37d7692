/** A pretend Azure OpenAI on loopback: real ports, real sockets, a real voice, no understanding. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { Duplex } from 'node:stream';

import { ChatDesk, type ChatStats } from './chat/chat-desk.ts';
import { FaultDesk } from './fault-desk.ts';
import { hasKey, PREVIEW_PATH, REALTIME_PATH } from './http/admission.ts';
import { controlRoutes } from './http/control.ts';
import { unauthorized, upgradeRequired } from './http/refusals.ts';
import { type Handler, route, type Routes, send, sendRefusal, toUrl } from './http/routes.ts';
import { createUpgradeHandler } from './http/upgrade.ts';
import { type EmulatorOptions, type Settings, toSettings } from './options.ts';
import { AzureSockets, type SocketStats } from './realtime/azure-sockets.ts';
import { Timers } from './timers.ts';
import { createVoice } from './voice/voice.ts';
import { type CallStats, Calls } from './webrtc/calls.ts';
import { callRoutes } from './webrtc/routes.ts';

const HOST = '127.0.0.1';

/** What `GET /emulator/stats` tells. */
export type Stats = SocketStats & CallStats & ChatStats;

/** A running emulator. */
export interface Emulator {
  /** `http://127.0.0.1:PORT`: use it where an Azure endpoint goes. */
  readonly url: string;
  readonly port: number;
  /** What it saw, as `GET /emulator/stats` tells it. */
  stats(): Stats;
  /** Ends every socket, timer and thread; resolves when nothing is left. */
  close(): Promise<void>;
}

/** Starts an emulator and resolves when it listens. Rejects with the error of `listen`, e.g. code EADDRINUSE. */
export async function startEmulator(options: EmulatorOptions = {}): Promise<Emulator> {
  const settings = toSettings(options);
  const server = createServer();
  const port = await listen(server, settings.port);
  const voice = createVoice();
  const faults = new FaultDesk();
  const sockets = new AzureSockets(settings, voice, faults);
  const chat = new ChatDesk(settings, faults);
  const onSession = sockets.showSession.bind(sockets);
  const calls = new Calls({ settings, voice, faults, onSession });
  const stats = (): Stats => ({ ...addUp(sockets.stats(), calls.stats()), ...chat.stats() });
  const timers = new Timers();
  const connections = new Set<Duplex>();
  const routes: Routes = {
    ...controlRoutes(faults, stats),
    ...azureRoutes(settings),
    ...callRoutes(calls, settings),
    ...chat.routes(),
  };
  server.on('request', (request, response) => {
    Promise.resolve(route(routes, request)(request, response)).catch(() => {
      if (!response.headersSent)
        send(response, 500, { error: { code: 'InternalServerError', message: 'The emulator broke.' } });
    });
  });
  server.on('upgrade', createUpgradeHandler({ settings, sockets, calls, faults, timers, connections }));
  const closed = once(server, 'close');
  return {
    url: `http://${HOST}:${port}`,
    port,
    stats,
    close: async () => {
      timers.clear();
      faults.close();
      server.close();
      await Promise.all([sockets.close(), calls.close()]);
      server.closeAllConnections();
      for (const connection of connections) connection.destroy();
      await Promise.all([voice.close(), closed]);
    },
  };
}

/** Calls and their sidebands count beside the sockets. */
function addUp(sockets: SocketStats, calls: CallStats): SocketStats & CallStats {
  return {
    ...sockets,
    sockets_open: sockets.sockets_open + calls.sockets_open,
    sockets_total: sockets.sockets_total + calls.sockets_total,
    audio_ms_in: sockets.audio_ms_in + calls.audio_ms_in,
    calls_open: calls.calls_open,
  };
}

/** Azure's own paths over plain HTTP. */
function azureRoutes(settings: Settings): Routes {
  const dial: Handler = (request, response) => {
    const isKnown = hasKey({ url: toUrl(request), headers: request.headers }, settings.apiKey);
    sendRefusal(response, isKnown ? upgradeRequired : unauthorized);
  };
  return { [REALTIME_PATH]: { GET: dial }, [PREVIEW_PATH]: { GET: dial } };
}

async function listen(server: Server, port: number): Promise<number> {
  server.listen(port, HOST);
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('A TCP port was expected');
  return address.port;
}
