/** A client's event of the wire before GA, told in GA words. Pure; what cannot be told is a complaint in the client's words. */
import type { Complaint } from '../protocol/errors.ts';
import {
  eventKeys,
  formats,
  gaOnly,
  nestedKeys,
  responseSettings,
  sessionSettings,
  type Kind,
  type Setting,
} from './preview-words.ts';
import { isRecord, type WireEvent } from './wire.ts';

/** The event in GA words, with the temperature it asked for (null: none), which GA no longer has. */
export type ToldUp =
  | { readonly ok: true; readonly event: WireEvent; readonly temperature: number | null }
  | { readonly ok: false; readonly complaint: Complaint };

/** Tells one event. An event of an unknown type stays as it is: whoever polices GA refuses it by its name. */
export function tellUp(event: WireEvent): ToldUp {
  const { type } = event;
  if (type === 'transcription_session.update')
    return refuse('type', 'Transcription alone is not served here.');
  const keys = eventKeys.get(type);
  if (keys === undefined) return same(event);
  const known: WireEvent = { ...only(event, ['event_id', ...keys]), type };
  switch (type) {
    case 'session.update':
      return inside(known, 'session', (session) => tellSettings(session, sessionSettings, SESSION));
    case 'response.create':
      return inside(known, 'response', (response) => tellSettings(response, responseSettings, RESPONSE));
    case 'conversation.item.create':
      return same(isRecord(known['item']) ? { ...known, item: tellItem(known['item']) } : known);
    default:
      return same(known);
  }
}

interface Place {
  readonly name: string;
  /** What GA wants to find there beside what the client set. */
  readonly base: Readonly<Record<string, unknown>>;
}

const SESSION: Place = { name: 'session', base: { type: 'realtime' } };
const RESPONSE: Place = { name: 'response', base: {} };

type Fields = Record<string, unknown>;

type ToldValue =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly complaint: Complaint };

type ToldFields =
  | { readonly ok: true; readonly value: Fields; readonly temperature: number | null }
  | { readonly ok: false; readonly complaint: Complaint };

function inside(event: WireEvent, key: string, tell: (fields: Fields) => ToldFields): ToldUp {
  const given = event[key];
  if (!isRecord(given)) return same(event);
  const told = tell(given);
  if (!told.ok) return told;
  return { ok: true, event: { ...event, [key]: told.value }, temperature: told.temperature };
}

function tellSettings(given: Fields, settings: readonly Setting[], { name: place, base }: Place): ToldFields {
  const ga: Fields = { ...base };
  const stray = Object.keys(given).find((name) => gaOnly.has(name));
  if (stray !== undefined) {
    return refuse(`${place}.${stray}`, `${place}.${stray} is a name of GA; this address speaks the preview.`);
  }
  for (const { name, path, kind } of settings) {
    if (!Object.hasOwn(given, name)) continue;
    const told = tellers[kind](given[name], `${place}.${name}`);
    if (!told.ok) return told;
    put(ga, path, told.value);
  }
  const { temperature } = given;
  return { ok: true, value: ga, temperature: typeof temperature === 'number' ? temperature : null };
}

const tellers: Readonly<Record<Kind, (value: unknown, param: string) => ToldValue>> = {
  same: (value) => valueOf(value),
  modalities: tellModalities,
  format: tellFormat,
  detection: (value) => valueOf(tellDetection(value)),
  transcription: (value) => valueOf(onlyOf(value, nestedKeys.transcription)),
  noise: (value) => valueOf(onlyOf(value, nestedKeys.noise)),
  tools: (value) => valueOf(Array.isArray(value) ? value.map((tool) => tellTool(tool)) : value),
  choice: (value) => valueOf(tellChoice(value)),
  items: (value) =>
    valueOf(Array.isArray(value) ? value.map((item) => (isRecord(item) ? tellItem(item) : item)) : value),
};

/** Sound always came with its words; GA says it with the one word. */
function tellModalities(value: unknown, param: string): ToldValue {
  if (!Array.isArray(value)) return valueOf(value);
  const wanted = new Set<unknown>(value);
  const isWritten = wanted.size === 1 && wanted.has('text');
  const isSpoken = wanted.size === 2 && wanted.has('text') && wanted.has('audio');
  if (isWritten) return valueOf(['text']);
  if (isSpoken) return valueOf(['audio']);
  return refuse(param, `${param} may be ["text"] or ["text", "audio"].`);
}

function tellFormat(value: unknown, param: string): ToldValue {
  const found = formats.find(([name]) => name === value);
  if (found) return valueOf(found[1]);
  return refuse(param, `${param} may be ${formats.map(([name]) => name).join(', ')}.`);
}

/** The very first preview switched it off with a type of `none`. */
function tellDetection(value: unknown): unknown {
  const known = onlyOf(value, nestedKeys.detection);
  return isRecord(known) && known['type'] === 'none' ? null : known;
}

function tellTool(tool: unknown): unknown {
  const known = onlyOf(tool, nestedKeys.tool);
  return isRecord(known) ? { type: 'function', ...known } : known;
}

/** A word that is no rule was the name of a function; and some wrapped the name as chat does. */
function tellChoice(value: unknown): unknown {
  if (typeof value === 'string') {
    return ['auto', 'none', 'required'].includes(value) ? value : { type: 'function', name: value };
  }
  const inner = isRecord(value) ? value['function'] : undefined;
  return isRecord(inner) ? { type: 'function', name: inner['name'] } : onlyOf(value, ['type', 'name']);
}

/** What an assistant wrote has another name in GA; a reference is now an item of its own kind, which it was before. */
function tellItem(item: Fields): Fields {
  const known = item['type'] === 'item_reference' ? only(item, ['type', 'id']) : only(item, nestedKeys.item);
  const { content } = item;
  if (!Array.isArray(content)) return known;
  const isOurs = item['role'] === 'assistant';
  return {
    ...known,
    content: content.map((part: unknown) => tellPart(part, isOurs ? 'output_text' : 'text')),
  };
}

function tellPart(part: unknown, written: string): unknown {
  const known = onlyOf(part, nestedKeys.part);
  return isRecord(known) && known['type'] === 'text' ? { ...known, type: written } : known;
}

function put(target: Fields, path: readonly string[], value: unknown): void {
  const [first = '', ...rest] = path;
  if (rest.length === 0) {
    target[first] = value;
    return;
  }
  const next = isRecord(target[first]) ? target[first] : {};
  target[first] = next;
  put(next, rest, value);
}

function onlyOf(value: unknown, keys: readonly string[]): unknown {
  return isRecord(value) ? only(value, keys) : value;
}

function only(value: Readonly<Record<string, unknown>>, keys: readonly string[]): Fields {
  return Object.fromEntries(Object.entries(value).filter(([key]) => keys.includes(key)));
}

function valueOf(value: unknown): ToldValue {
  return { ok: true, value };
}

function same(event: WireEvent): ToldUp {
  return { ok: true, event, temperature: null };
}

function refuse(param: string, message: string): { readonly ok: false; readonly complaint: Complaint } {
  return { ok: false, complaint: { code: 'invalid_value', message, param } };
}
