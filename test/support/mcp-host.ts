/** A small real MCP server on loopback: streamable HTTP, with sessions, answering as JSON or as a stream of events. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';

import { pick } from './realtime-client.ts';

/** What a host answers to a method; throw `{code, message}` to refuse. */
export type Methods = Readonly<Record<string, (params: unknown) => unknown>>;

/** A running host. */
export interface McpHost {
  readonly url: string;
  /** Every message, with the headers it came with. */
  readonly heard: { readonly message: unknown; readonly headers: IncomingMessage['headers'] }[];
  close(): Promise<void>;
}

/** Starts a host; `streams`: it answers as `text/event-stream`. */
export async function startMcpHost(methods: Methods, { streams = false } = {}): Promise<McpHost> {
  const heard: McpHost['heard'] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8');
    request.on('data', (piece: string) => (body += piece));
    request.on('end', () => {
      const message: unknown = JSON.parse(body);
      heard.push({ message, headers: request.headers });
      reply(response, answer(message, methods), streams);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}/mcp`,
    heard,
    close: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

function answer(message: unknown, methods: Methods): object | null {
  const id = pick(message, 'id');
  if (id === undefined) return null;
  const method = String(pick(message, 'method'));
  if (method === 'initialize') {
    const result = {
      protocolVersion: '2025-06-18',
      capabilities: { tools: {} },
      serverInfo: { name: 'host', version: '1' },
    };
    return { jsonrpc: '2.0', id, result };
  }
  const carryOut = methods[method];
  if (!carryOut) return { jsonrpc: '2.0', id, error: { code: -32_601, message: 'Method not found' } };
  try {
    return { jsonrpc: '2.0', id, result: carryOut(pick(message, 'params')) };
  } catch (error) {
    return { jsonrpc: '2.0', id, error };
  }
}

function reply(response: ServerResponse, message: object | null, streams: boolean): void {
  const headers = { 'mcp-session-id': 'one' };
  if (message === null) {
    response.writeHead(202, headers).end();
  } else if (streams) {
    response.writeHead(200, { ...headers, 'content-type': 'text/event-stream' });
    response.end(`: hello\n\nevent: message\ndata: ${JSON.stringify(message)}\n\n`);
  } else {
    response.writeHead(200, { ...headers, 'content-type': 'application/json' }).end(JSON.stringify(message));
  }
}
