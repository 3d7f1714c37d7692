import { expect, it } from 'vitest';

import { missingVariables } from '../../scripts/live-variables.ts';

const whole = {
  AZURE_ENDPOINT: 'https://example.openai.azure.com',
  AZURE_API_KEY: 'a-secret',
  AZURE_REALTIME_DEPLOYMENT: 'gpt-realtime',
};

it('[N24] test:live names every variable that is missing or empty, and no value', () => {
  expect(missingVariables(whole)).toEqual([]);
  expect(missingVariables({})).toHaveLength(3);
  const lines = missingVariables({ ...whole, AZURE_ENDPOINT: ' ' });
  expect(lines).toEqual([expect.stringMatching(/^AZURE_ENDPOINT is not set/)]);
  expect(lines.join()).not.toContain('a-secret');
});
