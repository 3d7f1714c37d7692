/** Every variable a developer may have in a `.dev.vars` beside these tests: blank, as if it were not there. */
const BLANK = [
  'AZURE_API_KEY_SECONDARY',
  'AZURE_FALLBACKS',
  'AZURE_TENANT_ID',
  'AZURE_CLIENT_ID',
  'AZURE_CLIENT_SECRET',
  'AZURE_REALTIME_DEPLOYMENT',
  'AZURE_CHAT_DEPLOYMENT',
  'AZURE_API_VERSION',
  'AZURE_TRANSCRIPTION_DEPLOYMENT',
  'AZURE_OPENAI_ENDPOINT',
  'AZURE_OPENAI_API_KEY',
  'AZURE_OPENAI_API_VERSION',
  'AZURE_DEPLOYMENT',
  'API_VERSION',
  'VOICE',
  'AUTH_JWKS_URL',
  'AUTH_ISSUER',
  'AUTH_AUDIENCE',
  'MAX_CONNECTIONS_PER_USER',
  'MAX_REQUESTS_PER_MINUTE',
  'SESSION_IDLE_MINUTES',
  'SESSION_MAX_MINUTES',
  'DAILY_TOKENS_PER_USER',
  'DAILY_USD_PER_USER',
  'DAILY_VOICE_MINUTES_PER_USER',
  'LOCK_SESSION',
  'HISTORY_DAYS',
  'TOOLS_MCP',
];

/** The variables of the Worker under test inside the runtime, whatever lies about on the machine. */
export function workerVariables(azureEndpoint: string): Record<string, string> {
  return {
    ...Object.fromEntries(BLANK.map((name) => [name, ''])),
    AZURE_ENDPOINT: azureEndpoint,
    AZURE_API_KEY: 'key-of-the-workerd-tests',
    AUTH_SECRET: 'a secret of the workerd tests, long enough',
    GUEST_ACCESS: 'true',
    ALLOWED_ORIGINS: 'https://friend.example',
    INSTRUCTIONS: 'Operator instructions that nobody may see.',
  };
}
