/**
 * `npm run bench:door`: what it costs to be let in, in turns in one run, and what it costs others when ten thousand are
 * not. Ratios and differences are the result.
 */
import { fork } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type JWTPayload, SignJWT } from 'jose';
import { WebSocket } from 'ws';
import { openCall } from './caller.ts';
import {
  summariseFlood,
  summariseOpenings,
  toFloodLines,
  toOpeningLines,
  type Flood,
  type Openings,
} from './door-report.ts';
import type { Knocks } from './knocker.ts';
import { spokenTrips } from './measure.ts';
import { percentile, rotated } from './statistics.ts';
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

const FLOOR = 'bare Durable Object, accepts at once';

type ObjectIds = (binding: string) => Promise<readonly string[]>;

const { values } = parseArgs({
  options: { json: { type: 'string' }, quick: { type: 'boolean', default: false } },
});
await main(values.quick ? 3 : ROUNDS, values.quick ? 1_000 : KNOCKS);

async function main(rounds: number, knocks: number): Promise<void> {
  await using started = new AsyncDisposableStack();
  const upstream = started.use(await startProcess('upstream.ts', []));
  const azure = `http://127.0.0.1:${upstream.port}`;
  const bare = started.use(await startRuntime(await bareRelay(azure)));
  const voxgate = started.use(await startRuntime(await voxgateItself(azure, GENEROUS)));
  const opening = await openings(rounds, bare.url, voxgate.url);
  const flood = await refusals(knocks, voxgate.url, voxgate.objectIds);
  const summaries = summariseOpenings(opening, FLOOR);
  const summary = summariseFlood(flood);
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

async function refusals(count: number, voxgate: string, objectIds: ObjectIds): Promise<Flood> {
  const http = voxgate.replace('ws', 'http');
  const call = await openCall({
    url: `${voxgate}/ws/voice`,
    lane: 'json',
    hasGateway: true,
    headers: { Authorization: `Bearer ${await tokenOf('talker')}` },
  });
  const objects = async (): Promise<number> =>
    (await Promise.all(['USERS', 'DIRECTORY'].map(objectIds))).flat().length;
  const before = await objects();
  const calm = await spokenTrips(call, CALM_MS);
  const knocker = fork(join(import.meta.dirname, 'knocker.ts'));
  await once(knocker, 'message');
  knocker.send({
    url: `${http}/ws/voice`,
    count,
    perSecond: KNOCKS_PER_SECOND,
    kinds: await forgedKinds(http),
  } satisfies Knocks);
  const ended = once(knocker, 'message');
  const busy = await spokenTrips(call, (count * 1000) / KNOCKS_PER_SECOND - 500);
  const [{ statuses, ms }] = await ended;
  knocker.disconnect();
  const after = await objects();
  call.close();
  return { statuses, ms, objectsBefore: before, objectsAfter: after, calm, busy };
}

/** Credentials of good form that nobody vouches for; the ticket names an object that there is not. */
async function forgedKinds(origin: string): Promise<Knocks['kinds']> {
  const token = await signedByAnother({}, 'JWT');
  const session = { iss: 'voxgate', aud: 'voxgate-session', user_issuer: 'voxgate', signed_at: Date.now() };
  const cookie = await signedByAnother(session, 'voxgate-session+jwt');
  const [random, mac] = [randomBytes(32), randomBytes(32)].map((bytes) => bytes.toString('base64url'));
  const expiry = Math.floor(Date.now() / 1000) + 3600;
  const ticket = `${randomBytes(32).toString('hex')}.${expiry}.${random}.${mac}`;
  return [
    {},
    { Authorization: `Bearer ${token}` },
    { Cookie: `voxgate=${cookie}`, Origin: origin },
    { 'Sec-WebSocket-Protocol': `voxgate.v1, voxgate.ticket.${ticket}`, Origin: origin },
  ];
}

function signedByAnother(claims: JWTPayload, typ: string): Promise<string> {
  return new SignJWT({ sub: 'nobody', ...claims })
    .setProtectedHeader({ alg: 'HS256', typ })
    .setExpirationTime('1h')
    .sign(randomBytes(32));
}
