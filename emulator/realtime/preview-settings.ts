/** Settings and items of the preview wire, told in GA words. Pure; what cannot be told is refused. */
import type { Refusal } from './invalid.ts';
import { gaFormats, gaOnlySettings, previewObjectFields, previewVoices } from './preview-names.ts';

/** A value in GA words, or why it has none. */
export type Told =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly refusal: Refusal };

/** Settings in GA words, and the temperature, which GA no longer has. */
export type ToldSettings =
  | { readonly ok: true; readonly value: unknown; readonly temperature: number | null }
  | { readonly ok: false; readonly refusal: Refusal };

const COLDEST = 0.6;
const HOTTEST = 1.2;

/** Combinations of modalities; sound alone was refused. */
const TEXT_ONLY = 'text';
const TEXT_AND_AUDIO = 'audio,text';

const converters: Readonly<Record<string, (value: unknown, param: string) => Told>> = {
  modalities: tellModalities,
  voice: (value, param) => oneOf(value, previewVoices, param),
  input_audio_format: tellFormat,
  output_audio_format: tellFormat,
  turn_detection: (value) => told(tellTurnDetection(value)),
  input_audio_transcription: (value) => told(only(value, previewObjectFields.transcription)),
  input_audio_noise_reduction: (value) => told(only(value, previewObjectFields.noiseReduction)),
  tools: tellTools,
  tool_choice: (value) => told(tellToolChoice(value)),
  input: (value) => told(Array.isArray(value) ? value.map(tellItem) : value),
};

/** Tells the settings of a session or a response: known ones move to their GA place, unknown ones are overlooked. */
export function tellSettings(
  settings: unknown,
  manner: { readonly paths: Readonly<Record<string, string>>; readonly param: string; readonly base: object },
): ToldSettings {
  if (!isRecord(settings)) return { ok: true, value: settings, temperature: null };
  const ga: Record<string, unknown> = { ...manner.base };
  for (const [name, given] of Object.entries(settings)) {
    const param = `${manner.param}.${name}`;
    const path = Object.hasOwn(manner.paths, name) ? manner.paths[name] : undefined;
    if (path === undefined) {
      if (!gaOnlySettings.has(name)) continue;
      return refuse('unknown_parameter', `Unknown parameter: '${param}'.`, param);
    }
    const one = converters[name]?.(given, param) ?? told(given);
    if (!one.ok) return one;
    place(ga, path.split('.'), one.value);
  }
  const temperature = settings['temperature'];
  if (temperature === undefined || temperature === null) return { ok: true, value: ga, temperature: null };
  return tellTemperature(temperature, `${manner.param}.temperature`, ga);
}

/** Tells an item: an assistant's parts have other names, unknown keys are overlooked. */
export function tellItem(item: unknown): unknown {
  if (!isRecord(item)) return item;
  const known = only(item, previewObjectFields.item);
  const { content, role } = item;
  if (!isRecord(known) || !Array.isArray(content)) return known;
  return { ...known, content: content.map((part: unknown) => tellPart(part, role)) };
}

/** Whether a value is an object of JSON. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The known keys of an object; any other value as it is. */
export function only(value: unknown, names: readonly string[]): unknown {
  if (!isRecord(value)) return value;
  return Object.fromEntries(Object.entries(value).filter(([name]) => names.includes(name)));
}

function tellPart(part: unknown, role: unknown): unknown {
  const known = only(part, previewObjectFields.part);
  if (!isRecord(known) || role !== 'assistant') return known;
  return known['type'] === 'text' ? { ...known, type: 'output_text' } : known;
}

function tellModalities(value: unknown, param: string): Told {
  if (!Array.isArray(value)) return told(value);
  const combination = [...new Set(value.map(String))].toSorted().join(',');
  if (combination === TEXT_ONLY) return told(['text']);
  if (combination === TEXT_AND_AUDIO) return told(['audio']);
  const message = "Invalid modalities: supported combinations are ['text'] and ['text', 'audio'].";
  return refuse('invalid_value', message, param);
}

function tellFormat(value: unknown, param: string): Told {
  const name = oneOf(value, Object.keys(gaFormats), param);
  return name.ok && typeof name.value === 'string' ? told(gaFormats[name.value]) : name;
}

/** `none` was the very first preview's way to say null. */
function tellTurnDetection(value: unknown): unknown {
  const known = only(value, previewObjectFields.turnDetection);
  return isRecord(known) && known['type'] === 'none' ? null : known;
}

function tellTools(value: unknown, param: string): Told {
  if (!Array.isArray(value)) return told(value);
  for (const [index, tool] of value.entries()) {
    const type: unknown = isRecord(tool) ? tool['type'] : 'function';
    const refused = type === undefined ? null : oneOf(type, ['function'], `${param}[${index}].type`);
    if (refused && !refused.ok) return refused;
  }
  return told(
    value.map((tool: unknown) => {
      const known = only(tool, previewObjectFields.tool);
      return isRecord(known) ? { type: 'function', ...known } : known;
    }),
  );
}

/** A string that is no rule is the name of a function. */
function tellToolChoice(value: unknown): unknown {
  if (typeof value === 'string') {
    return ['auto', 'none', 'required'].includes(value) ? value : { type: 'function', name: value };
  }
  const inner = isRecord(value) ? value['function'] : undefined;
  return isRecord(inner) ? { type: 'function', name: inner['name'] } : only(value, ['type', 'name']);
}

function tellTemperature(value: unknown, param: string, ga: unknown): ToldSettings {
  if (typeof value !== 'number') {
    const message = `Invalid type for '${param}': expected a decimal, but got ${typeof value} instead.`;
    return refuse('invalid_type', message, param);
  }
  if (value >= COLDEST && value <= HOTTEST) return { ok: true, value: ga, temperature: value };
  const [code, bound] =
    value < COLDEST
      ? ['decimal_below_min_value', `at least ${COLDEST}`]
      : ['decimal_above_max_value', `at most ${HOTTEST}`];
  return refuse(code, `Invalid '${param}': expected a value of ${bound}, but got ${value} instead.`, param);
}

function oneOf(value: unknown, names: readonly string[], param: string): Told {
  if (typeof value === 'string' && names.includes(value)) return told(value);
  const shown = typeof value === 'string' ? `'${value.slice(0, 64)}'` : typeof value;
  const supported = names.map((name) => `'${name}'`).join(', ');
  return refuse('invalid_value', `Invalid value: ${shown}. Supported values are: ${supported}.`, param);
}

function place(target: Record<string, unknown>, path: readonly string[], value: unknown): void {
  const [first = '', ...rest] = path;
  if (rest.length === 0) {
    target[first] = value;
    return;
  }
  const inner = target[first];
  const next = isRecord(inner) ? inner : {};
  target[first] = next;
  place(next, rest, value);
}

function told(value: unknown): Told {
  return { ok: true, value };
}

function refuse(
  code: string,
  message: string,
  param: string,
): { readonly ok: false; readonly refusal: Refusal } {
  return { ok: false, refusal: { code, message, param } };
}
