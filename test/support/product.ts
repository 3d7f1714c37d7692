/** `npm start` and its like, run as a person would: through npm, as a process of their own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { resolve } from 'node:path';

const REPO = resolve(import.meta.dirname, '../..');

/** A command that has ended. */
export interface Ended {
  /** Null when a signal ended it. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A command that runs. */
export interface Command {
  readonly process: ChildProcess;
  /** Everything printed so far, both streams. */
  readonly output: () => string;
  /** Settles when this has been printed; rejects with everything that was when the command ends before. */
  readonly printed: (text: string | RegExp) => Promise<void>;
  readonly ended: Promise<Ended>;
}

/** Starts an npm script of the repository. `env` is added to this process's own. */
export function runNpm(args: readonly string[], env: Readonly<Record<string, string>> = {}): Command {
  const child = spawn('npm', args, {
    cwd: REPO,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  const news = new EventEmitter();
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
    news.emit('news');
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
    news.emit('news');
  });
  let hasEnded = false;
  const ended = once(child, 'close').then(([code]): Ended => {
    hasEnded = true;
    news.emit('news');
    return { code: code as number | null, stdout, stderr };
  });
  const output = () => stdout + stderr;
  const printed = async (text: string | RegExp) => {
    while (!(typeof text === 'string' ? output().includes(text) : text.test(output()))) {
      if (hasEnded) throw new Error(`ended without printing ${String(text)}:\n${output()}`);
      await once(news, 'news');
    }
  };
  return { process: child, output, printed, ended };
}

/** The ids of all processes that descend from this one, itself not among them (Linux). */
export async function descendants(pid: number): Promise<readonly number[]> {
  const parents = new Map<number, number>();
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const stat = await readFile(`/proc/${name}/stat`, 'utf8').catch(() => '');
    const [, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (parent) parents.set(Number(name), Number(parent));
  }
  const isBelow = (id: number): boolean => {
    const parent = parents.get(id);
    return parent !== undefined && (parent === pid || isBelow(parent));
  };
  return [...parents.keys()].filter(isBelow);
}

/** True while a process with this id runs; a dead one that nobody has reaped yet does not. */
export async function isRunning(pid: number): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  const [state] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return stat !== '' && state !== 'Z';
}

/** Those of the processes whose command line holds this text (Linux). */
export async function running(pids: readonly number[], text: string): Promise<readonly number[]> {
  const lines = await Promise.all(
    pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')),
  );
  return pids.filter((_, at) => lines[at]?.replaceAll('\0', ' ').includes(text));
}
