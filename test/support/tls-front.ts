/** TLS in front of a plain port of this machine, for clients that only dial `wss:`. */
import { once } from 'node:events';
import { connect } from 'node:net';
import { createServer, type TLSSocket } from 'node:tls';

import { generate } from 'selfsigned';

const HOST = '127.0.0.1';

/** A running front. `ca` is the certificate to trust, PEM, made for this front alone. */
export interface TlsFront {
  /** `https://127.0.0.1:PORT` */
  readonly url: string;
  readonly ca: string;
  close(): Promise<void>;
}

/** Opens a TLS port that passes everything on to `port` on loopback. */
export async function startTlsFront(port: number): Promise<TlsFront> {
  const pem = await generate([{ name: 'commonName', value: HOST }], {
    keyType: 'ec',
    algorithm: 'sha256',
    extensions: [{ name: 'subjectAltName', altNames: [{ type: 7, ip: HOST }] }],
  });
  const open = new Set<TLSSocket>();
  const server = createServer({ key: pem.private, cert: pem.cert }, (client) => {
    const emulator = connect(port, HOST);
    open.add(client);
    client.on('error', () => emulator.destroy()).on('close', () => open.delete(client));
    emulator.on('error', () => client.destroy());
    client.pipe(emulator).pipe(client);
  });
  server.listen(0, HOST);
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('A TCP port was expected');
  return {
    url: `https://${HOST}:${address.port}`,
    ca: pem.cert,
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      for (const client of open) client.destroy();
      await closed;
    },
  };
}
