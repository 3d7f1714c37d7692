/** Whether a realtime upgrade is let in: before the 101, as Azure does it. Pure. */
import { timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

import { type Behaviour, findDeployment } from '../deployments.ts';
import type { SessionKind } from '../realtime/transcription-session.ts';
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

/** The realtime path before GA. */
export const PREVIEW_PATH = '/openai/realtime';

/** What an upgrade says about itself. */
export interface Knock {
  readonly url: URL;
  readonly headers: IncomingHttpHeaders;
}

/** Let in, with the deployment's name ('' when none was named) and behaviour, what it is for and in which words; or not. */
export type Admission =
  | {
      readonly ok: true;
      readonly model: string;
      readonly behaviour: Behaviour;
      readonly kind: SessionKind;
      readonly wire: 'ga' | 'preview';
    }
  | { readonly ok: false; readonly refusal: HttpRefusal };

/** Decides about an upgrade. `apiKey` undefined: any non-empty key is good. */
export function admit(knock: Knock, apiKey: string | undefined): Admission {
  const { url } = knock;
  const isPreview = url.pathname === PREVIEW_PATH;
  if (url.pathname !== REALTIME_PATH && !isPreview) return refuse(notFound);
  if (!hasKey(knock, apiKey)) return refuse(unauthorized);
  const { searchParams: query } = url;
  if (!isPreview && query.has('api-version')) return refuse(versionedPath);
  if (isPreview && (query.get('api-version') ?? '') === '') return refuse(notFound);
  const model = query.get(isPreview ? 'deployment' : 'model') ?? '';
  const wire = isPreview ? 'preview' : 'ga';
  if (query.get('intent') === 'transcription') return admitTranscriber(model, wire);
  if (model === '') return refuse(isPreview ? deploymentNotFound : missingModel);
  const deployment = findDeployment(model);
  if (deployment.kind === 'unknown') return refuse(deploymentNotFound);
  if (deployment.kind === 'transcription') return refuse(operationNotSupported);
  const { behaviour } = deployment;
  if (behaviour.name === 'refuse') return refuse(refusalWithStatus(behaviour.status));
  return { ok: true, model, behaviour, kind: 'realtime', wire };
}

/** The model of a transcription session is a setting of its own; a name in the query only says how to behave. */
function admitTranscriber(model: string, wire: 'ga' | 'preview'): Admission {
  const deployment = findDeployment(model);
  if (deployment.kind === 'unknown' && model !== '') return refuse(deploymentNotFound);
  const behaviour: Behaviour =
    deployment.kind === 'conversation' ? deployment.behaviour : { name: 'ordinary' };
  if (behaviour.name === 'refuse') return refuse(refusalWithStatus(behaviour.status));
  return { ok: true, model, behaviour, kind: 'transcription', wire };
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
