import { expect, it } from 'vitest';
import { readOtherWays, routesTo } from '../../src/azure/routes.ts';
import { readAzureTarget } from '../../src/azure/target.ts';

const first = { AZURE_ENDPOINT: 'https://one.openai.azure.com', AZURE_API_KEY: 'first key' };
const entra = {
  AZURE_TENANT_ID: 'contoso',
  AZURE_CLIENT_ID: 'app',
  AZURE_CLIENT_SECRET: 'a very secret secret',
};

function routes(env: object): readonly object[] {
  const target = readAzureTarget(env);
  const others = readOtherWays(env);
  if (!target.ok || !others.ok) throw new Error('not read');
  return routesTo(target.value, others.value);
}

function problems(env: object): readonly string[] {
  return [readAzureTarget(env), readOtherWays(env)].flatMap((read) => (read.ok ? [] : read.problems));
}

it('[F8] one resource and one key are one way', () => {
  expect(routes(first)).toEqual([
    {
      name: 'primary',
      endpoint: 'https://one.openai.azure.com',
      credential: { kind: 'key', key: 'first key' },
      realtimeDeployment: 'gpt-realtime',
      chatDeployment: null,
    },
  ]);
});

it('[F8] Entra ID comes before the keys, the second key next, other resources last, with their own deployments', () => {
  const env = {
    ...first,
    ...entra,
    AZURE_API_KEY_SECONDARY: 'second key',
    AZURE_REALTIME_DEPLOYMENT: 'talk',
    AZURE_FALLBACKS: JSON.stringify([
      {
        endpoint: 'https://two.openai.azure.com/',
        apiKey: 'k2',
        realtimeDeployment: 'other',
        chatDeployment: 'c',
      },
      { endpoint: 'http://127.0.0.1:8788', apiKey: 'k3' },
    ]),
  };
  const app = {
    authority: 'https://login.microsoftonline.com',
    tenantId: 'contoso',
    clientId: 'app',
    clientSecret: 'a very secret secret',
  };
  const one = { endpoint: 'https://one.openai.azure.com', realtimeDeployment: 'talk', chatDeployment: null };
  expect(routes(env)).toEqual([
    { ...one, name: 'entra', credential: { kind: 'entra', app } },
    { ...one, name: 'primary', credential: { kind: 'key', key: 'first key' } },
    { ...one, name: 'primary-2', credential: { kind: 'key', key: 'second key' } },
    {
      name: 'fallback-1',
      endpoint: 'https://two.openai.azure.com',
      credential: { kind: 'key', key: 'k2' },
      realtimeDeployment: 'other',
      chatDeployment: 'c',
    },
    {
      name: 'fallback-2',
      endpoint: 'http://127.0.0.1:8788',
      credential: { kind: 'key', key: 'k3' },
      realtimeDeployment: 'talk',
      chatDeployment: null,
    },
  ]);
});

it('[F8] Entra ID needs no key, and one of both is needed', () => {
  expect(routes({ ...first, ...entra, AZURE_API_KEY: '' })).toMatchObject([{ name: 'entra' }]);
  expect(problems({ ...first, AZURE_API_KEY: '' })).toEqual([
    expect.stringMatching(/^AZURE_API_KEY: set it to a key of the resource \(a secret\), or use Entra ID/),
  ]);
});

const secret = 'sk-0123456789abcdef';
const wrong = [
  ['half of Entra ID', { AZURE_TENANT_ID: 'contoso' }, 'AZURE_TENANT_ID: set all three'],
  [
    'an authority over plain http',
    { AZURE_AUTHORITY_HOST: 'http://login.example' },
    'AZURE_AUTHORITY_HOST: must be',
  ],
  ['fallbacks that are no JSON', { AZURE_FALLBACKS: `[${secret}` }, 'AZURE_FALLBACKS: must be a JSON list'],
  ['fallbacks that are no list', { AZURE_FALLBACKS: '{}' }, 'AZURE_FALLBACKS: must be a JSON list'],
  [
    'a fallback without a key',
    { AZURE_FALLBACKS: '[{"endpoint":"https://two.openai.azure.com"}]' },
    'AZURE_FALLBACKS.0.apiKey: must be a JSON list',
  ],
  [
    'a fallback over plain http',
    { AZURE_FALLBACKS: JSON.stringify([{ endpoint: 'http://two.example', apiKey: secret }]) },
    'AZURE_FALLBACKS.0.endpoint: must be a JSON list',
  ],
  [
    'a fallback with a word of nobody',
    { AZURE_FALLBACKS: JSON.stringify([{ endpoint: 'https://two.example', apiKey: secret, key: 1 }]) },
    'AZURE_FALLBACKS.0.key: must be a JSON list',
  ],
  [
    'nine fallbacks',
    {
      AZURE_FALLBACKS: JSON.stringify(
        Array.from({ length: 9 }, () => ({ endpoint: 'https://two.example', apiKey: secret })),
      ),
    },
    'AZURE_FALLBACKS: must be a JSON list of at most 8',
  ],
] as const;

it.each(wrong)('[F9] %s is a problem that names the variable and no value', (_what, env, start) => {
  const told = problems({ ...first, ...env });
  expect(told).toHaveLength(1);
  expect(told[0]).toContain(start);
  expect(told.join('\n')).not.toContain(secret);
});
