/**
 * The seal, upwards: what becomes of a client's event before it may reach Azure. Locked, only what is on the allow-list
 * goes up, in an event built anew; unlocked, everything but the model. Pure.
 */
import * as v from 'valibot';
import { OUR_ID_START, type ClientEventType } from '../protocol/client-events.ts';
import type { Complaint } from '../protocol/errors.ts';
import { DEEPEST, freshCopy } from './fresh-copy.ts';
import { leftOut } from './left-out.ts';
import { lockedEvents, sessionType, soundFormat } from './locked-events.ts';
import { previewName } from './preview-names.ts';
import type { Operator } from './session.ts';
import { isRecord, type WireEvent } from './wire.ts';

/** A client's event on its way up. */
export interface ClientEvent extends WireEvent {
  readonly type: ClientEventType;
}

/** An event as it may reach Azure, with the names of the fields that do not; or why it may not at all. */
export type Sealed =
  | { readonly ok: true; readonly event: WireEvent; readonly leftOut: readonly string[] }
  | { readonly ok: false; readonly complaint: Complaint };

/** Seals one event. Its `event_id` is the caller's to check, and to put on. */
export function sealEvent(event: ClientEvent, operator: Operator): Sealed {
  const complaint =
    complaintAboutIds(event) ??
    previewName(event, objectOf[event.type]) ??
    complaintAboutFixed(event) ??
    (operator.isLocked ? complaintAboutItems(event) : complaintAboutShape(event));
  if (complaint) return { ok: false, complaint };
  return operator.isLocked ? lockedEvent(event, operator) : unlockedEvent(event);
}

function lockedEvent(event: ClientEvent, operator: Operator): Sealed {
  const { type } = event;
  const read = v.safeParse(lockedEvents[type], event, { abortEarly: true });
  if (!read.success) return { ok: false, complaint: complaintFor(read.issues[0]) };
  const { type: _type, event_id: _id, ...asked } = event;
  const sealed = { ...withOperator(read.output, operator), type };
  return { ok: true, event: sealed, leftOut: leftOut(asked, read.output) };
}

/** A client's `session.update` with what only the operator decides: the type, and the transcription beside a language. */
function withOperator(fields: Fields, operator: Operator): Fields {
  if (!isRecord(fields['session'])) return fields;
  const session: Fields = { ...fields['session'], type: 'realtime' };
  const audio = isRecord(session['audio']) ? session['audio'] : {};
  const input = isRecord(audio['input']) ? audio['input'] : {};
  if (!isRecord(input['transcription'])) return { ...fields, session };
  const transcription = { ...input['transcription'], model: operator.transcriptionDeployment };
  return { ...fields, session: { ...session, audio: { ...audio, input: { ...input, transcription } } } };
}

type Fields = Readonly<Record<string, unknown>>;

function unlockedEvent(event: ClientEvent): Sealed {
  const { type } = event;
  const copy = freshCopy(event);
  if (!isRecord(copy)) {
    const message = `The event is nested more than ${DEEPEST} levels deep, or holds a number too large for JSON.`;
    return { ok: false, complaint: { code: 'invalid_value', message } };
  }
  if (copy['response'] === null) delete copy['response'];
  if (type !== 'session.update' || !isRecord(copy['session'])) {
    return { ok: true, event: { ...copy, type }, leftOut: [] };
  }
  const { model, ...session } = copy['session'];
  return {
    ok: true,
    event: { ...copy, type, session: { ...session, type: 'realtime' } },
    leftOut: (model ?? null) === null ? [] : ['session.model'],
  };
}

/** Unlocked, Azure judges the rest by itself. */
function complaintAboutShape(event: ClientEvent): Complaint | null {
  const param = objectOf[event.type];
  const given = param === undefined ? {} : (event[param] ?? undefined);
  if (param === undefined || isRecord(given)) return null;
  if (given === undefined) return param === 'response' ? null : missing(param);
  return { code: 'invalid_value', message: `${param} must be an object.`, param };
}

