/** Whether a chat request is let in, in the order Azure looks: key, headers, version, deployment, body, filter. Pure. */
import { hasKey, type Knock } from '../http/admission.ts';
import { deploymentNotFound, notFound, unauthorized } from '../http/refusals.ts';
import { type ChatBehaviour, findChatDeployment } from './chat-deployments.ts';
import { hasTooManyHeaders } from './chat-headers.ts';
import {
  cannotChat,
  type ChatRefusal,
  fromGateway,
  promptBlocked,
  tooManyHeaders,
  versionNotSupported,
  withStatus,
} from './chat-refusals.ts';
import { tripsPromptFilter } from './content-filter.ts';
import { type Read, readChatRequest, readJson, readModel } from './read-request.ts';
import type { ChatRequest } from './request-schema.ts';
import { lastTyped, toSaid } from './said.ts';

/** Which of the two paths: on `v1` the body names the deployment, on `dated` the path does. */
export type ChatPath = 'v1' | 'dated';

const V1_VERSIONS = new Set(['preview', 'latest', 'v1']);
const DATED_VERSION = /^\d{4}-\d{2}-\d{2}(?:-preview)?$/;
const DATED_PATH = /^\/openai\/deployments\/(?<deployment>[^/]+)\/chat\/completions$/;

/** What is known before the body is read. */
export interface Known {
  readonly apiVersion: string | null;
  /** Null on the v1 path: the body names it. */
  readonly deployment: string | null;
}

/** A request that is let in. */
export interface Admitted {
  readonly apiVersion: string | null;
  readonly deployment: string;
  readonly behaviour: ChatBehaviour;
  readonly asked: ChatRequest;
}

/** Let in; or not, with the deployment as far as it was found. */
export type BodyExamined =
  | { readonly ok: true; readonly value: Admitted }
  | { readonly ok: false; readonly refusal: ChatRefusal; readonly deployment: string | null };

/** Looks at everything but the body. `apiKey` undefined: any non-empty key is good. */
export function examineKnock(
  knock: Knock & { readonly path: ChatPath },
  apiKey: string | undefined,
): Read<Known> {
  if (!hasKey(knock, apiKey)) return refuse(fromGateway(unauthorized));
  if (hasTooManyHeaders(knock.headers)) return refuse(tooManyHeaders);
  const apiVersion = knock.url.searchParams.get('api-version');
  if (knock.path === 'v1') {
    const isKnown = apiVersion === null || V1_VERSIONS.has(apiVersion);
    return isKnown ? { ok: true, value: { apiVersion, deployment: null } } : refuse(versionNotSupported);
  }
  if (apiVersion === null || !DATED_VERSION.test(apiVersion)) return refuse(fromGateway(notFound));
  return { ok: true, value: { apiVersion, deployment: deploymentIn(knock.url.pathname) } };
}

/** Looks at the body. `takeFault` is asked once the deployment is found, and may refuse. */
export function examineBody(known: Known, text: string, takeFault: () => ChatRefusal | null): BodyExamined {
  const body = readJson(text);
  const named = known.deployment ?? (body.ok ? readModel(body.value) : body);
  if (typeof named !== 'string' && !named.ok) return { ...named, deployment: null };
  const deployment = typeof named === 'string' ? named : named.value;
  const found = findChatDeployment(deployment);
  if (found.kind !== 'chat') {
    if (found.kind === 'other') return { ...refuse(cannotChat(deployment)), deployment };
    return { ...refuse(fromGateway(deploymentNotFound)), deployment: null };
  }
  const fault = takeFault();
  if (fault) return { ...refuse(fault), deployment };
  const { behaviour } = found;
  if (behaviour.name === 'refuse')
    return { ...refuse(withStatus(behaviour.status, known.apiVersion)), deployment };
  const read = body.ok ? readChatRequest(body.value, deployment) : body;
  if (!read.ok) return { ...read, deployment };
  if (behaviour.name === 'filter prompt' || isBlocked(read.value))
    return { ...refuse(promptBlocked()), deployment };
  return { ok: true, value: { apiVersion: known.apiVersion, deployment, behaviour, asked: read.value } };
}

function isBlocked({ messages }: ChatRequest): boolean {
  return tripsPromptFilter(lastTyped(toSaid(messages)));
}

/** The deployment in a dated path; '' when it is not well encoded, which is nobody's name. */
function deploymentIn(pathname: string): string {
  try {
    return decodeURIComponent(DATED_PATH.exec(pathname)?.groups?.['deployment'] ?? '');
  } catch {
    return '';
  }
}

function refuse(refusal: ChatRefusal): { readonly ok: false; readonly refusal: ChatRefusal } {
  return { ok: false, refusal };
}
