import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { describe, expect, it } from 'vitest';

import { startEmulator } from '../../emulator/server.ts';
import { connect } from '../support/realtime-client.ts';

interface Started {
  readonly process: ChildProcess;
  readonly firstLine: Promise<string>;
  readonly ended: Promise<number | null>;
}

/** Starts the program as `npm run emulator` does. */
function start(env: Readonly<Record<string, string>>): Started {
  const child = spawn(process.execPath, ['emulator/main.ts'], {
    env: { ...process.env, EMULATOR_TETHER: '', EMULATOR_API_KEY: '', ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const output = env['EMULATOR_PORT'] === '0' ? child.stdout : child.stderr;
  const firstLine = once(createInterface(output), 'line').then(([line]) => String(line));
  const ended = once(child, 'exit').then(([code]) => (typeof code === 'number' ? code : null));
  return { process: child, firstLine, ended };
}

describe('npm run emulator', () => {
  it('[E9] prints one line with its address when it is ready, and ends with 0 on a signal', async () => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      const emulator = start({ EMULATOR_PORT: '0' });
      const line = await emulator.firstLine;
      const url = line.match(/http:\/\/127\.0\.0\.1:\d+/)?.[0] ?? line;
      const options = { headers: { 'api-key': 'any' } };
      const client = await connect(`${url}/openai/v1/realtime?model=gpt-realtime`, options);
      emulator.process.kill(signal);
      expect(await emulator.ended).toBe(0);
      expect((await client.closed()).code).toBe(1001);
    }
  });

  it('[E9] with EMULATOR_TETHER=1 it ends when its stdin does', async () => {
    const emulator = start({ EMULATOR_PORT: '0', EMULATOR_TETHER: '1' });
    await emulator.firstLine;
    emulator.process.stdin?.end();
    expect(await emulator.ended).toBe(0);
  });

  it('[E9] a port that is taken, or is none, is told in one line, and the program ends with 1', async () => {
    const other = await startEmulator({ port: 0 });
    for (const [port, words] of [
      [`${other.port}`, /cannot start.+in use.+EMULATOR_PORT/],
      ['eighty', /EMULATOR_PORT must be a port/],
    ] as const) {
      const emulator = start({ EMULATOR_PORT: port });
      expect(await emulator.firstLine).toMatch(words);
      expect(await emulator.ended).toBe(1);
    }
    await other.close();
  });
});
