/**
 * `npm run bench:door`: what it costs to be let in, in turns in one run, and what it costs others when ten thousand are
 * not. Ratios and differences are the result.
 */
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { WebSocket } from 'ws';
import {
  summariseFlood,
  summariseOpenings,
  toFloodLines,
  toOpeningLines,
  type Openings,
} from './door-report.ts';
import { NOBODY, PLATFORM, refusals, withPlatformShare } from './flood.ts';
import { percentile, rotated } from './statistics.ts';
import { bareRelay, startProcess, tokenOf, voxgateItself } from './subjects.ts';
import { startWorkerd } from './workerd.ts';

const ROUNDS = 15;
const OPENINGS = 20;
const KNOCKS = 10_000;

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

const FLOOR = 'bare Durable Object, accepts at once';

const { values } = parseArgs({
  options: { json: { type: 'string' }, quick: { type: 'boolean', default: false } },
});
await main(values.quick ? 3 : ROUNDS, values.quick ? 1_000 : KNOCKS);

async function main(rounds: number, knocks: number): Promise<void> {
  await using started = new AsyncDisposableStack();
  const upstream = started.use(await startProcess('upstream.ts', []));
  const azure = `http://127.0.0.1:${upstream.port}`;
  const bare = started.use(await startWorkerd(await bareRelay(azure)));
  const voxgate = started.use(await startWorkerd(withPlatformShare(await voxgateItself(azure, GENEROUS))));
  const opening = await openings(rounds, bare.url, voxgate.url);
  const flood = await refusals(knocks, voxgate);
  const summaries = summariseOpenings(opening, FLOOR);
  const summary = summariseFlood(flood, { calm: NOBODY, floor: PLATFORM });
  console.log(`${toOpeningLines(summaries)}\n\n${toFloodLines(summary)}`);
  if (values.json)
    await writeFile(
      values.json,
      JSON.stringify({ openings: summaries, flood: summary, rounds: opening }, null, 2),
    );
}

async function openings(rounds: number, bare: string, voxgate: string): Promise<readonly Openings[]> {
  const http = voxgate.replace('ws', 'http');
  const bearer = { Authorization: `Bearer ${await tokenOf('opener')}` };
  const signedIn = await fetch(`${http}/api/session`, { method: 'POST', headers: bearer });
  const Cookie = (signedIn.headers.get('Set-Cookie') ?? '').split(';')[0] ?? '';
  const voice = `${voxgate}/ws/voice`;
  const ways: readonly Way[] = [
    { name: FLOOR, open: () => opened(`${bare}/accept/1`, [], {}) },
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
  return [...times].map(([name, ms]) => ({ name, ms }));
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
