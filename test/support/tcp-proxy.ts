/** A network between two programs that does what networks do: cuts, freezes, delays, narrows. On loopback, scripted. */
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';

const LOOPBACK = '127.0.0.1';
const SLICE_MS = 10;
const REQUEST = /^[A-Z]{3,7} \S+ HTTP\/1\.1\r\n/;

/** What the network is like just now; it may be changed while connections are open. */
export interface Weather {
  /** How much later each byte arrives, in both directions, in milliseconds. */
  latencyMs: number;
  /** How much gets through in each direction of each connection; Infinity is all of it. */
  bytesPerSecond: number;
  /** True: bytes are taken from both ends and arrive nowhere, and nobody is told (a half-open connection). */
  isFrozen: boolean;
}

/** A proxy that runs. */
export interface TcpProxy {
  /** `http://127.0.0.1:PORT`: use it where the address of the other end goes. */
  readonly url: string;
  readonly weather: Weather;
  /** The heads of the HTTP requests that came so far, upgrades among them. */
  readonly heads: readonly string[];
  /** Ends every open connection on both sides: with a reset, or with a FIN as an orderly program would. */
  readonly cut: (how: 'reset' | 'fin') => void;
  /** Ends every connection and listens no more: whoever connects now is refused. May be called again. */
  readonly close: () => Promise<void>;
}

/** Starts a proxy to the program at `target` (`http://127.0.0.1:PORT`), in fair weather. */
export async function startTcpProxy(target: string): Promise<TcpProxy> {
  const weather: Weather = { latencyMs: 0, bytesPerSecond: Infinity, isFrozen: false };
  const pairs = new Set<readonly [Socket, Socket]>();
  const heads: string[] = [];
  const server = createServer({ noDelay: true }, (near) => {
    const far = connect({ port: Number(new URL(target).port), host: LOOPBACK, noDelay: true });
    const pair = [near, far] as const;
    near.on('data', (bytes) => {
      const text = bytes.toString('latin1');
      if (REQUEST.test(text)) heads.push(text.split('\r\n\r\n')[0] ?? '');
    });
    pairs.add(pair);
    for (const [from, to] of [pair, [far, near] as const]) {
      carry({ from, to, weather });
      from.on('error', () => to.destroy());
      from.on('close', () => pairs.delete(pair));
    }
  });
  server.listen(0, LOOPBACK);
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('A TCP port was expected');
  const cut = (how: 'reset' | 'fin'): void => {
    for (const socket of [...pairs].flat()) {
      if (how === 'reset') socket.resetAndDestroy();
      else socket.destroySoon();
    }
  };
  return {
    url: `http://${LOOPBACK}:${address.port}`,
    weather,
    heads,
    cut,
    close: async () => {
      if (!server.listening) return;
      const closed = once(server, 'close');
      server.close();
      cut('reset');
      await closed;
    },
  };
}

/** Carries bytes one way, in their order, through whatever the weather is when they come. */
function carry({ from, to, weather }: { from: Socket; to: Socket; weather: Weather }): void {
  let last: Promise<unknown> = Promise.resolve();
  from.on('data', (bytes) => {
    if (weather.isFrozen) return;
    const due = performance.now() + weather.latencyMs;
    last = deliver(last, due).then(() => squeeze(bytes, { to, weather }));
  });
  from.on('end', () => {
    if (!weather.isFrozen) void last.then(() => to.end());
  });
}

async function deliver(last: Promise<unknown>, due: number): Promise<void> {
  await last;
  const early = due - performance.now();
  if (early > 0) await wait(early);
}

/** Writes at the width there is, and waits for whoever reads slowly. */
async function squeeze(bytes: Buffer, { to, weather }: { to: Socket; weather: Weather }): Promise<void> {
  let rest = bytes;
  while (rest.length > 0 && to.writable) {
    const slice = Math.max(1, Math.floor((weather.bytesPerSecond * SLICE_MS) / 1000));
    const isDrained = to.write(rest.subarray(0, slice));
    rest = rest.subarray(Math.min(slice, rest.length));
    if (rest.length > 0) await wait(SLICE_MS);
    if (!isDrained) await drained(to);
  }
}

/** Waits until a socket takes more, or takes nothing any more: an end that was killed breaks it. */
async function drained(to: Socket): Promise<void> {
  try {
    await Promise.race([once(to, 'drain'), once(to, 'close')]);
  } catch {
    // Its error is its end, and is told to whoever listens for that.
  }
}
