import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { expect, it } from 'vitest';
import { headersFile, pageHeaders } from '../../src/worker/security-policy.ts';

it('[O12] public/_headers is what npm run build writes from the table', async () => {
  const file = await readFile(resolve(import.meta.dirname, '../../public/_headers'), 'utf8');
  expect(file).toBe(headersFile());
});

it('[O12] the page may run its own code, and nobody else’s', () => {
  const policy = pageHeaders['Content-Security-Policy'] ?? '';
  expect(policy).not.toMatch(/unsafe|https?:|data:|blob:|\*/);
  for (const directive of ['default-src', 'object-src', 'base-uri', 'frame-ancestors']) {
    expect(policy).toContain(`${directive} 'none'`);
  }
  expect(pageHeaders['Permissions-Policy']).toContain('microphone=(self), camera=()');
});

it('[O12] every line of public/_headers fits the 2,000 characters that the platform takes', () => {
  expect(
    Math.max(
      ...headersFile()
        .split('\n')
        .map((line) => line.length),
    ),
  ).toBeLessThan(2_000);
});
