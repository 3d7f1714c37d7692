/** Every way to Azure that the operator gave, in the order to try them. */
import * as v from 'valibot';
import { readSettings, text, type Settings } from '../observe/settings.ts';
import type { EntraApp } from './entra.ts';
import { isAzureEndpoint, type AzureTarget } from './target.ts';

/** How we show who we are. */
export type Credential =
  { readonly kind: 'key'; readonly key: string } | { readonly kind: 'entra'; readonly app: EntraApp };

/** One way: a resource, its deployments, and one credential for it. */
export interface Route {
  /** What logs call it: `primary`, `primary-2`, `entra`, `fallback-1`… */
  readonly name: string;
  /** The resource: ways to the same one share its health and its quota. */
  readonly endpoint: string;
  readonly credential: Credential;
  readonly realtimeDeployment: string;
  /** Null: as the first resource calls it. */
  readonly chatDeployment: string | null;
}

/** Where tokens come from, unless the name that Azure's own SDKs know for it says otherwise. */
const PUBLIC_AUTHORITY = 'https://login.microsoftonline.com';

const MOST_FALLBACKS = 8;
const LIST = `must be a JSON list of at most ${MOST_FALLBACKS} of {endpoint, apiKey, realtimeDeployment?, chatDeployment?}`;

const fallback = v.strictObject(
  {
    endpoint: v.pipe(v.string(LIST), v.check(isAzureEndpoint, `${LIST}, each endpoint an https address`)),
    apiKey: v.pipe(v.string(LIST), v.trim(), v.minLength(1, LIST)),
    realtimeDeployment: v.optional(v.pipe(v.string(LIST), v.minLength(1, LIST))),
    chatDeployment: v.optional(v.pipe(v.string(LIST), v.minLength(1, LIST))),
  },
  LIST,
);

const fallbacks = v.pipe(
  text('[]'),
  v.parseJson({}, LIST),
  v.array(fallback, LIST),
  v.maxLength(MOST_FALLBACKS, LIST),
);

const schema = v.object({
  AZURE_API_KEY_SECONDARY: text(''),
  AZURE_FALLBACKS: fallbacks,
  AZURE_TENANT_ID: text(''),
  AZURE_CLIENT_ID: text(''),
  AZURE_CLIENT_SECRET: text(''),
  AZURE_AUTHORITY_HOST: v.pipe(
    text(PUBLIC_AUTHORITY),
    v.check(isAzureEndpoint, 'must be an https address (http only for loopback), without a path'),
  ),
});

type Read = v.InferOutput<typeof schema>;

/** Reads the ways, given the first resource: Entra ID before the keys, the second key next, other resources last. */
export function readRoutes(env: object, target: AzureTarget): Settings<readonly Route[]> {
  const read = readSettings(schema, env);
  if (!read.ok) return read;
  const app = appOf(read.value);
  if (app === 'incomplete') {
    return problem('AZURE_TENANT_ID, AZURE_CLIENT_ID, AZURE_CLIENT_SECRET: set all three, or none');
  }
  const keys = [target.apiKey, read.value.AZURE_API_KEY_SECONDARY].filter((key) => key !== '');
  if (app === null && target.apiKey === '') {
    return problem(
      'AZURE_API_KEY: set it to a key of the resource (a secret), or give AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET',
    );
  }
  const { endpoint, realtimeDeployment } = target;
  const here = { endpoint, realtimeDeployment, chatDeployment: null };
  return {
    ok: true,
    value: [
      ...(app === null ? [] : [{ ...here, name: 'entra', credential: { kind: 'entra', app } as const }]),
      ...keys.map((key, index) => ({ ...here, name: nameOf('primary', index), credential: keyed(key) })),
      ...read.value.AZURE_FALLBACKS.map((other, index) => ({
        name: `fallback-${index + 1}`,
        endpoint: new URL(other.endpoint).origin,
        credential: keyed(other.apiKey),
        realtimeDeployment: other.realtimeDeployment ?? realtimeDeployment,
        chatDeployment: other.chatDeployment ?? null,
      })),
    ],
  };
}

function appOf(read: Read): EntraApp | 'incomplete' | null {
  const {
    AZURE_TENANT_ID: tenantId,
    AZURE_CLIENT_ID: clientId,
    AZURE_CLIENT_SECRET: clientSecret,
    AZURE_AUTHORITY_HOST: host,
  } = read;
  const given = [tenantId, clientId, clientSecret].filter((one) => one !== '');
  if (given.length === 0) return null;
  if (given.length < 3) return 'incomplete';
  return { authority: new URL(host).origin, tenantId, clientId, clientSecret };
}

function keyed(key: string): Credential {
  return { kind: 'key', key };
}

function nameOf(start: string, index: number): string {
  return index === 0 ? start : `${start}-${index + 1}`;
}

function problem(story: string): { readonly ok: false; readonly problems: readonly string[] } {
  return { ok: false, problems: [story] };
}
