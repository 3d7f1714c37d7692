/** What becomes of an upgrade: a socket, or a refusal written to the bare connection before any 101. */
import { type IncomingMessage, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';

import type { FaultDesk } from '../fault-desk.ts';
import type { Settings } from '../options.ts';
import type { AzureSockets } from '../realtime/azure-sockets.ts';
import type { Timers } from '../timers.ts';
import type { Calls } from '../webrtc/calls.ts';
import { admitSideband } from '../webrtc/sideband-admission.ts';
import { admit } from './admission.ts';
import { type HttpRefusal, refusalWithStatus, toHttp } from './refusals.ts';
import { toUrl } from './routes.ts';

/** An append of 15 MiB is 20 MiB of base64; a bit more must still be read to be refused in words. */
const LARGEST_FRAME_BYTES = 32 * 1024 * 1024;

/** The only subprotocol Azure answers with. */
const SUBPROTOCOL = 'realtime';

/** What upgrades need. */
export interface UpgradeContext {
  readonly settings: Settings;
  readonly sockets: AzureSockets;
  readonly calls: Calls;
  readonly faults: FaultDesk;
  readonly timers: Timers;
  /** Every connection that asked for an upgrade and still lives, since the HTTP server forgets them. */
  readonly connections: Set<Duplex>;
}

/** Makes the handler of the server's `upgrade` event. */
export function createUpgradeHandler(
  context: UpgradeContext,
): (request: IncomingMessage, connection: Duplex, head: Buffer) => void {
  const webSockets = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    // Azure declines compression.
    perMessageDeflate: false,
    maxPayload: LARGEST_FRAME_BYTES,
    handleProtocols: (offered) => (offered.has(SUBPROTOCOL) ? SUBPROTOCOL : false),
  });
  return (request, connection, head) => {
    connection.on('error', () => connection.destroy());
    context.connections.add(connection);
    connection.once('close', () => context.connections.delete(connection));
    const knock = { url: toUrl(request), headers: request.headers };
    const sideband = admitSideband(knock, context);
    if (sideband?.ok === false) return refuse(connection, sideband.refusal);
    if (sideband) {
      return webSockets.handleUpgrade(request, connection, head, (client) =>
        context.calls.attach(sideband.callId, client),
      );
    }
    const admission = admit(knock, context.settings.apiKey);
    if (!admission.ok) return refuse(connection, admission.refusal);
    const status = context.faults.takeRefusal();
    if (status !== null) return refuse(connection, refusalWithStatus(status));
    const open = (): void =>
      webSockets.handleUpgrade(request, connection, head, (client) =>
        context.sockets.accept(client, admission),
      );
    if (admission.behaviour.name === 'slow dial') context.timers.after(context.settings.slowDialMs, open);
    else open();
  };
}

function refuse(connection: Duplex, refusal: HttpRefusal): void {
  const { body, headers } = toHttp(refusal);
  const lines = Object.entries({ ...headers, connection: 'close' }).map(
    ([name, value]) => `${name}: ${value}`,
  );
  const reason = STATUS_CODES[refusal.status] ?? 'Refused';
  connection.once('finish', () => connection.destroy());
  connection.end(`HTTP/1.1 ${refusal.status} ${reason}\r\n${lines.join('\r\n')}\r\n\r\n${body}`);
}
