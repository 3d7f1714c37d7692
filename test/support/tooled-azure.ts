/** An Azure whose operator has a tool more: the emulator, and in front of it somebody who adds the tool to the operator's own. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import { type RawData, WebSocket, WebSocketServer } from 'ws';
import { type Emulator, startEmulator } from '../../emulator/server.ts';

const LOOPBACK = '127.0.0.1';

/** Such an Azure, running. */
export interface TooledAzure {
  /** `http://127.0.0.1:PORT`. */
  readonly url: string;
  readonly emulator: Emulator;
  readonly close: () => Promise<void>;
}

/** Starts it. `tool`: a function as a session declares it. */
export async function startTooledAzure(apiKey: string, tool: object): Promise<TooledAzure> {
  const emulator = await startEmulator({ port: 0, pace: 0, apiKey });
  const server = createServer();
  const sockets = new WebSocketServer({ server });
  sockets.on('connection', (near, { url, headers }) => {
    const far = new WebSocket(new URL(url ?? '/', emulator.url.replace('http', 'ws')), {
      headers: { 'api-key': String(headers['api-key']) },
    });
    const early: string[] = [];
    const toAzure = (frame: string): void => {
      if (far.readyState === WebSocket.OPEN) far.send(frame);
      else early.push(frame);
    };
    near.on('message', (data) =>
      toAzure(textOf(data).replace('"tools":[{', `"tools":[${JSON.stringify(tool)},{`)),
    );
    far.on('open', () => early.forEach((frame) => far.send(frame)));
    far.on('message', (data) => near.send(textOf(data)));
    near.on('close', () => far.close());
    far.on('close', () => near.close());
  });
  server.listen(0, LOOPBACK);
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('A TCP port was expected');
  return {
    url: `http://${LOOPBACK}:${address.port}`,
    emulator,
    close: async () => {
      for (const socket of sockets.clients) socket.terminate();
      sockets.close();
      server.close();
      await emulator.close();
    },
  };
}

function textOf(data: RawData): string {
  if (Array.isArray(data)) return Buffer.concat(data).toString();
  return (Buffer.isBuffer(data) ? data : Buffer.from(data)).toString();
}
