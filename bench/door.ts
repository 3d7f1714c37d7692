/**
 * `npm run bench:door`: what it costs to be let in, in turns in one run, and what it costs others when ten thousand are
 * not. Ratios and differences are the result.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { WebSocket } from 'ws';
import { openCall } from './caller.ts';
import type { Knocks } from './knocker.ts';
import { roundTrips } from './measure.ts';
import { difference, percentile, rotated, spread, type Spread } from './statistics.ts';
import { bareRelay, startProcess, startRuntime, tokenOf, voxgateItself } from './subjects.ts';

const ROUNDS = 15;
const OPENINGS = 20;
const CALM_MS = 5_000;
const KNOCKS = 10_000;
const KNOCKS_PER_SECOND = 500;

/** Nobody is held up by a limit: what is measured is the asking, not the answer. */
const GENEROUS = {
  MAX_REQUESTS_PER_MINUTE: '1000000',
  MAX_CONNECTIONS_PER_USER: '100000',
  GUEST_ACCESS: 'true',
};

interface Way {
  readonly name: string;
  /** Opens one socket and returns after how many milliseconds it was open. */
  readonly open: () => Promise<number>;
}

const { values } = parseArgs({ options: { quick: { type: 'boolean', default: false } } });
await main(values.quick ? 3 : ROUNDS, values.quick ? 1_000 : KNOCKS);

async function main(rounds: number, knocks: number): Promise<void> {
  await using started = new AsyncDisposableStack();
  const upstream = started.use(await startProcess('upstream.ts', []));
  const azure = `http://127.0.0.1:${upstream.port}`;
  const bare = started.use(await startRuntime(await bareRelay(azure)));
  const voxgate = started.use(await startRuntime(await voxgateItself(azure, GENEROUS)));
  await openings(rounds, bare.url, voxgate.url);
  await refusals(knocks, voxgate.url);
}

async function openings(rounds: number, bare: string, voxgate: string): Promise<void> {
  const http = voxgate.replace('ws', 'http');
  const bearer = { Authorization: `Bearer ${await tokenOf('opener')}` };
  const signedIn = await fetch(`${http}/api/session`, { method: 'POST', headers: bearer });
  const Cookie = (signedIn.headers.get('Set-Cookie') ?? '').split(';')[0] ?? '';
  const voice = `${voxgate}/ws/voice`;
  const ways: readonly Way[] = [
    { name: 'bare Durable Object, accepts at once', open: () => opened(`${bare}/accept/1`, [], {}) },
    { name: 'Voxgate, bearer token', open: () => opened(voice, ['realtime'], bearer) },
    { name: 'Voxgate, session cookie', open: () => opened(voice, ['realtime'], { Cookie, Origin: http }) },
    {
      name: 'Voxgate, ticket',
      open: async () => {
        const made = await fetch(`${http}/api/tickets`, {
          method: 'POST',
          headers: { ...bearer, Origin: http },
        });
        const { ticket } = Object(await made.json());
        return opened(voice, ['realtime', `voxgate.ticket.${String(ticket)}`], { Origin: http });
      },
    },
  ];
  const times = new Map<string, number[]>(ways.map(({ name }) => [name, []]));
  for (let round = -1; round < rounds; round += 1) {
    for (const { name, open } of rotated(ways, round + 1)) {
      const measured: number[] = [];
      for (let index = 0; index < OPENINGS; index += 1) measured.push(await open());
      if (round >= 0) times.get(name)?.push(percentile(measured, 0.5));
    }
  }
  const floor = times.get(ways[0]?.name ?? '') ?? [];
  console.log('To an open socket, ms: median of the rounds (least-most), and over the floor');
  for (const [name, of] of times) {
    console.log(`${name.padEnd(40)} ${shown(spread(of))}   +${shown(difference(of, floor))}`);
  }
}

async function opened(url: string, subprotocols: string[], headers: Record<string, string>): Promise<number> {
  const start = performance.now();
  const socket = new WebSocket(url, subprotocols, { headers, perMessageDeflate: false });
  await once(socket, 'open');
  const ms = performance.now() - start;
  const closed = once(socket, 'close');
  socket.close(1000);
  await closed;
  return ms;
}

async function refusals(count: number, voxgate: string): Promise<void> {
  const http = voxgate.replace('ws', 'http');
  const call = await openCall({
    url: `${voxgate}/ws/voice`,
    lane: 'json',
    hasGateway: true,
    headers: { Authorization: `Bearer ${await tokenOf('talker')}` },
  });
  const admin = { Authorization: `Bearer ${await tokenOf('root', { role: 'admin' })}` };
  const users = async (): Promise<number> => {
    const answer = await fetch(`${http}/api/admin/stats`, { headers: admin });
    return Object(await answer.json()).all_time.users;
  };
  const before = await users();
  const calm = await roundTrips(call, CALM_MS);
  const knocker = fork(join(import.meta.dirname, 'knocker.ts'));
  await once(knocker, 'message');
  const secret = 'x'.repeat(43);
  knocker.send({
    url: `${http}/ws/voice`,
    count,
    perSecond: KNOCKS_PER_SECOND,
    kinds: [
      {},
      { Authorization: 'Bearer a.b.c' },
      { Authorization: `Bearer ${(await tokenOf('nobody')).slice(0, -3)}AAA` },
      { Cookie: 'voxgate=a.b.c', Origin: http },
      {
        'Sec-WebSocket-Protocol': `voxgate.v1, voxgate.ticket.${'0'.repeat(64)}.1.${secret}.${secret}`,
        Origin: http,
      },
    ],
  } satisfies Knocks);
  const ended = once(knocker, 'message');
  const busy = await roundTrips(call, (count * 1000) / KNOCKS_PER_SECOND - 500);
  const [{ statuses, ms }] = await ended;
  knocker.disconnect();
  const after = await users();
  call.close();
  console.log(
    `\n${count} refused upgrades in ${Math.round(ms)} ms: ${JSON.stringify(statuses)}; users known before ${before}, after ${after}`,
  );
  for (const share of [0.5, 0.99]) {
    const [quiet, loud] = [percentile(calm, share), percentile(busy, share)];
    console.log(
      `a running call's round trip, p${share * 100}: ${quiet.toFixed(3)} ms before, ${loud.toFixed(3)} ms meanwhile (x${(loud / quiet).toFixed(2)})`,
    );
  }
}

function shown({ median, least, most }: Spread): string {
  return `${median.toFixed(2)} (${least.toFixed(2)}-${most.toFixed(2)})`;
}
