/** Every event a client may send on the GA wire, checked to the last key. */
import * as v from 'valibot';

import { isDeeperThan } from '../nesting.ts';
import { type Refusal, toRefusal } from './invalid.ts';
import { inputItem, newItem } from './item-schema.ts';
import {
  audioFormat,
  maxOutputTokens,
  metadata,
  outputModalities,
  prompt,
  reasoning,
  sessionUpdate,
  toolChoice,
  tools,
  voice,
} from './session-schema.ts';
import { type SessionKind, transcriptionUpdate } from './transcription-session.ts';

const LONGEST_EVENT_ID = 512;

/** What is read may be written again (tools are echoed), and JSON.stringify, unlike JSON.parse, recurses. */
const DEEPEST = 256;

const eventId = v.optional(v.pipe(v.string(), v.maxLength(LONGEST_EVENT_ID)));
const itemId = v.string();

const responseParams = v.strictObject({
  conversation: v.optional(v.picklist(['auto', 'none'])),
  input: v.optional(v.array(inputItem)),
  instructions: v.optional(v.string()),
  output_modalities: v.optional(outputModalities),
  audio: v.optional(
    v.strictObject({
      output: v.optional(v.strictObject({ format: v.optional(audioFormat), voice: v.optional(voice) })),
    }),
  ),
  tools: v.optional(tools),
  tool_choice: v.optional(toolChoice),
  parallel_tool_calls: v.optional(v.boolean()),
  max_output_tokens: v.optional(maxOutputTokens),
  prompt: v.optional(prompt),
  reasoning: v.optional(reasoning),
  metadata: v.optional(metadata),
});

const schemas = {
  'session.update': v.strictObject({
    type: v.literal('session.update'),
    event_id: eventId,
    session: sessionUpdate,
  }),
  'input_audio_buffer.append': v.strictObject({
    type: v.literal('input_audio_buffer.append'),
    event_id: eventId,
    audio: v.string(),
  }),
  'input_audio_buffer.commit': v.strictObject({
    type: v.literal('input_audio_buffer.commit'),
    event_id: eventId,
  }),
  'input_audio_buffer.clear': v.strictObject({
    type: v.literal('input_audio_buffer.clear'),
    event_id: eventId,
  }),
  'conversation.item.create': v.strictObject({
    type: v.literal('conversation.item.create'),
    event_id: eventId,
    previous_item_id: v.optional(v.nullable(v.string())),
    item: newItem,
  }),
  'conversation.item.retrieve': v.strictObject({
    type: v.literal('conversation.item.retrieve'),
    event_id: eventId,
    item_id: itemId,
  }),
  'conversation.item.truncate': v.strictObject({
    type: v.literal('conversation.item.truncate'),
    event_id: eventId,
    item_id: itemId,
    content_index: v.pipe(v.number(), v.integer(), v.minValue(0)),
    audio_end_ms: v.pipe(v.number(), v.integer(), v.minValue(0)),
  }),
  'conversation.item.delete': v.strictObject({
    type: v.literal('conversation.item.delete'),
    event_id: eventId,
    item_id: itemId,
  }),
  'response.create': v.strictObject({
    type: v.literal('response.create'),
    event_id: eventId,
    response: v.optional(responseParams),
  }),
  'response.cancel': v.strictObject({
    type: v.literal('response.cancel'),
    event_id: eventId,
    response_id: v.optional(v.string()),
  }),
} as const;

/** What updates a session that only transcribes. */
const transcriberUpdate = v.strictObject({
  type: v.literal('session.update'),
  event_id: eventId,
  session: transcriptionUpdate,
});

/** Names of the events a client may send. */
export type ClientEventType = keyof typeof schemas;

/** A checked event of one type, or of any. */
export type ClientEvent<Type extends ClientEventType = ClientEventType> = {
  [Name in Type]:
    | v.InferOutput<(typeof schemas)[Name]>
    | (Name extends 'session.update' ? v.InferOutput<typeof transcriberUpdate> : never);
}[Type];

/** What the `response` of a `response.create` may say. */
export type ResponseParams = v.InferOutput<typeof responseParams>;

/** A text frame, read: an event, or why it is none. `eventId` is the client's, when it gave a usable one. */
export type ReadFrame =
  | { readonly ok: true; readonly event: ClientEvent }
  | { readonly ok: false; readonly refusal: Refusal; readonly eventId: string | null };

/** Reads one text frame. Never throws. */
export function readFrame(text: string, kind: SessionKind = 'realtime'): ReadFrame {
  const parsed = parseFrame(text);
  return parsed.ok ? readEvent(parsed.value, kind) : parsed;
}

/** Reads the JSON of one text frame, whatever it says. Never throws. */
export function parseFrame(
  text: string,
): { readonly ok: true; readonly value: unknown } | Extract<ReadFrame, { ok: false }> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return refuse({ code: 'invalid_json', message: 'The event is not valid JSON.', param: null }, null);
  }
  if (isDeeperThan(value, DEEPEST)) {
    const message = `The event is nested more than ${DEEPEST} levels deep.`;
    return refuse({ code: 'invalid_json', message, param: null }, null);
  }
  return { ok: true, value };
}

/** Reads one event that is already JSON. Never throws. */
export function readEvent(value: unknown, kind: SessionKind = 'realtime'): ReadFrame {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  const type: unknown = isObject ? Reflect.get(value, 'type') : undefined;
  const givenId: unknown = isObject ? Reflect.get(value, 'event_id') : undefined;
  const givenEventId = typeof givenId === 'string' ? givenId : null;
  if (typeof type !== 'string') {
    const message = "The event must be an object with a string as its 'type'.";
    return refuse({ code: 'invalid_event', message, param: null }, givenEventId);
  }
  if (!isClientEventType(type)) return refuse(unknownType(type), givenEventId);
  const schema = type === 'session.update' && kind === 'transcription' ? transcriberUpdate : schemas[type];
  const parsed = v.safeParse(schema, value, { abortEarly: true });
  return parsed.success ? { ok: true, event: parsed.output } : refuse(toRefusal(parsed.issues), givenEventId);
}

function isClientEventType(type: string): type is ClientEventType {
  return Object.hasOwn(schemas, type);
}

function unknownType(type: string): Refusal {
  const supported = Object.keys(schemas).map((name) => `'${name}'`);
  const shown = type.slice(0, LONGEST_EVENT_ID);
  const message = `Invalid value: '${shown}'. Supported values are: ${supported.join(', ')}.`;
  return { code: 'invalid_value', message, param: 'type' };
}

function refuse(refusal: Refusal, eventIdOrNull: string | null): Extract<ReadFrame, { ok: false }> {
  return { ok: false, refusal, eventId: eventIdOrNull };
}
