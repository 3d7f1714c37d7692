import { WORKER_VARIABLES } from '../../scripts/settings.ts';

/** The variables of the Worker under test inside the runtime: whatever else a developer's `.dev.vars` says is blank. */
export function workerVariables(azureEndpoint: string): Record<string, string> {
  return {
    ...Object.fromEntries(WORKER_VARIABLES.map((name) => [name, ''])),
    AZURE_ENDPOINT: azureEndpoint,
    AZURE_API_KEY: 'key-of-the-workerd-tests',
    AUTH_SECRET: 'a secret of the workerd tests, long enough',
    GUEST_ACCESS: 'true',
    // One person shows hundreds of tokens in a test; who tests the limit has a token with one.
    MAX_REQUESTS_PER_MINUTE: '100000',
    ALLOWED_ORIGINS: 'https://friend.example',
    INSTRUCTIONS: 'Operator instructions that nobody may see.',
  };
}
