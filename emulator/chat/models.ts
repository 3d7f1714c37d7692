/** The model behind a deployment, as `model` in an answer tells it: a name with a date. Pure. */

const models: Readonly<Record<string, string>> = {
  'gpt-4o': 'gpt-4o-2024-11-20',
  'gpt-4o-mini': 'gpt-4o-mini-2024-07-18',
  'gpt-4.1': 'gpt-4.1-2025-04-14',
  'gpt-4.1-mini': 'gpt-4.1-mini-2025-04-14',
  'gpt-4.1-nano': 'gpt-4.1-nano-2025-04-14',
};

const OTHERWISE = 'gpt-4o-2024-11-20';

/** Deployments named after a model have it; the others have gpt-4o. */
export function modelBehind(deployment: string): string {
  if (Object.hasOwn(models, deployment)) return models[deployment] ?? OTHERWISE;
  return deployment.startsWith('gpt-') ? deployment : OTHERWISE;
}
