/** Ten thousand who are not let in, beside somebody who talks. */
import { fork } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { type JWTPayload, SignJWT } from 'jose';
import type { Bundle } from '../scripts/bundle.ts';
import { type Caller, openCall } from './caller.ts';
import { cpuMs } from './cpu.ts';
import type { Flood, FloodCase, FloodRound } from './door-report.ts';
import type { Knocks } from './knocker.ts';
import { spokenTrips } from './measure.ts';
import { rotated } from './statistics.ts';
import { tokenOf } from './subjects.ts';
import type { startWorkerd } from './workerd.ts';

/** What the others are compared with. */
export const NOBODY = 'nobody at the door';
/** What the same flood costs that nobody looks at. */
export const PLATFORM = 'refused by an empty Worker';

const ROUNDS = 4;
const KNOCKS_PER_SECOND = 500;

/** The call is heard out a little before the flood ends, or its last frames would have nobody beside them. */
const MARGIN_MS = 500;

/** An address that the edge would name, from the block for documentation (RFC 5737). */
const ADDRESS = '203.0.113.7';

type Runtime = Awaited<ReturnType<typeof startWorkerd>>;
type Kinds = Knocks['kinds'];

/** One flood: who knocks at which path, and nobody where there are no kinds. */
interface Case {
  readonly name: string;
  readonly path: string;
  readonly kinds: Kinds;
}

/** As many as wrangler.toml lets come from one address, in as many milliseconds. */
const ADDRESS_KNOCKS = 1_000;
const ADDRESS_PERIOD_MS = 10_000;

/**
 * Adds two things to a bundle, on the thread of the door and its objects: an address that refuses in one line, and a
 * counter by address in memory, as the platform has it; the emulated one is an object of its own, and costs more than
 * what it is there to save.
 */
export function withPlatformShare(bundle: Bundle): Bundle {
  const EXPORT = /\b(\w+) as default\b/;
  const worker = EXPORT.exec(bundle.code)?.[1];
  if (worker === undefined) throw new Error('The bundle has no default export');
  const code = `${bundle.code.replace(EXPORT, 'benched as default')}
const benched = (() => {
  const counted = new Map();
  const limit = async ({ key }) => {
    const period = Math.floor(Date.now() / ${ADDRESS_PERIOD_MS});
    const known = counted.get(key);
    const count = known?.period === period ? known.count + 1 : 1;
    counted.set(key, { period, count });
    return { success: count <= ${ADDRESS_KNOCKS} };
  };
  let bound = null;
  const fetch = (request, env, context) => {
    if (request.url.endsWith('/empty')) return new Response(null, { status: 401 });
    bound ??= { ...env, KNOCKS: { limit } };
    return ${worker}.fetch(request, bound, context);
  };
  return { fetch };
})();`;
  return { ...bundle, code };
}

/** Lets every flood come in turn, over the same call. */
export async function refusals(count: number, voxgate: Runtime): Promise<Flood> {
  const http = voxgate.url.replace('ws', 'http');
  const call = await openCall({
    url: `${voxgate.url}/ws/voice`,
    lane: 'json',
    hasGateway: true,
    headers: { Authorization: `Bearer ${await tokenOf('talker')}` },
  });
  const objects = async (): Promise<number> =>
    (await Promise.all(['USERS', 'DIRECTORY'].map(voxgate.objectIds))).flat().length;
  const before = await objects();
  const kinds = await forgedKinds(http);
  const from = (address: string): Kinds => kinds.map((kind) => ({ ...kind, 'CF-Connecting-IP': address }));
  const cases: readonly Case[] = [
    { name: NOBODY, path: '', kinds: [] },
    { name: PLATFORM, path: '/empty', kinds: [{}] },
    { name: 'refused by the door, uncounted', path: '/ws/voice', kinds },
    { name: 'refused by the door, one address', path: '/ws/voice', kinds: from(ADDRESS) },
  ];
  const measured = new Map<string, FloodRound[]>(cases.map(({ name }) => [name, []]));
  for (let round = -1; round < ROUNDS; round += 1) {
    for (const { name, path, kinds: visitors } of rotated(cases, round + 1)) {
      const url = `${http}${path}`;
      const each = Math.ceil(count / ROUNDS);
      const knocks = { url, count: each, perSecond: KNOCKS_PER_SECOND, kinds: visitors };
      const seen = await beside(call, voxgate.pid, knocks);
      // The first round is the runtime's to get warm.
      if (round >= 0) measured.get(name)?.push(seen);
    }
  }
  const after = await objects();
  call.close();
  const all = [...measured].map(([name, rounds]): FloodCase => ({ name, rounds }));
  return { cases: all, objectsBefore: before, objectsAfter: after };
}

async function beside(call: Caller, pid: number | null, knocks: Knocks): Promise<FloodRound> {
  const knocker = fork(join(import.meta.dirname, 'knocker.ts'));
  await once(knocker, 'message');
  const usedBefore = await cpuMs(pid);
  const ended = knocks.kinds.length === 0 ? null : once(knocker, 'message');
  if (ended !== null) knocker.send(knocks);
  const floodMs = (knocks.count * 1000) / knocks.perSecond;
  const trips = await spokenTrips(call, Math.max(MARGIN_MS, floodMs - MARGIN_MS));
  const [{ statuses }] = (await ended) ?? [{ statuses: {} }];
  const usedAfter = await cpuMs(pid);
  knocker.disconnect();
  const used = usedBefore === null || usedAfter === null ? null : usedAfter - usedBefore;
  return { statuses, trips, cpuMs: used };
}

/** Credentials of good form that nobody vouches for; the ticket names an object that there is not. */
async function forgedKinds(origin: string): Promise<Kinds> {
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
