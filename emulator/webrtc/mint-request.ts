/** What `client_secrets` is asked for, checked to the last key as a `session.update` is. Pure. */
import * as v from 'valibot';

import { type Behaviour, findDeployment } from '../deployments.ts';
import {
  deploymentNotFound,
  type HttpRefusal,
  operationNotSupported,
  refusalWithStatus,
} from '../http/refusals.ts';
import { isDeeperThan } from '../nesting.ts';
import { type Refusal, toRefusal } from '../realtime/invalid.ts';
import { refuseChange } from '../realtime/session-changes.ts';
import { defaultConfig, mergeUpdate } from '../realtime/session-config.ts';
import { sessionUpdate } from '../realtime/session-schema.ts';
import { transcriptionUpdate } from '../realtime/transcription-session.ts';
import type { Grant } from './ephemeral-keys.ts';

const SHORTEST_LIFE_SECONDS = 10;
const LONGEST_LIFE_SECONDS = 7_200;
const DEFAULT_LIFE_SECONDS = 600;
const DEEPEST = 256;

const expiresAfter = v.optional(
  v.strictObject({
    anchor: v.optional(v.literal('created_at')),
    seconds: v.optional(
      v.pipe(v.number(), v.integer(), v.minValue(SHORTEST_LIFE_SECONDS), v.maxValue(LONGEST_LIFE_SECONDS)),
      DEFAULT_LIFE_SECONDS,
    ),
  }),
);

const bodies = {
  realtime: v.strictObject({ expires_after: expiresAfter, session: sessionUpdate }),
  transcription: v.strictObject({ expires_after: expiresAfter, session: transcriptionUpdate }),
} as const;

/** What a key is to stand for and how many seconds it lives; or a refusal, with `param` when a field is to blame. */
export type MintRequest =
  | { readonly ok: true; readonly grant: Grant; readonly seconds: number }
  | { readonly ok: false; readonly refusal: HttpRefusal & { readonly param?: string | null } };

/** Reads the body of a mint request. Never throws. */
export function readMintRequest(body: string): MintRequest {
  const json = parseJson(body);
  if (!json.ok) return refuseField({ code: 'invalid_json', message: 'The body must be JSON.', param: null });
  const type: unknown = at(at(json.value, 'session'), 'type');
  if (type === 'realtime') return readRealtime(json.value);
  if (type === 'transcription') return readTranscription(json.value);
  const message = "The session needs a 'type', which is 'realtime' or 'transcription'.";
  return refuseField({ code: 'InvalidSessionType', message, param: 'session.type' });
}

function readRealtime(value: unknown): MintRequest {
  const parsed = v.safeParse(bodies.realtime, value, { abortEarly: true });
  if (!parsed.success) return refuseField(toRefusal(parsed.issues));
  const { session: update, expires_after: life } = parsed.output;
  const { model } = update;
  if (model === undefined || model === '') {
    const message = "Missing required parameter: 'session.model', which is the name of a deployment.";
    return refuseField({ code: 'missing_required_parameter', message, param: 'session.model' });
  }
  const deployment = admitDeployment(model);
  if (!deployment.ok) return deployment;
  const context = { config: defaultConfig, model, hasSpoken: false, rejectsUpdates: false };
  const refused = refuseChange(update, context);
  if (refused) return refuseField(refused);
  const grant = { kind: 'realtime', model, config: mergeUpdate(defaultConfig, update) } as const;
  return { ok: true, grant, seconds: life?.seconds ?? DEFAULT_LIFE_SECONDS };
}

function readTranscription(value: unknown): MintRequest {
  const parsed = v.safeParse(bodies.transcription, value, { abortEarly: true });
  if (!parsed.success) return refuseField(toRefusal(parsed.issues));
  const { session, expires_after: life } = parsed.output;
  const config = mergeUpdate(defaultConfig, { ...session, type: 'realtime' });
  const grant = { kind: 'transcription', model: null, config } as const;
  return { ok: true, grant, seconds: life?.seconds ?? DEFAULT_LIFE_SECONDS };
}

/** Whether a deployment takes calls, and how it behaves then; null: no deployment is named, as where only words are wanted. */
export function admitDeployment(
  model: string | null,
):
  | { readonly ok: true; readonly behaviour: Behaviour }
  | { readonly ok: false; readonly refusal: HttpRefusal } {
  if (model === null) return { ok: true, behaviour: { name: 'ordinary' } };
  const deployment = findDeployment(model);
  if (deployment.kind === 'unknown') return { ok: false, refusal: deploymentNotFound };
  if (deployment.kind === 'transcription') return { ok: false, refusal: operationNotSupported };
  const { behaviour } = deployment;
  if (behaviour.name === 'refuse') return { ok: false, refusal: refusalWithStatus(behaviour.status) };
  return { ok: true, behaviour };
}

function parseJson(text: string): { readonly ok: true; readonly value: unknown } | { readonly ok: false } {
  try {
    const value: unknown = JSON.parse(text);
    return isDeeperThan(value, DEEPEST) ? { ok: false } : { ok: true, value };
  } catch {
    return { ok: false };
  }
}

function at(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined;
}

function refuseField({ code, message, param }: Refusal): MintRequest {
  return { ok: false, refusal: { status: 400, code, message, param } };
}
