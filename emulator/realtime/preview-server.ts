/** GA server events, told in the words of the preview wire. Pure. */
import type { Item } from './items.ts';
import {
  previewEventNames,
  previewFormats,
  previewPartTypes,
  responsePaths,
  sessionPaths,
} from './preview-names.ts';
import type { ErrorBody, ResponseView, ServerEvent } from './server-events.ts';
import type { SessionView } from './session-config.ts';
import type { AudioFormat, TurnDetection } from './session-schema.ts';
import type { Usage } from './usage.ts';

/** An event as it goes out, without its `event_id`. */
export interface WireEvent {
  readonly type: string;
  readonly [field: string]: unknown;
}

/** What GA events no longer say. */
export interface PreviewFacts {
  readonly temperature: number;
  readonly conversationId: string;
}

/** Tells one event: none, when the preview wire has no such event; or two, after `session.created`. */
export function tellPreview(event: ServerEvent, facts: PreviewFacts): readonly WireEvent[] {
  const name = Object.hasOwn(previewEventNames, event.type) ? previewEventNames[event.type] : event.type;
  if (name === null || name === undefined) return [];
  if (event.type === 'session.created' || event.type === 'session.updated') {
    return tellSession(event.type, event.session, facts);
  }
  if (event.type === 'response.created' || event.type === 'response.done') {
    return [{ type: name, response: tellResponse(event.response, facts.temperature) }];
  }
  if (event.type === 'error') return [{ type: name, error: tellError(event.error) }];
  if (event.type !== 'response.function_call_arguments.done') return [tellOther(event, name)];
  const { name: _function, ...rest } = event;
  return [rest];
}

/** An item with its preview words: `object` is always there, and an assistant's parts are `text` and `audio`. */
export function tellItemView(item: Item): object {
  const { id, ...rest } = item;
  if (item.type !== 'message') return { id, object: 'realtime.item', ...rest };
  const content = item.content.map((part) =>
    part.type === 'output_text' || part.type === 'output_audio'
      ? { ...part, type: previewPartTypes[part.type] }
      : part,
  );
  return { id, object: 'realtime.item', ...rest, content };
}

function tellOther(event: ServerEvent, type: string): WireEvent {
  const { obfuscation: _padding, ...rest }: { obfuscation?: unknown } & ServerEvent = event;
  return 'item' in rest ? { ...rest, type, item: tellItemView(rest.item) } : { ...rest, type };
}

function tellSession(
  type: 'session.created' | 'session.updated',
  view: SessionView,
  facts: PreviewFacts,
): readonly WireEvent[] {
  if (view.type === 'transcription') {
    return [{ type: `transcription_${type}`, session: tellTranscriptionView(view) }];
  }
  const session = tellSessionView(view, facts.temperature);
  if (type === 'session.updated') return [{ type, session }];
  const conversation = { id: facts.conversationId, object: 'realtime.conversation' };
  return [
    { type, session },
    { type: 'conversation.created', conversation },
  ];
}

function tellSessionView(view: Extract<SessionView, { type: 'realtime' }>, temperature: number): object {
  const { input, output } = view.audio;
  return {
    id: view.id,
    object: view.object,
    model: view.model,
    expires_at: view.expires_at,
    modalities: tellModalities(view.output_modalities),
    instructions: view.instructions,
    voice: output.voice,
    ...tellInput(input),
    output_audio_format: tellFormat(output.format),
    speed: output.speed,
    tools: view.tools,
    tool_choice: view.tool_choice,
    temperature,
    max_response_output_tokens: view.max_output_tokens,
    tracing: view.tracing,
    client_secret: null,
  };
}

function tellTranscriptionView(view: Extract<SessionView, { type: 'transcription' }>): object {
  return {
    id: view.id,
    object: view.object,
    expires_at: view.expires_at,
    ...tellInput(view.audio.input),
    include: view.include,
    client_secret: null,
  };
}

interface Input {
  readonly format: AudioFormat;
  readonly transcription: object | null;
  readonly noise_reduction: object | null;
  readonly turn_detection: object | null;
}

function tellInput(input: Input): object {
  const { format, transcription, noise_reduction: noiseReduction, turn_detection: detection } = input;
  return {
    turn_detection: detection && without(detection, 'idle_timeout_ms' satisfies keyof ServerVad),
    input_audio_format: tellFormat(format),
    input_audio_transcription: transcription,
    input_audio_noise_reduction: noiseReduction,
  };
}

type ServerVad = Extract<TurnDetection, { type: 'server_vad' }>;

function tellResponse(response: ResponseView, temperature: number): object {
  const { output_modalities: modalities, audio, output, usage, max_output_tokens: most, ...rest } = response;
  return {
    ...rest,
    output: output.map((item) => tellItemView(item)),
    modalities: tellModalities(modalities),
    voice: audio.output.voice,
    output_audio_format: tellFormat(audio.output.format),
    temperature,
    max_output_tokens: most,
    usage: usage && tellUsage(usage),
  };
}

function tellUsage(usage: Usage): object {
  const { image_tokens: _images, cached_tokens_details: cached, ...input } = usage.input_token_details;
  const { image_tokens: _cachedImages, ...details } = cached;
  return { ...usage, input_token_details: { ...input, cached_tokens_details: details } };
}

function tellModalities(modalities: readonly string[]): readonly string[] {
  return modalities.includes('audio') ? ['text', 'audio'] : ['text'];
}

function tellFormat(format: AudioFormat): string {
  return previewFormats[format.type];
}

/** GA places by their preview names, the longer ones first. */
const places = [
  ...Object.entries(sessionPaths).map(([name, path]) => [`session.${path}`, `session.${name}`] as const),
  ...Object.entries(responsePaths).map(([name, path]) => [`response.${path}`, `response.${name}`] as const),
].toSorted(([left], [right]) => right.length - left.length);

/** The place that was wrong stands elsewhere on this wire; and a truncation beyond the sound had no code. */
function tellError(error: ErrorBody): ErrorBody {
  const { param } = error;
  // Unknown keys were overlooked or refused before GA rules were asked: such a name is already the client's.
  if (error.code === 'unknown_parameter') return error;
  const code = param === 'audio_end_ms' && error.code === 'invalid_value' ? null : error.code;
  const found = places.find(([ga]) => param !== null && (param === ga || startsInside(param, ga)));
  if (!found || param === null) return { ...error, code };
  const [ga, preview] = found;
  const told = preview + param.slice(ga.length);
  return { ...error, code, param: told, message: error.message.replaceAll(param, told) };
}

function startsInside(param: string, place: string): boolean {
  return param.startsWith(`${place}.`) || param.startsWith(`${place}[`);
}

function without(value: object, name: string): object {
  return Object.fromEntries(Object.entries(value).filter(([key]) => key !== name));
}
