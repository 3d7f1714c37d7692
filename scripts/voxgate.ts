/** Runs the whole product on loopback: for `npm start`, and for every test that needs real sockets. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as wait } from 'node:timers/promises';

const REPO = resolve(import.meta.dirname, '..');
const READY_MS = 60_000;
const STOP_MS = 3_000;
const LEFTOVERS_MS = 200;
const POLL_MS = 20;
const LINES_KEPT = 30;

/** What the process that serves is told, by its parent alone. */
export interface DevServerOptions {
  /** 0 is any free one. */
  readonly port: number;
  /** Where the objects' databases live; made when missing. */
  readonly stateDir: string;
  /** The Worker's variables, secrets among them. */
  readonly vars: Readonly<Record<string, string>>;
  /** Build and load again when a source file changes. */
  readonly isWatching: boolean;
}

/** `port` is any free one, `stateDir` the `.wrangler/state` of the repository, nothing is watched, unless told. */
export interface VoxgateOptions extends Partial<Omit<DevServerOptions, 'vars'>> {
  readonly vars: Readonly<Record<string, string>>;
  /** Told every line that the Worker and the runtime print. Default: nobody is. */
  readonly log?: (line: string) => void;
}

/** The product, serving. */
export interface Voxgate {
  /** Origin, `http://127.0.0.1:PORT`, with no slash behind it. */
  readonly url: string;
  /** The process that serves; it leads a group of its own, with the runtime in it. */
  readonly pid: number;
  /** Settles when it has ended, whoever ended it. */
  readonly ended: Promise<void>;
  /** Ends everything that was started, and returns when nothing of it is left. */
  readonly close: () => Promise<void>;
}

/**
 * Builds the page, starts the Worker as `wrangler dev` would, and returns when `GET /health` answers.
 *
 * Rejects with the last lines that were printed when that takes longer than a minute or ends before. Whatever happens
 * to this process, what it started ends with it and the port is free again.
 */
export async function startVoxgate(options: VoxgateOptions): Promise<Voxgate> {
  const { vars, log, port = 0, stateDir = join(REPO, '.wrangler/state'), isWatching = false } = options;
  const server = spawn(process.execPath, [join(import.meta.dirname, 'dev-server.ts')], {
    cwd: REPO,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    env: { ...process.env, ...QUIET },
  });
  await once(server, 'spawn');
  const lines = keepLines(server, log);
  const ended = once(server, 'exit').then(() => endGroup(server));
  const close = () => stop(server, ended);
  try {
    server.send({ port, stateDir, vars, isWatching } satisfies DevServerOptions);
    const url = await Promise.race([readiness(server), ended.then(() => tooEarly())]);
    return { url, pid: groupOf(server), ended, close };
  } catch (cause) {
    await close();
    throw new Error(`Voxgate did not start.\n${lines.join('\n')}`, { cause });
  }
}

/** No metrics, no questions, no outside request, no unauthenticated view of the stored data under `/cdn-cgi/`. */
const QUIET = {
  CI: 'true',
  CLOUDFLARE_CF_FETCH_ENABLED: 'false',
  WRANGLER_HIDE_BANNER: 'true',
  WRANGLER_LOG: 'warn',
  WRANGLER_SEND_ERROR_REPORTS: 'false',
  WRANGLER_SEND_METRICS: 'false',
  WRANGLER_WRITE_LOGS: 'false',
  X_LOCAL_EXPLORER: 'false',
  X_LOCAL_OBSERVABILITY: 'false',
};

function keepLines(server: ChildProcess, log: ((line: string) => void) | undefined): readonly string[] {
  const kept: string[] = [];
  for (const input of [server.stdout, server.stderr]) {
    if (!input) continue;
    createInterface({ input }).on('line', (line) => {
      log?.(line);
      kept.push(line);
      if (kept.length > LINES_KEPT) kept.shift();
    });
  }
  return kept;
}

async function readiness(server: ChildProcess): Promise<string> {
  const signal = AbortSignal.timeout(READY_MS);
  const [message] = await once(server, 'message', { signal });
  const { origin } = new URL(message.url);
  while (!(await isAnswering(`${origin}/health`))) await wait(POLL_MS, undefined, { signal });
  return origin;
}

async function isAnswering(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(STOP_MS) });
    await response.body?.cancel();
    return true;
  } catch {
    return false;
  }
}

function tooEarly(): never {
  throw new Error('The server ended before it was ready');
}

async function stop(server: ChildProcess, ended: Promise<void>): Promise<void> {
  if (server.connected) server.disconnect();
  const timer = setTimeout(() => signalGroup(server, 'SIGKILL'), STOP_MS);
  await ended;
  clearTimeout(timer);
}

/**
 * The leader is gone; whatever it left in its group goes too. The wait is for a port to be free again, and bounded: a
 * dead process that nobody has reaped yet still takes signals.
 */
async function endGroup(server: ChildProcess): Promise<void> {
  const patience = AbortSignal.timeout(LEFTOVERS_MS);
  while (signalGroup(server, 'SIGKILL') && !patience.aborted) await wait(POLL_MS);
}

/** True when there was still somebody in the group to get the signal. */
function signalGroup(server: ChildProcess, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(-groupOf(server), signal);
  } catch {
    return false;
  }
}

function groupOf({ pid }: ChildProcess): number {
  if (pid === undefined) throw new Error('The process has no id: it was never started');
  return pid;
}
