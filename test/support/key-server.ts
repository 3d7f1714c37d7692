/** An identity provider's key sets on a real port: each test chooses, over HTTP, how its own set answers. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { KeySetAnswer } from './key-set-answer.ts';

/** The server: `PUT /NAME` with a `KeySetAnswer` makes a set, `GET /NAME` is asked for it, `GET /NAME/asked` counts. */
export interface KeyServer {
  /** Origin, `http://127.0.0.1:PORT`. */
  readonly url: string;
  readonly close: () => Promise<void>;
}

interface KeySet {
  answer: KeySetAnswer;
  asked: number;
  readonly waiting: (() => void)[];
}

/** Starts one on any free port of loopback. */
export async function startKeyServer(): Promise<KeyServer> {
  const sets = new Map<string, KeySet>();
  const server = createServer((request, response) => void serve(sets, request, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

async function serve(
  sets: Map<string, KeySet>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const [, name = '', about = ''] = (request.url ?? '').split('/');
  const set = sets.get(name) ?? { answer: { status: 404 }, asked: 0, waiting: [] };
  sets.set(name, set);
  switch (`${request.method} ${about}`) {
    case 'PUT ':
      set.answer = JSON.parse(await text(request)) as KeySetAnswer;
      response.end();
      return;
    case 'GET asked':
      response.end(String(set.asked));
      return;
    case 'DELETE hold':
      for (const release of set.waiting.splice(0)) release();
      response.end();
      return;
    default:
      set.asked += 1;
      await answer(set, response);
  }
}

async function answer(set: KeySet, response: ServerResponse): Promise<void> {
  const { status = 200, headers = {}, body = '', manner } = set.answer;
  if (manner === 'held') await new Promise<void>((release) => set.waiting.push(release));
  response.writeHead(status, { 'Content-Type': 'application/json', ...headers });
  if (manner === 'stalled' || manner === 'cut') {
    response.write(body.slice(0, body.length / 2), () => manner === 'cut' && response.destroy());
  } else response.end(body);
}
