/** Whether a realtime upgrade is let in: before the 101, as Azure does it. Pure. */
import { timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

import { type Behaviour, findDeployment } from '../deployments.ts';
import {
  deploymentNotFound,
  type HttpRefusal,
  missingModel,
  notFound,
  operationNotSupported,
  refusalWithStatus,
  unauthorized,
  versionedPath,
} from './refusals.ts';

/** The GA realtime path. */
export const REALTIME_PATH = '/openai/v1/realtime';

const BEARER = /^Bearer +(?<key>\S+)$/i;

/** What an upgrade says about itself. */
export interface Knock {
  readonly url: URL;
  readonly headers: IncomingHttpHeaders;
}

/** Let in, with the deployment's name and behaviour; or not. */
export type Admission =
  | { readonly ok: true; readonly model: string; readonly behaviour: Behaviour }
  | { readonly ok: false; readonly refusal: HttpRefusal };

/** Decides about an upgrade. `apiKey` undefined: any non-empty key is good. */
export function admit(knock: Knock, apiKey: string | undefined): Admission {
  const { url } = knock;
  if (url.pathname !== REALTIME_PATH) return refuse(notFound);
  if (!hasKey(knock, apiKey)) return refuse(unauthorized);
  if (url.searchParams.has('api-version')) return refuse(versionedPath);
  const model = url.searchParams.get('model') ?? '';
  if (model === '') return refuse(missingModel);
  const deployment = findDeployment(model);
  if (deployment.kind === 'unknown') return refuse(deploymentNotFound);
  if (deployment.kind === 'transcription') return refuse(operationNotSupported);
  const { behaviour } = deployment;
  if (behaviour.name === 'refuse') return refuse(refusalWithStatus(behaviour.status));
  return { ok: true, model, behaviour };
}

/** Whether a request carries a good key: `api-key` header, `api-key` in the query, or Bearer; the first that is there counts. */
export function hasKey({ url, headers }: Knock, apiKey: string | undefined): boolean {
  const header = headers['api-key'];
  const bearer = headers.authorization?.match(BEARER)?.groups?.['key'];
  const given =
    (typeof header === 'string' ? header : undefined) ?? url.searchParams.get('api-key') ?? bearer ?? '';
  if (given === '') return false;
  return apiKey === undefined || isSame(given, apiKey);
}

function isSame(left: string, right: string): boolean {
  const [leftBytes, rightBytes] = [Buffer.from(left), Buffer.from(right)];
  return leftBytes.length === rightBytes.length && timingSafeEqual(leftBytes, rightBytes);
}

function refuse(refusal: HttpRefusal): Admission {
  return { ok: false, refusal };
}
