/** The agent of the README, run as it stands there. */
import { execFile } from 'node:child_process';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { startEmulator } from '../../../emulator/server.ts';
import { typeCheck } from '../../support/type-check.ts';

const REPO = resolve(import.meta.dirname, '../../..');
const SNIPPET = /## An agent in ten lines\n[\s\S]*?```ts\n(?<code>[\s\S]*?)```/;

async function snippet(): Promise<string> {
  const readme = await readFile(resolve(REPO, 'README.md'), 'utf8');
  return SNIPPET.exec(readme)?.groups?.['code'] ?? '';
}

it('[J37] the ten lines ask the emulator, call their tool and print the answer', async () => {
  const emulator = await startEmulator({ port: 0, pace: 0, thinkMs: 0, apiKey: 'the-key' });
  const file = resolve(REPO, `agent-of-the-readme-${process.pid}.ts`);
  await writeFile(file, await snippet());
  try {
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [file], {
      cwd: REPO,
      env: { PATH: process.env['PATH'], AZURE_ENDPOINT: emulator.url, AZURE_API_KEY: 'the-key' },
    });
    expect(stderr).toBe('');
    expect(stdout).toBe('Here is what the tool answered. "Sunny in Rome, 21 degrees"\n');
  } finally {
    await rm(file);
    await emulator.close();
  }
});

it('[J37] the ten lines are about ten, and the compiler has nothing against them', async () => {
  const code = await snippet();
  const statements = code.split('\n').filter((line) => line !== '' && !line.startsWith('import'));
  expect(statements.length).toBeLessThanOrEqual(11);
  const module = code.replaceAll("'./src/", "'REPO/src/");
  expect(await typeCheck({ 'agent.ts': module })).toEqual({ 'agent.ts': [] });
});
