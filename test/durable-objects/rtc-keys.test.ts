/** Who gets a key, as the operator says. */
import { expect, it } from 'vitest';
import { readConfiguration, type Configuration } from '../../src/durable-objects/configuration.ts';
import { mayHaveKey } from '../../src/durable-objects/rtc-desk.ts';
import type { LimitOverrides, User } from '../../src/identity/user.ts';

function configured(variables: Record<string, string>): Configuration {
  const read = readConfiguration({
    AZURE_ENDPOINT: 'https://azure.example',
    AZURE_API_KEY: 'a key',
    AUTH_SECRET: 'a secret that is long enough for this',
    ...variables,
  });
  if (!read.ok) throw new Error(read.problems.join('; '));
  return read.value;
}

function somebody(limits: LimitOverrides = {}): User {
  const credential = { kind: 'token', hash: 'hash' } as const;
  return { issuer: 'i', subject: 's', isAdmin: false, isGuest: false, expiresAt: 0, limits, credential };
}

it.each([
  ['', {}, {}, true],
  ['', {}, { dailyTokens: 5 }, false],
  ['', { DAILY_USD_PER_USER: '2' }, {}, false],
  ['', { DAILY_VOICE_MINUTES_PER_USER: '2' }, {}, false],
  ['true', { DAILY_USD_PER_USER: '2' }, {}, true],
  ['False', {}, {}, false],
] as const)('[I12] EPHEMERAL_KEYS=%j, with %j and %j: %j', (given, budgets, claims, isGiven) => {
  const configuration = configured({ EPHEMERAL_KEYS: given, ...budgets });
  expect(mayHaveKey(somebody(claims), configuration)).toBe(isGiven);
});

it('[I12] another word is told to the operator by the variable’s name', () => {
  const read = readConfiguration({ EPHEMERAL_KEYS: 'sometimes' });
  expect(read.ok ? [] : read.problems).toContain('EPHEMERAL_KEYS: must be true or false, or empty');
});
