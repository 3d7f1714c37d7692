/** What the README says of variables, and what the code makes of them. */
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { WORKER_VARIABLES } from '../../scripts/settings.ts';
import { readLimits } from '../../src/durable-objects/configuration.ts';

const REPO = resolve(import.meta.dirname, '../..');

/** Default by limit, as the code has it; null: none. */
const LIMITS = {
  MAX_CONNECTIONS_PER_USER: 'connections',
  MAX_REQUESTS_PER_MINUTE: 'requestsPerMinute',
  SESSION_IDLE_MINUTES: 'idleMinutes',
  SESSION_MAX_MINUTES: 'sessionMinutes',
  DAILY_TOKENS_PER_USER: 'dailyTokens',
  DAILY_USD_PER_USER: 'dailyUsd',
  DAILY_VOICE_MINUTES_PER_USER: 'dailyVoiceMinutes',
} as const;

let readme = '';
let security = '';
beforeAll(async () => {
  readme = await readFile(resolve(REPO, 'README.md'), 'utf8');
  security = await readFile(resolve(REPO, 'docs/security.md'), 'utf8');
});

/** The lines of a page's tables that name a variable. */
function linesOf(page: string, variable: string): readonly string[] {
  return page.split('\n').filter((line) => line.startsWith('|') && line.includes(`\`${variable}\``));
}

it('[S2] every variable of the README’s table reaches the Worker', () => {
  const [, table = ''] = readme.split('## Configuration');
  const [rows = ''] = table.split('\n## ');
  const named = rows.split('\n').flatMap((line) => {
    const [, cell = ''] = line.split('|');
    return [...cell.matchAll(/`(?<name>[A-Z_]+)`/g)].map(({ groups }) => groups?.['name'] ?? '');
  });
  expect(named.length).toBeGreaterThan(15);
  expect(named.filter((name) => !WORKER_VARIABLES.some((known) => known === name))).toEqual([]);
});

it.each(Object.entries(LIMITS))('[S2] the default of %s is documented as it is', (variable, limit) => {
  const read = readLimits({});
  if (!read.ok) throw new Error('Nothing set is a good configuration');
  const value = read.value[limit];
  const told = value === null ? /no limit/ : new RegExp(`\\(${value}\\)`);
  expect(linesOf(readme, variable)[0]).toMatch(told);
  expect(linesOf(security, variable)[0]).toMatch(value === null ? /none/ : new RegExp(`\\b${value}\\b`));
});
