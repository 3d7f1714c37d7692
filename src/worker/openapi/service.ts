import * as v from 'valibot';
import { whenObjectsAreAsked, type Operations } from './operation.ts';
import { amount } from './values.ts';

const version = v.pipe(v.string(), v.description('Of this Voxgate.'));

const ms = v.pipe(amount, v.description('How long Azure took to answer a dial.'));

/** A Worker that could serve a call; with `deep=1`, that Azure answered. */
export const healthyAnswer = v.strictObject({
  status: v.literal('healthy'),
  version,
  azure: v.exactOptional(v.strictObject({ reachable: v.literal(true), ms })),
});

/** One that could not, and why; with `deep=1` also that Azure did not answer. */
export const unhealthyAnswer = v.strictObject({
  status: v.literal('unhealthy'),
  version,
  reasons: v.pipe(
    v.array(v.string()),
    v.description(
      'What is not configured, by variable and fix, and never a value; or why Azure did not answer.',
    ),
  ),
  azure: v.exactOptional(v.strictObject({ reachable: v.literal(false) })),
});

/** `GET /health`. */
export type HealthAnswer = v.InferOutput<typeof healthyAnswer> | v.InferOutput<typeof unhealthyAnswer>;

/** An OpenAPI document, as far as it says of itself that it is one. */
export const openapiAnswer = v.looseObject({
  openapi: v.literal('3.1.1'),
  info: v.looseObject({ title: v.string(), version: v.string() }),
  paths: v.record(v.string(), v.looseObject({})),
});

export const serviceOperations = {
  'GET /health': {
    summary: 'Tells whether a call could be served.',
    details: 'With `deep=1`, for administrators, Azure is dialled as well.',
    tag: 'Service',
    who: 'anyone',
    parameters: [
      {
        name: 'deep',
        in: 'query',
        description: '`1`: dial Azure too. Only an administrator may.',
        schema: v.literal('1'),
      },
    ],
    answers: {
      200: { description: 'It could.', body: { type: 'application/json', schema: healthyAnswer } },
      503: {
        description: 'It could not, and why.',
        body: { type: 'application/json', schema: unhealthyAnswer },
        headers: { 'Retry-After': 'Seconds to wait before asking again.' },
      },
    },
    refusals: [
      'invalid_request',
      'unauthenticated',
      'invalid_credential',
      'credential_in_url',
      'admin_only',
      ...whenObjectsAreAsked,
    ],
  },
  'GET /openapi.json': {
    summary: 'This API, as an OpenAPI document.',
    tag: 'Service',
    who: 'anyone',
    answers: {
      200: { description: 'The document.', body: { type: 'application/json', schema: openapiAnswer } },
    },
  },
  'GET /docs': {
    summary: 'This API, as a page to read.',
    tag: 'Service',
    who: 'anyone',
    answers: { 200: { description: 'The page.', body: { type: 'text/html' } } },
  },
} as const satisfies Operations;
