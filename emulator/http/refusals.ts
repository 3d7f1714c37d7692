/** Refusals over HTTP as Azure words them: a status, a JSON body, the gateway's headers. */
import { randomUUID } from 'node:crypto';
import { STATUS_CODES } from 'node:http';

/** An answer that is not what was asked for. */
export interface HttpRefusal {
  readonly status: number;
  readonly code: string;
  readonly message: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The region the emulator claims to be in: `x-ms-region`. */
export const REGION = 'Loopback';

/** What a 429 tells a client to wait. */
const RETRY_AFTER_MS = 2_000;

/** No key, or a wrong one. */
export const unauthorized: HttpRefusal = {
  status: 401,
  code: '401',
  message:
    'Access denied: the subscription key is missing or invalid, or this is not the endpoint it belongs to.',
};

/** `api-version` on the GA path. */
export const versionedPath: HttpRefusal = {
  status: 401,
  code: '401',
  message: 'Access denied: the v1 path takes no api-version.',
};

/** No such path. */
export const notFound: HttpRefusal = { status: 404, code: '404', message: 'Resource not found' };

/** The path exists, but not for this method or without an upgrade. */
export const upgradeRequired: HttpRefusal = {
  status: 426,
  code: 'UpgradeRequired',
  message: 'This path speaks WebSocket.',
  headers: { upgrade: 'websocket', connection: 'Upgrade' },
};

/** No `model` in the query. */
export const missingModel: HttpRefusal = {
  status: 400,
  code: 'MissingModel',
  message: "The query needs a 'model', which is the name of a deployment.",
};

/** A deployment nobody made. */
export const deploymentNotFound: HttpRefusal = {
  status: 404,
  code: 'DeploymentNotFound',
  message: 'The deployment does not exist in this resource. A new one may take some minutes to appear.',
};

/** A deployment that cannot converse. The code is spelled as Azure spells it. */
export const operationNotSupported: HttpRefusal = {
  status: 400,
  code: 'OpperationNotSupported',
  message: 'The realtime operation does not work with this model.',
};

/** What a refusal by status alone says, for faults and misbehaving deployments. */
export function refusalWithStatus(status: number): HttpRefusal {
  if (status === 401) return unauthorized;
  if (status === 404) return deploymentNotFound;
  const code = status >= 500 ? 'InternalServerError' : `${status}`;
  const message = `${STATUS_CODES[status] ?? 'Refused'}: the emulator was told to refuse.`;
  if (status !== 429) return { status, code, message };
  return {
    status,
    code,
    message: `Requests have exceeded the call rate limit. Try again after ${RETRY_AFTER_MS / 1000} seconds.`,
    headers: { 'retry-after-ms': `${RETRY_AFTER_MS}`, 'retry-after': `${RETRY_AFTER_MS / 1000}` },
  };
}

/** Body and headers of a refusal. Every one has its own request id. */
export function toHttp(refusal: HttpRefusal): {
  readonly body: string;
  readonly headers: Record<string, string>;
} {
  const body = JSON.stringify({ error: { code: refusal.code, message: refusal.message } });
  return {
    body,
    headers: {
      'content-type': 'application/json',
      'content-length': `${Buffer.byteLength(body)}`,
      'apim-request-id': randomUUID(),
      'x-ms-region': REGION,
      ...refusal.headers,
    },
  };
}
