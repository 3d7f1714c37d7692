import * as v from 'valibot';
import { readSettings, text, type Settings } from '../observe/settings.ts';

/** Where Azure is, how we show who we are, and which deployments answer. */
export interface AzureTarget {
  /** Origin of the resource, without a slash at the end. */
  readonly endpoint: string;
  /** Empty when Entra ID stands in its place. */
  readonly apiKey: string;
  readonly realtimeDeployment: string;
  readonly transcriptionDeployment: string;
  readonly chatDeployment: string;
}

/** Names that older projects have in their `.env` files, and the variable each one stands for here. */
export const olderNames = {
  AZURE_OPENAI_ENDPOINT: 'AZURE_ENDPOINT',
  AZURE_OPENAI_API_KEY: 'AZURE_API_KEY',
  AZURE_OPENAI_API_VERSION: 'AZURE_API_VERSION',
  API_VERSION: 'AZURE_API_VERSION',
  AZURE_DEPLOYMENT: 'AZURE_REALTIME_DEPLOYMENT',
} as const;

const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]']);

const noKey = text('');
const aKey = v.pipe(
  text(''),
  v.minLength(1, 'set it to a key of the resource (a secret), or use Entra ID (AZURE_TENANT_ID and its kin)'),
);

const schemaWith = (key: typeof noKey | typeof aKey) =>
  v.pipe(
    v.object({
      AZURE_ENDPOINT: v.pipe(
        text(''),
        v.minLength(1, 'set it to the address of your Azure OpenAI resource, https://NAME.openai.azure.com'),
        v.check(isAzureEndpoint, 'must be an https address (http only for loopback), without a path'),
      ),
      AZURE_API_KEY: key,
      AZURE_REALTIME_DEPLOYMENT: text('gpt-realtime'),
      AZURE_TRANSCRIPTION_DEPLOYMENT: text('whisper-1'),
      AZURE_CHAT_DEPLOYMENT: text('gpt-4o'),
      AZURE_API_VERSION: v.pipe(
        text(''),
        v.literal(
          '',
          'leave it empty: the preview wire it names is not spoken towards Azure, only the GA one',
        ),
      ),
    }),
    v.transform((read): AzureTarget => ({
      endpoint: new URL(read.AZURE_ENDPOINT).origin,
      apiKey: read.AZURE_API_KEY,
      realtimeDeployment: read.AZURE_REALTIME_DEPLOYMENT,
      transcriptionDeployment: read.AZURE_TRANSCRIPTION_DEPLOYMENT,
      chatDeployment: read.AZURE_CHAT_DEPLOYMENT,
    })),
  );

/** Reads the `AZURE_*` variables, older names included; a current name wins over an older one. */
export function readAzureTarget(env: object): Settings<AzureTarget> {
  const given = new Map(Object.entries(env));
  const current = new Map(given);
  for (const [older, name] of Object.entries(olderNames)) {
    const hasCurrent = Boolean(current.get(name));
    if (!hasCurrent && given.has(older)) current.set(name, given.get(older));
  }
  const key = current.get('AZURE_TENANT_ID') ? noKey : aKey;
  return readSettings(schemaWith(key), Object.fromEntries(current));
}

/** True for the origin of a resource: https, or http on loopback, and nothing behind the host. */
export function isAzureEndpoint(address: string): boolean {
  if (!URL.canParse(address)) return false;
  const url = new URL(address);
  const isPlain = url.username === '' && url.password === '' && url.search === '' && url.hash === '';
  const isSafe = url.protocol === 'https:' || (url.protocol === 'http:' && LOOPBACK.has(url.hostname));
  return isPlain && isSafe && url.pathname === '/';
}
