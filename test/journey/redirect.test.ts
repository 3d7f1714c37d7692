import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { startVoxgate } from '../../scripts/voxgate.ts';
import { AZURE_KEY, GATEWAY_SECRET } from '../support/gateway.ts';
import { connect, pick } from '../support/realtime-client.ts';
import { tokenFor } from '../support/tokens.ts';

/** A server that answers everything in one way, upgrades too, and counts. */
async function serve(
  status: number,
  headers: Record<string, string>,
): Promise<{ url: string; asked: () => number }> {
  let asked = 0;
  const server: Server = createServer((_, answer) => {
    asked += 1;
    answer.writeHead(status, headers).end();
  });
  server.on('upgrade', (_, socket) => {
    asked += 1;
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
    socket.end(
      `HTTP/1.1 ${status} Elsewhere\r\n${lines.join('')}Content-Length: 0\r\nConnection: close\r\n\r\n`,
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked: () => asked };
}

test('[O20] an Azure that sends the gateway elsewhere has refused, and nobody else is shown the key', async () => {
  const elsewhere = await serve(200, {});
  const azure = await serve(307, { Location: `${elsewhere.url}/openai/v1/realtime` });
  const stateDir = await mkdtemp(join(tmpdir(), 'voxgate-redirect-'));
  onTestFinished(() => rm(stateDir, { recursive: true, force: true }));
  const vars = { AZURE_ENDPOINT: azure.url, AZURE_API_KEY: AZURE_KEY, AUTH_SECRET: GATEWAY_SECRET };
  const voxgate = await startVoxgate({ stateDir, vars });
  onTestFinished(() => voxgate.close());

  const token = await tokenFor('alice', { secret: GATEWAY_SECRET });
  const call = await connect(`${voxgate.url}/ws/voice`, {
    headers: { Authorization: `Bearer ${token}` },
    subprotocols: ['realtime'],
    waitMs: 15_000,
  });
  expect(pick(await call.until('error'), 'error.code')).toBe('upstream_refused');
  expect((await call.closed()).code).toBe(4502);
  expect(azure.asked()).toBe(1);
  expect(elsewhere.asked()).toBe(0);
});
