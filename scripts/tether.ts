import { spawn } from 'node:child_process';

/**
 * Makes sure that nothing of this process's group outlives this process, however it dies: a shell waits for the end of
 * a pipe that only this process holds open, and then kills the group. A handler in JavaScript would not run on SIGKILL,
 * and a runtime left behind would keep the port.
 *
 * Call it only in a process that leads a group of its own (`detached: true`). Does nothing on Windows.
 */
export function tetherGroup(): void {
  if (process.platform === 'win32') return;
  const shell = spawn('sh', ['-c', 'read -r _; kill -9 -"$1"', 'tether', String(process.pid)], {
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  shell.unref();
  shell.on('error', (error) => process.emitWarning(error));
  // The pipe must not keep an otherwise finished process alive.
  if ('unref' in shell.stdin && typeof shell.stdin.unref === 'function') shell.stdin.unref();
}
