import { expect, test } from 'vitest';
import { missingSecrets, secretNames } from '../../scripts/required-secrets.ts';

test('[S8] nothing set: endpoint, credential and secret are all named', () => {
  expect(missingSecrets([]).map((line) => line.split(':')[0])).toEqual([
    'AZURE_ENDPOINT',
    'AZURE_API_KEY',
    'AUTH_SECRET',
  ]);
});

test('[S8] a key, its older name or all three of Entra ID will do', () => {
  const rest = ['AZURE_ENDPOINT', 'AUTH_SECRET'];
  expect(missingSecrets([...rest, 'AZURE_API_KEY'])).toEqual([]);
  expect(missingSecrets(['AZURE_OPENAI_ENDPOINT', 'AUTH_SECRET', 'AZURE_OPENAI_API_KEY'])).toEqual([]);
  const entra = ['AZURE_TENANT_ID', 'AZURE_CLIENT_ID'];
  expect(missingSecrets([...rest, ...entra])).toHaveLength(1);
  expect(missingSecrets([...rest, ...entra, 'AZURE_CLIENT_SECRET'])).toEqual([]);
});

test('[S8] the list is read from what wrangler prints, and is empty when it prints no list', () => {
  expect(secretNames('[{"name":"AUTH_SECRET","type":"secret_text"}]\n')).toEqual(['AUTH_SECRET']);
  expect(secretNames('You are not logged in.')).toEqual([]);
});
