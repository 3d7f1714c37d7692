/**
 * Judges frames on their way to Azure, knowing nothing of how they were sealed: every leaf of every event a locked client
 * may send is listed here by its path, with what its value may be, and written down from Azure's own documentation.
 */
import { INTRUDER } from './hostile-parts.ts';
import { readJson, type Read } from './json-reader.ts';

type Judge = (value: Read) => boolean;

const isWord: Judge = (value) => typeof value === 'string' && /^[\w.:/+=-]{1,40}$/.test(value);
const isText: Judge = (value) => typeof value === 'string';
const isFlag: Judge = (value) => typeof value === 'boolean';
const isNumber: Judge = (value) => typeof value === 'number' && Number.isFinite(value);
const isBase64: Judge = (value) => typeof value === 'string' && /^[A-Za-z0-9+/]*={0,2}$/.test(value);
const isImage: Judge = (value) => typeof value === 'string' && value.startsWith('data:image/');
const isNull: Judge = (value) => value === null;

function is(...values: Read[]): Judge {
  return (value) => values.includes(value);
}

function or(...judges: Judge[]): Judge {
  return (value) => judges.some((judge) => judge(value));
}

const limits = {
  'output_modalities[]': is('audio', 'text'),
  max_output_tokens: or(isNumber, is('inf')),
};

const format = { type: is('audio/pcm'), rate: is(24_000) };

const message = {
  role: is('user', 'assistant'),
  id: isWord,
  object: isWord,
  status: isWord,
  'content[].type': is('input_text', 'input_audio', 'input_image', 'output_text', 'output_audio'),
  'content[].text': isText,
  'content[].audio': isBase64,
  'content[].transcript': isText,
  'content[].image_url': isImage,
  'content[].detail': isWord,
};

function under(path: string, leaves: Readonly<Record<string, Judge>>): Record<string, Judge> {
  return Object.fromEntries(Object.entries(leaves).map(([name, judge]) => [`${path}.${name}`, judge]));
}

const TRANSCRIPTION_DEPLOYMENT = 'whisper-1';

const every = { type: isWord, event_id: isText };

/** What may stand where, for each type. */
const PERMITTED: Readonly<Record<string, Readonly<Record<string, Judge>>>> = {
  'session.update': {
    ...every,
    ...under('session', { type: is('realtime'), ...limits }),
    ...under('session.audio.input.format', format),
    ...under('session.audio.output.format', format),
    ...under('session.audio.output', { voice: isWord, 'voice.id': isWord, speed: isNumber }),
    ...under('session.audio.input', { turn_detection: isNull, noise_reduction: isNull }),
    ...under('session.audio.input.noise_reduction', { type: isWord, strength: isNumber }),
    ...under('session.audio.input.transcription', {
      model: is(TRANSCRIPTION_DEPLOYMENT),
      language: isWord,
    }),
    ...under('session.audio.input.turn_detection', {
      type: isWord,
      threshold: isNumber,
      prefix_padding_ms: isNumber,
      silence_duration_ms: isNumber,
      idle_timeout_ms: or((value) => isNumber(value) && Number(value) >= 5_000, isNull),
      eagerness: isWord,
      create_response: isFlag,
      interrupt_response: isFlag,
    }),
  },
  'input_audio_buffer.append': { ...every, audio: isText },
  'input_audio_buffer.commit': every,
  'input_audio_buffer.clear': every,
  'conversation.item.create': {
    ...every,
    previous_item_id: isWord,
    ...under('item', {
      ...message,
      type: is('message', 'function_call_output'),
      call_id: isWord,
      output: isText,
    }),
  },
  'conversation.item.truncate': {
    ...every,
    item_id: isWord,
    content_index: isNumber,
    audio_end_ms: isNumber,
  },
  'conversation.item.delete': { ...every, item_id: isWord },
  'conversation.item.retrieve': { ...every, item_id: isWord },
  'response.create': {
    ...every,
    ...under('response', { ...limits, conversation: is('auto', 'none') }),
    ...under('response.input[]', { ...message, type: is('message', 'item_reference') }),
    ...under('response.audio.output.format', format),
    ...under('response.audio.output', { voice: isWord, 'voice.id': isWord }),
    'response.metadata.*': isText,
  },
  'response.cancel': { ...every, response_id: isWord },
};

