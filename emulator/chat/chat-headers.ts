/** Headers of the chat routes: those Azure adds to every answer, and how many of their own a client may send. */
import { randomUUID } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

import { REGION } from '../http/refusals.ts';
import type { Allowance } from './allowance.ts';

const MOST_CUSTOM_HEADERS = 10;

/** What browsers, runtimes and official clients send by themselves. */
const OWN_PREFIXES = /^(?:sec-|x-stainless-|x-ms-|openai-|cf-|x-forwarded-)/;
const STANDARD = new Set(
  (
    'accept accept-charset accept-encoding accept-language api-key authorization cache-control connection ' +
    'content-encoding content-length content-type cookie date dnt expect forwarded from host idempotency-key ' +
    'if-modified-since if-none-match keep-alive origin pragma priority range referer te trailer ' +
    'transfer-encoding upgrade upgrade-insecure-requests user-agent via'
  ).split(' '),
);

/** What the headers of an answer tell. */
export interface Told {
  readonly request: IncomingHttpHeaders;
  /** Null while it is not known. */
  readonly deployment: string | null;
  readonly allowance: Allowance;
}

/** The headers of every answer, also of a refused one. */
export function chatHeaders({ request, deployment, allowance }: Told): Record<string, string> {
  const given = request['x-ms-client-request-id'];
  const id = randomUUID();
  return {
    'apim-request-id': id,
    'x-request-id': randomUUID(),
    'x-ms-client-request-id': typeof given === 'string' ? given : 'Not-Set',
    'x-ms-region': REGION,
    'x-ms-rai-invoked': `${deployment !== null}`,
    ...(deployment !== null && { 'x-ms-deployment-name': encodeURIComponent(deployment) }),
    'azureml-model-session': 'emulator',
    'x-accel-buffering': 'no',
    'access-control-allow-origin': '*',
    'x-ratelimit-limit-requests': `${allowance.limitRequests}`,
    'x-ratelimit-limit-tokens': `${allowance.limitTokens}`,
    'x-ratelimit-remaining-requests': `${allowance.remainingRequests}`,
    'x-ratelimit-remaining-tokens': `${allowance.remainingTokens}`,
    'x-ratelimit-reset-requests': `${allowance.resetRequestsSeconds}`,
    'x-ratelimit-reset-tokens': `${allowance.resetTokensSeconds}`,
  };
}

/** Whether a client sends more headers of its own than Azure passes on. */
export function hasTooManyHeaders(headers: IncomingHttpHeaders): boolean {
  const custom = Object.keys(headers).filter((name) => !STANDARD.has(name) && !OWN_PREFIXES.test(name));
  return custom.length > MOST_CUSTOM_HEADERS;
}
