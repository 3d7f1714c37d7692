/** Reads the body of a chat request: JSON, the schema, and the rules between fields. Pure; never throws. */
import * as v from 'valibot';

import { isDeeperThan } from '../nesting.ts';
import { type ChatRefusal, invalidRequest } from './chat-refusals.ts';
import { toInvalid } from './invalid-request.ts';
import { findBrokenRule } from './request-rules.ts';
import { type ChatRequest, chatRequest } from './request-schema.ts';

/** What is read may be written again, and JSON.stringify, unlike JSON.parse, recurses. */
const DEEPEST = 256;

/** A request, or why it is none. */
export type Read<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly refusal: ChatRefusal };

/** Reads the body as a JSON object. */
export function readJson(body: string): Read<object> {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    return refuse(invalidRequest('We could not parse the JSON body of your request.'));
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return refuse(invalidRequest('The body of a request must be a JSON object.'));
  }
  if (isDeeperThan(value, DEEPEST)) {
    return refuse(invalidRequest(`The body is nested more than ${DEEPEST} levels deep.`));
  }
  return { ok: true, value };
}

/** The deployment that a body names in `model`. */
export function readModel(body: object): Read<string> {
  const model: unknown = Reflect.get(body, 'model');
  if (typeof model === 'string' && model !== '') return { ok: true, value: model };
  const refusal =
    model === undefined || model === ''
      ? invalidRequest('you must provide a model parameter')
      : invalidRequest("Invalid type for 'model': expected a string.", {
          param: 'model',
          code: 'invalid_type',
        });
  return refuse(refusal);
}

/** Checks a body against the schema, then against the rules of the deployment's model. */
export function readChatRequest(body: object, deployment: string): Read<ChatRequest> {
  const parsed = v.safeParse(chatRequest, body, { abortEarly: true });
  if (!parsed.success) return refuse(toInvalid(parsed.issues));
  const broken = findBrokenRule(parsed.output, deployment);
  return broken ? refuse(broken) : { ok: true, value: parsed.output };
}

function refuse(refusal: ChatRefusal): { readonly ok: false; readonly refusal: ChatRefusal } {
  return { ok: false, refusal };
}
