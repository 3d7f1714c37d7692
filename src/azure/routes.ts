/** Every way to Azure that the operator gave, in the order to try them. */
import * as v from 'valibot';
import { readSettings, text, type Settings } from '../observe/settings.ts';
import type { EntraApp } from './entra.ts';
import { isAzureEndpoint, type AzureTarget } from './target.ts';

/** How we show who we are. */
export type Credential =
  | { readonly kind: 'key'; readonly key: string }
  | { readonly kind: 'entra'; readonly app: EntraApp };

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

const schema = v.pipe(
  v.object({
    AZURE_API_KEY_SECONDARY: text(''),
    AZURE_FALLBACKS: fallbacks,
    AZURE_TENANT_ID: text(''),
    AZURE_CLIENT_ID: text(''),
    AZURE_CLIENT_SECRET: text(''),
    AZURE_AUTHORITY_HOST: v.pipe(
      text(PUBLIC_AUTHORITY),
      v.check(isAzureEndpoint, 'must be an https address (http only for loopback), without a path'),
    ),
  }),
  v.forward(
    v.partialCheck(
      [['AZURE_TENANT_ID'], ['AZURE_CLIENT_ID'], ['AZURE_CLIENT_SECRET']],
      ({ AZURE_TENANT_ID: tenant, AZURE_CLIENT_ID: client, AZURE_CLIENT_SECRET: secret }) =>
        new Set([tenant, client, secret].map((one) => one === '')).size === 1,
      'set all three of AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET, or none',
    ),
    ['AZURE_TENANT_ID'],
  ),
  v.transform((read): OtherWays => ({
    app: appOf(read),
    secondKey: read.AZURE_API_KEY_SECONDARY,
    fallbacks: read.AZURE_FALLBACKS,
  })),
);

/** What there is beside the first resource and its first key. */
export interface OtherWays {
  readonly app: EntraApp | null;
  /** Empty: there is none. */
  readonly secondKey: string;
  readonly fallbacks: readonly v.InferOutput<typeof fallback>[];
}

/** Reads what the operator gave beside `AZURE_ENDPOINT` and `AZURE_API_KEY`. */
export function readOtherWays(env: object): Settings<OtherWays> {
  return readSettings(schema, env);
}

/** All ways: Entra ID before the keys, the second key next, other resources last. */
export function routesTo(
  target: AzureTarget,
  { app, secondKey, fallbacks: others }: OtherWays,
): readonly Route[] {
  const { endpoint, realtimeDeployment } = target;
  const here = { endpoint, realtimeDeployment, chatDeployment: null };
  const keys = [target.apiKey, secondKey].filter((key) => key !== '');
  return [
    ...(app === null ? [] : [{ ...here, name: 'entra', credential: { kind: 'entra', app } as const }]),
    ...keys.map((key, index) => ({ ...here, name: nameOf('primary', index), credential: keyed(key) })),
    ...others.map((other, index) => ({
      name: `fallback-${index + 1}`,
      endpoint: new URL(other.endpoint).origin,
      credential: keyed(other.apiKey),
      realtimeDeployment: other.realtimeDeployment ?? realtimeDeployment,
      chatDeployment: other.chatDeployment ?? null,
    })),
  ];
}

interface Entra {
  readonly AZURE_TENANT_ID: string;
  readonly AZURE_CLIENT_ID: string;
  readonly AZURE_CLIENT_SECRET: string;
  readonly AZURE_AUTHORITY_HOST: string;
}

function appOf(read: Entra): EntraApp | null {
  if (read.AZURE_TENANT_ID === '') return null;
  return {
    authority: new URL(read.AZURE_AUTHORITY_HOST).origin,
    tenantId: read.AZURE_TENANT_ID,
    clientId: read.AZURE_CLIENT_ID,
    clientSecret: read.AZURE_CLIENT_SECRET,
  };
}

function keyed(key: string): Credential {
  return { kind: 'key', key };
}

function nameOf(start: string, index: number): string {
  return index === 0 ? start : `${start}-${index + 1}`;
}
