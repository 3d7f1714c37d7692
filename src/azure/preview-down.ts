/** What goes down to a client of the wire before GA, told in its words. Pure. */
import {
  formats,
  previewEventNames,
  previewPartTypes,
  responseSettings,
  sessionSettings,
  type Kind,
  type Setting,
} from './preview-words.ts';
import { eventType, isRecord, parseEvent, type WireEvent } from './wire.ts';

/** What GA events no longer say. */
export interface PreviewFacts {
  readonly temperature: number;
  /** What the client knows the conversation by. */
  readonly conversationId: string;
}

const DELTA_START = '{"type":"response.output_audio.delta"';
const PREVIEW_DELTA_START = '{"type":"response.audio.delta"';

/**
 * Tells one frame: none when there was no such event, two after `session.created`. Sound is renamed by its first bytes
 * and not parsed. A frame that cannot be read stays as it is.
 */
export function tellDown(frame: string, facts: PreviewFacts): readonly string[] {
  if (frame.startsWith(DELTA_START)) return [PREVIEW_DELTA_START + frame.slice(DELTA_START.length)];
  const type = eventType(frame) ?? '';
  const name = previewEventNames.has(type) ? previewEventNames.get(type) : type;
  if (name === null || name === undefined) return [];
  const event = parseEvent(frame);
  if (event === null) return [frame];
  return tellEvent(event, name, facts).map((told) => JSON.stringify(told));
}

function tellEvent(event: WireEvent, name: string, facts: PreviewFacts): readonly WireEvent[] {
  const { obfuscation: _padding, ...rest } = event;
  switch (event.type) {
    case 'session.created':
    case 'session.updated':
      return tellSession(event, facts);
    case 'response.created':
    case 'response.done':
      return [{ ...event, response: tellResponse(event['response'], facts) }];
    case 'response.function_call_arguments.done':
      return [{ ...without(rest, 'name'), type: name }];
    case 'error':
      return [{ ...event, error: tellError(event['error']) }];
    default:
      return [
        'item' in rest ? { ...rest, type: name, item: tellItem(rest['item']) } : { ...rest, type: name },
      ];
  }
}

function tellSession(event: WireEvent, facts: PreviewFacts): readonly WireEvent[] {
  const given = isRecord(event['session']) ? event['session'] : {};
  const session = {
    ...pick(given, ['id', 'object', 'expires_at']),
    ...tellSettings(given, sessionSettings),
    temperature: facts.temperature,
  };
  if (event.type === 'session.updated') return [{ ...event, session }];
  const conversation = { id: facts.conversationId, object: 'realtime.conversation' };
  const id = typeof event['event_id'] === 'string' ? { event_id: `${event['event_id']}_c` } : {};
  return [
    { ...event, session },
    { type: 'conversation.created', ...id, conversation },
  ];
}

function tellResponse(given: unknown, facts: PreviewFacts): unknown {
  if (!isRecord(given)) return given;
  const { output, usage } = given;
  const told = tellSettings(given, ANSWERED);
  return {
    ...pick(given, ['object', 'id', 'status', 'status_details', 'metadata']),
    ...told,
    conversation_id: given['conversation_id'] === null ? null : facts.conversationId,
    output: Array.isArray(output) ? output.map((item) => tellItem(item)) : output,
    temperature: facts.temperature,
    usage: tellUsage(usage),
  };
}

/** What a response showed of its settings. */
const ANSWERED = responseSettings.filter(({ name }) =>
  ['modalities', 'voice', 'output_audio_format', 'max_output_tokens'].includes(name),
);

function tellSettings(given: Readonly<Record<string, unknown>>, settings: readonly Setting[]): object {
  return Object.fromEntries(
    settings.flatMap(({ name, path, kind }) => {
      const value = at(given, path);
      return value === undefined ? [] : [[name, tellValue(kind, value)]];
    }),
  );
}

function tellValue(kind: Kind, value: unknown): unknown {
  switch (kind) {
    case 'modalities':
      return Array.isArray(value) && value.includes('audio') ? ['text', 'audio'] : value;
    case 'format':
      return formats.find(([, { type }]) => isRecord(value) && value['type'] === type)?.[0] ?? value;
    case 'detection':
      return isRecord(value) ? without(value, 'idle_timeout_ms') : value;
    case 'same':
    case 'transcription':
    case 'noise':
    case 'tools':
    case 'choice':
    case 'items':
      return value;
  }
}

/** An item as it was: `object` is always there, and an assistant's parts are `text` and `audio`. */
function tellItem(item: unknown): unknown {
  if (!isRecord(item)) return item;
  const { id, object: _object, content, ...rest } = item;
  const told = { id, object: 'realtime.item', ...rest };
  return Array.isArray(content) ? { ...told, content: content.map((part) => tellPart(part)) } : told;
}

function tellPart(part: unknown): unknown {
  if (!isRecord(part)) return part;
  return { ...part, type: previewPartTypes.get(part['type']) ?? part['type'] };
}

/** There were no images to count. */
function tellUsage(usage: unknown): unknown {
  if (!isRecord(usage)) return usage;
  const details = usage['input_token_details'];
  if (!isRecord(details)) return usage;
  const { image_tokens: _images, cached_tokens_details: cached, ...input } = details;
  const told = isRecord(cached) ? { cached_tokens_details: without(cached, 'image_tokens') } : {};
  return { ...usage, input_token_details: { ...input, ...told } };
}

/** GA places and what they were called, the longer ones first. */
const places = [...placesOf('session', sessionSettings), ...placesOf('response', responseSettings)].toSorted(
  ([left], [right]) => right.length - left.length,
);

function placesOf(place: string, settings: readonly Setting[]): readonly (readonly [string, string])[] {
  return settings.map(({ name, path }) => [`${place}.${path.join('.')}`, `${place}.${name}`]);
}

/** What was wrong stands elsewhere on this wire. */
function tellError(error: unknown): unknown {
  if (!isRecord(error) || typeof error['param'] !== 'string') return error;
  const { param, message } = error;
  const found = places.find(
    ([ga]) => param === ga || param.startsWith(`${ga}.`) || param.startsWith(`${ga}[`),
  );
  if (!found) return error;
  const [ga, preview] = found;
  const told = preview + param.slice(ga.length);
  return {
    ...error,
    param: told,
    message: typeof message === 'string' ? message.replaceAll(param, told) : message,
  };
}

function at(from: Readonly<Record<string, unknown>>, path: readonly string[]): unknown {
  let here: unknown = from;
  for (const step of path) here = isRecord(here) ? here[step] : undefined;
  return here;
}

function pick(from: Readonly<Record<string, unknown>>, keys: readonly string[]): object {
  return Object.fromEntries(keys.flatMap((key) => (Object.hasOwn(from, key) ? [[key, from[key]]] : [])));
}

function without(value: Readonly<Record<string, unknown>>, key: string): Record<string, unknown> {
  return Object.fromEntries(Object.entries(value).filter(([name]) => name !== key));
}
