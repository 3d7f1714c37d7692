import { once } from 'node:events';
import { createServer } from 'node:net';
import { isCode } from './local.ts';

const LOOPBACK = '127.0.0.1';

/** True when nobody listens on this port of loopback; always true for 0, which is any free one. */
export async function isPortFree(port: number): Promise<boolean> {
  const server = createServer();
  try {
    server.listen(port, LOOPBACK);
    await once(server, 'listening');
    return true;
  } catch (error) {
    if (isCode(error, 'EADDRINUSE')) return false;
    throw error;
  } finally {
    server.close();
  }
}
