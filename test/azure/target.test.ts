import { expect, it } from 'vitest';
import { readAzureTarget } from '../../src/azure/target.ts';

const good = { AZURE_ENDPOINT: 'https://mine.openai.azure.com/', AZURE_API_KEY: 'k' };

it('[U9] a target needs an endpoint and a key, and names what it defaults to', () => {
  expect(readAzureTarget(good)).toEqual({
    ok: true,
    value: {
      endpoint: 'https://mine.openai.azure.com',
      apiKey: 'k',
      realtimeDeployment: 'gpt-realtime',
      transcriptionDeployment: 'whisper-1',
      chatDeployment: 'gpt-4o',
    },
  });
});

it('[U9] the names of older projects are understood, and a current name wins', () => {
  const older = {
    AZURE_OPENAI_ENDPOINT: 'https://old.openai.azure.com',
    AZURE_OPENAI_API_KEY: 'old',
    AZURE_DEPLOYMENT: 'my-voice',
  };
  expect(readAzureTarget(older)).toMatchObject({
    value: { endpoint: 'https://old.openai.azure.com', apiKey: 'old', realtimeDeployment: 'my-voice' },
  });
  expect(readAzureTarget({ ...older, ...good })).toMatchObject({
    value: { apiKey: 'k', realtimeDeployment: 'my-voice' },
  });
});

it.each([
  'mine.openai.azure.com',
  'http://mine.openai.azure.com',
  'https://user:pass@mine.openai.azure.com',
  'https://mine.openai.azure.com/openai/v1',
  'https://mine.openai.azure.com/?api-key=secret',
  'ftp://localhost',
])('[U9] %s is not an endpoint, and the complaint does not repeat it', (endpoint) => {
  const read = readAzureTarget({ ...good, AZURE_ENDPOINT: endpoint });
  if (read.ok) throw new Error('was taken');
  expect(read.problems).toHaveLength(1);
  expect(read.problems[0]).toMatch(/^AZURE_ENDPOINT: must be/);
  expect(read.problems[0]).not.toContain(endpoint);
});

it.each(['http://127.0.0.1:8788', 'http://localhost:8788', 'http://[::1]:8788'])(
  '[U9] plain http is taken on this machine: %s',
  (endpoint) => {
    expect(readAzureTarget({ ...good, AZURE_ENDPOINT: endpoint })).toMatchObject({ value: { endpoint } });
  },
);

it('[U9] all problems are told at once, and the preview wire is not silently something else', () => {
  const read = readAzureTarget({ AZURE_OPENAI_API_VERSION: '2024-10-01-preview' });
  if (read.ok) throw new Error('was taken');
  expect(read.problems.map((problem) => problem.split(':')[0])).toEqual([
    'AZURE_ENDPOINT',
    'AZURE_API_KEY',
    'AZURE_API_VERSION',
  ]);
});
