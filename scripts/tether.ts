import { spawn } from 'node:child_process';
import { once } from 'node:events';

/**
 * Makes sure that nothing of this process's group outlives this process, however it dies: a shell waits for the end of
 * a pipe that only this process holds open, and then kills the group. A handler in JavaScript would not run on SIGKILL,
 * and a runtime left behind would keep the port.
 *
 * Call it only in a process that leads a group of its own (`detached: true`). Returns the undo, for a process that has
 * ended the others itself and is about to leave. Does nothing on Windows.
 */
export function tetherGroup(): () => Promise<void> {
  if (process.platform === 'win32') return async () => undefined;
  const shell = spawn('sh', ['-c', 'read -r _; kill -9 -"$1"', 'tether', String(process.pid)], {
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  const gone = once(shell, 'exit');
  return async () => {
    shell.kill('SIGKILL');
    await gone;
  };
}