/** The field of an event that holds what it is about. */
const objectOf: { readonly [type in ClientEventType]?: 'session' | 'item' | 'response' } = {
  'session.update': 'session',
  'conversation.item.create': 'item',
  'response.create': 'response',
};

const SPEAKING = 'Only the operator may speak as the system in this session.';
const CALLING = 'Only the model calls tools in this session, and only the operator lets it.';

/** Items that would speak as the operator does, or as its tools. */
function complaintAboutItems(event: ClientEvent): Complaint | null {
  const isListed = event.type === 'response.create';
  for (const { item } of itemsOf(event)) {
    const { role = null, type } = item;
    if (role !== null && role !== 'user' && role !== 'assistant') {
      const param = isListed ? 'response.input' : 'item.role';
      return { code: 'session_locked', message: SPEAKING, param };
    }
    if (type === 'function_call' || (typeof type === 'string' && type.startsWith('mcp_'))) {
      const param = isListed ? 'response.input' : 'item.type';
      return { code: 'session_locked', message: CALLING, param };
    }
  }
  return null;
}

/** What is named as the gateway names things is the gateway's: a client can neither make it, see it, nor take it away. */
function complaintAboutIds(event: ClientEvent): Complaint | null {
  const named = ['item_id', 'previous_item_id'].map((param) => ({ id: event[param], param }));
  const items = itemsOf(event).flatMap(({ item, param }) =>
    ['id', 'call_id'].map((name) => ({ id: item[name], param: `${param}.${name}` })),
  );
  const ours = [...named, ...items].find(({ id }) => typeof id === 'string' && id.startsWith(OUR_ID_START));
  if (!ours) return null;
  const message = `${ours.param} must not begin with ${OUR_ID_START}: such ids are the gateway's.`;
  return { code: 'invalid_value', message, param: ours.param };
}

/** The items that an event puts in, or puts before the model. */
function itemsOf({ type, item, response }: ClientEvent): readonly { item: Fields; param: string }[] {
  if (type === 'conversation.item.create') return isRecord(item) ? [{ item, param: 'item' }] : [];
  if (type !== 'response.create' || !isRecord(response)) return [];
  const input = Array.isArray(response['input']) ? response['input'] : [];
  return input.flatMap((one: unknown, at) =>
    isRecord(one) ? [{ item: one, param: `response.input[${at}]` }] : [],
  );
}

const A_FORMAT = 'PCM16 at 24 kHz: {"type":"audio/pcm","rate":24000}';

/** What no client chooses, locked or not: sound in any other format would be heard as noise. */
const FIXED = [
  { path: ['session', 'type'], schema: sessionType, what: 'realtime' },
  { path: ['session', 'audio', 'input', 'format'], schema: soundFormat, what: A_FORMAT },
  { path: ['session', 'audio', 'output', 'format'], schema: soundFormat, what: A_FORMAT },
  { path: ['response', 'audio', 'output', 'format'], schema: soundFormat, what: A_FORMAT },
] as const;

function complaintAboutFixed(event: ClientEvent): Complaint | null {
  for (const { path, schema, what } of FIXED) {
    if (path[0] !== objectOf[event.type]) continue;
    let here: unknown = event;
    for (const name of path) here = isRecord(here) ? (here[name] ?? null) : null;
    if (here !== null && !v.is(schema, here)) {
      const param = path.join('.');
      return { code: 'invalid_value', message: `${param} must be ${what}.`, param };
    }
  }
  return null;
}

function complaintFor(issue: v.BaseIssue<unknown>): Complaint {
  const param = (issue.path ?? []).reduce((path, { key }) => `${path}${step(key, path)}`, '');
  if (issue.input === undefined || issue.input === null) return missing(param);
  return { code: 'invalid_value', message: `${param} must be ${issue.message}.`, param };
}

function step(key: unknown, path: string): string {
  if (typeof key === 'number') return `[${key}]`;
  return path === '' ? String(key) : `.${String(key)}`;
}

function missing(param: string): Complaint {
  return { code: 'missing_required_parameter', message: `${param} is missing.`, param };
}
