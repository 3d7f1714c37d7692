/** What `npm run test:live` must be told. Pure. */

const needed = {
  AZURE_ENDPOINT: 'the resource, e.g. https://NAME.openai.azure.com',
  AZURE_API_KEY: 'its key',
  AZURE_REALTIME_DEPLOYMENT: 'the deployment to talk with, e.g. gpt-realtime',
} as const;

/** One line for each variable that is missing or empty; no value is ever shown. */
export function missingVariables(environment: Readonly<Record<string, string | undefined>>): string[] {
  return Object.entries(needed)
    .filter(([name]) => (environment[name] ?? '').trim() === '')
    .map(([name, meaning]) => `${name} is not set: ${meaning}.`);
}
