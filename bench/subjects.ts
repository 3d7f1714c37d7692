/** Everything that is measured, each started once and left running. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { transform } from 'esbuild';
import { SignJWT } from 'jose';
import { buildBundle, type Bundle } from '../scripts/bundle.ts';
import type { Destination } from './caller.ts';
import { startWorkerd } from './workerd.ts';

const SECRET = 'a secret for the bench alone, known to everybody';

/** One way for a frame to travel. */
export interface Subject {
  readonly name: string;
  /** The process between caller and upstream; null when there is none or when it cannot be known. */
  readonly pid: number | null;
  /** Where the call number `index` goes: each belongs to another user. */
  destination(index: number): Destination;
}

/** The name of the way without a relay: what the others are compared with. */
export const DIRECT = 'direct';
/** The name of the floor that the platform allows. */
export const BARE = 'bare Durable Object relay';

/** Starts all of them, for at most `calls` calls each. `close` ends what was started. */
export async function startSubjects(calls: number): Promise<{
  readonly subjects: readonly Subject[];
  readonly close: () => Promise<void>;
}> {
  await using started = new AsyncDisposableStack();
  const upstream = started.use(await startProcess('upstream.ts', []));
  const azure = `127.0.0.1:${upstream.port}`;
  const node = started.use(await startProcess('node-relay.ts', [`ws://${azure}`]));
  const bare = started.use(await startWorkerd(await bareRelay(`http://${azure}`)));
  const voxgate = started.use(await startWorkerd(await voxgateItself(`http://${azure}`)));
  const tokens = await Promise.all(Array.from({ length: calls }, (_, index) => tokenOf(`user-${index}`)));

  const plain: Destination = { url: `ws://${azure}`, lane: 'json', hasGateway: false, headers: {} };
  const throughVoxgate = (lane: Destination['lane'], index: number): Destination => ({
    url: `${voxgate.url}/ws/voice`,
    lane,
    hasGateway: true,
    headers: { Authorization: `Bearer ${tokens[index]}` },
  });
  const subjects: readonly Subject[] = [
    { name: DIRECT, pid: null, destination: () => plain },
    { name: BARE, pid: bare.pid, destination: (index) => ({ ...plain, url: `${bare.url}/${index}` }) },
    {
      name: 'bare relay, binary to base64',
      pid: bare.pid,
      destination: (index) => ({ ...plain, lane: 'binary', url: `${bare.url}/binary/${index}` }),
    },
    { name: 'Voxgate, JSON lane', pid: voxgate.pid, destination: (index) => throughVoxgate('json', index) },
    {
      name: 'Voxgate, binary lane',
      pid: voxgate.pid,
      destination: (index) => throughVoxgate('binary', index),
    },
    {
      name: 'Node ws relay',
      pid: node.pid,
      destination: () => ({ ...plain, url: `ws://127.0.0.1:${node.port}` }),
    },
  ];
  const running = started.move();
  return { subjects, close: () => running.disposeAsync() };
}

/** Both lanes of a user at the same time, and what opening them again may cost. */
const CONNECTIONS = '4';

/** Voxgate as it is deployed, talking to `azure`; `vars` beside or in place of the usual ones. */
export async function voxgateItself(azure: string, vars: Bundle['vars'] = {}): Promise<Bundle> {
  return {
    code: withoutPace(await buildBundle()),
    durableObjects: { USERS: 'SessionManager', DIRECTORY: 'Directory' },
    vars: {
      AZURE_ENDPOINT: azure,
      AZURE_API_KEY: 'no key at all',
      AUTH_SECRET: SECRET,
      MAX_CONNECTIONS_PER_USER: CONNECTIONS,
      ...vars,
    },
  };
}

/**
 * The same without the law that holds sound back which comes faster than life: what is measured is how fast a frame could
 * travel. Throws when the law is no longer where it was.
 */
function withoutPace(code: string): string {
  const BURST = /\bBURST_MS = [\d_e]+;/;
  if (!BURST.test(code)) throw new Error('The bundle has no BURST_MS to lift');
  return code.replace(BURST, 'BURST_MS = 1e15;');
}

/** A Durable Object that only hands frames on. */
export async function bareRelay(azure: string): Promise<Bundle> {
  const source = await readFile(join(import.meta.dirname, 'bare/worker.ts'), 'utf8');
  const { code } = await transform(source, { loader: 'ts', target: 'es2024' });
  return {
    code,
    durableObjects: { RELAYS: 'Relay' },
    vars: { UPSTREAM: azure },
  };
}

/** Starts a program of the bench that says which port it listens on. */
export async function startProcess(file: string, args: readonly string[]) {
  const child = fork(join(import.meta.dirname, file), args);
  const [{ port }] = await once(child, 'message');
  const end = async () => {
    child.disconnect();
    await once(child, 'exit');
  };
  return { port: Number(port), pid: child.pid ?? null, [Symbol.asyncDispose]: end };
}

/** A token of this user's for the bench's Voxgate. */
export async function tokenOf(user: string, claims: object = {}): Promise<string> {
  return new SignJWT({ sub: user, ...claims })
    .setProtectedHeader({ alg: 'HS256' })
    .setExpirationTime('1h')
    .sign(new TextEncoder().encode(SECRET));
}