/** Everything that is wrong with a frame that would reach Azure from a locked client, whichever way Azure reads it. */
export function wrongsOf(frame: string): string[] {
  return (['first', 'last'] as const).flatMap((duplicates) => {
    const read = readOrNull(frame, duplicates);
    // What no reader takes for JSON is Azure's to refuse; only sound goes up unread.
    if (read === null) return UNFINISHED_APPEND.test(frame) ? [] : ['not JSON'];
    return wrongsOfEvent(read).map((wrong) => `keeping the ${duplicates}: ${wrong}`);
  });
}

const UNFINISHED_APPEND = /^\{"type": ?"input_audio_buffer\.append", ?"audio": ?"[^"]*"\}$/;

function readOrNull(frame: string, duplicates: 'first' | 'last'): Read {
  try {
    return readJson(frame, duplicates);
  } catch {
    return null;
  }
}

function wrongsOfEvent(event: Read): string[] {
  const type = isMap(event) ? event.get('type') : undefined;
  const permitted = typeof type === 'string' && Object.hasOwn(PERMITTED, type) ? PERMITTED[type] : undefined;
  if (permitted === undefined) return ['a type that is not on the list'];
  const leaves = [...leavesOf(event, '')];
  const isTyped = type !== 'session.update' || leaves.some(([path]) => path === 'session.type');
  const wrongs = isTyped ? [] : ['a session of no type'];
  const found = leaves.flatMap(([path, value]) => [
    ...(isPermitted(path, value, permitted) ? [] : [`${path} = ${JSON.stringify(value)}`]),
    ...(holdsIntruder(path, value) ? [`${path} obeys the intruder`] : []),
    ...((ITEM_ID.test(path) && isOurs(value)) || path.startsWith('response.metadata.vg_')
      ? [`${path} is the gateway's`]
      : []),
  ]);
  return [...wrongs, ...found];
}

const ITEM_ID = /(?:^item_id|^previous_item_id|\.id|\.call_id)$/;

/** Sound is no words to Azure, and no model reads the notes of a client. */
function holdsIntruder(path: string, value: Read): boolean {
  if (path === 'audio' || path.startsWith('response.metadata.')) return false;
  return path.includes(INTRUDER) || (typeof value === 'string' && value.includes(INTRUDER));
}

function isPermitted(path: string, value: Read, permitted: Readonly<Record<string, Judge>>): boolean {
  if (isEmpty(value)) return Object.keys(permitted).some((known) => known.startsWith(path));
  const notes = path.startsWith('response.metadata.') ? permitted['response.metadata.*'] : undefined;
  return (notes ?? permitted[path])?.(value) === true;
}

function isOurs(value: Read): boolean {
  return typeof value === 'string' && value.startsWith('vg_');
}

/** Every leaf with its path; an object or list with nothing in it is one. */
function* leavesOf(value: Read, path: string): Generator<readonly [string, Read]> {
  if (isEmpty(value)) yield [path, value];
  else if (isMap(value)) {
    for (const [key, one] of value) yield* leavesOf(one, path === '' ? key : `${path}.${key}`);
  } else if (isList(value)) {
    for (const one of value) yield* leavesOf(one, `${path}[]`);
  } else yield [path, value];
}

function isEmpty(value: Read): boolean {
  return (isMap(value) && value.size === 0) || (isList(value) && value.length === 0);
}

function isMap(value: Read): value is ReadonlyMap<string, Read> {
  return value instanceof Map;
}

function isList(value: Read): value is readonly Read[] {
  return Array.isArray(value);
}
