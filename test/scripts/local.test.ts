import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { readLocalSettings } from '../../scripts/local.ts';

async function devVars(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'voxgate-local-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return join(folder, '.dev.vars');
}

test('[S4] the first run writes a long random secret that only its owner can read; the next reads it', async () => {
  const path = await devVars();
  const first = await readLocalSettings({}, path);
  expect(first.problems).toEqual([]);
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  expect(await readFile(path, 'utf8')).toBe(`AUTH_SECRET=${first.authSecret}\n`);
  expect((await readLocalSettings({}, path)).authSecret).toBe(first.authSecret);
  expect((await readLocalSettings({}, await devVars())).authSecret).not.toBe(first.authSecret);
});

test('[S4] a file that is there keeps its lines, and is not touched when the environment has a secret', async () => {
  const path = await devVars();
  await writeFile(path, '# mine\nVOICE=ash\n');
  await readLocalSettings({ AUTH_SECRET: 'x'.repeat(32) }, path);
  expect(await readFile(path, 'utf8')).toBe('# mine\nVOICE=ash\n');
  const { authSecret, vars } = await readLocalSettings({}, path);
  expect(await readFile(path, 'utf8')).toBe(`# mine\nVOICE=ash\nAUTH_SECRET=${authSecret}\n`);
  expect(vars['VOICE']).toBe('ash');
});

test('[S4] two first runs at the same time agree on one secret', async () => {
  const path = await devVars();
  const runs = await Promise.all([readLocalSettings({}, path), readLocalSettings({}, path)]);
  const written = await readFile(path, 'utf8');
  for (const { authSecret } of runs) expect(written).toBe(`AUTH_SECRET=${authSecret}\n`);
});
