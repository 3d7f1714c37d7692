/** How much processor a process used, where the system tells (Linux). */
import { readdir, readFile } from 'node:fs/promises';

/** The kernel counts in these, on every Linux that Node runs on. */
const TICK_MS = 10;

/** Milliseconds of processor that a process has used so far; null where that cannot be known. */
export async function cpuMs(pid: number | null): Promise<number | null> {
  const fields = pid === null ? null : await statOf(String(pid));
  const [user, system] = fields?.slice(11, 13) ?? [];
  return user === undefined || system === undefined ? null : (Number(user) + Number(system)) * TICK_MS;
}

/** The ids of the processes that this one has started. */
export async function children(): Promise<readonly number[]> {
  const ids = await readdir('/proc').catch(() => []);
  const numbers = ids.filter((name) => /^\d+$/.test(name));
  const parents = await Promise.all(numbers.map(async (id) => (await statOf(id))?.[1]));
  return numbers.filter((_, index) => parents[index] === String(process.pid)).map(Number);
}

/** The fields of /proc/PID/stat behind the name, which may itself hold spaces: state, parent, … */
async function statOf(id: string): Promise<readonly string[] | null> {
  const text = await readFile(`/proc/${id}/stat`, 'utf8').catch(() => null);
  return text === null ? null : text.slice(text.lastIndexOf(')') + 2).split(' ');
}
