/** What comes down the socket as text: unknown in, typed out. Only what the page acts on; everything else is null. */
import type { GatewayUsage } from '../protocol/gateway-events.ts';
import type { ToolTrace } from './captions.ts';
import { type Fields, number, parseFields, parseJson, record, text } from './fields.ts';
import type { PageCall } from './page-calls.ts';
import { readUsage } from './usage-words.ts';
import { readWarning, type Warning } from './warnings.ts';

/** An event the page acts on, under its name on the wire. */
export type ServerEvent =
  | { readonly type: 'session.created' }
  /** Which conversation the call writes into; empty where none is kept. */
  | { readonly type: 'gateway.session'; readonly conversationId: string }
  | GatewayUsage
  | { readonly type: 'gateway.upstream.renewed' }
  | { readonly type: 'gateway.warning'; readonly warning: Warning }
  /** A tool runs in the gateway; of the page's own tools `response.done` tells. */
  | ({ readonly type: 'gateway.tool'; readonly itemId: string } & ToolTrace)
  | { readonly type: 'input_audio_buffer.speech_started'; readonly itemId: string }
  | { readonly type: 'input_audio_buffer.speech_stopped'; readonly itemId: string }
  | { readonly type: 'input_audio_buffer.committed'; readonly itemId: string }
  | {
      readonly type: 'conversation.item.added';
      readonly itemId: string;
      readonly role: string;
      /** What was typed, or null for an item of sound. */
      readonly typed: string | null;
    }
  | {
      readonly type: 'conversation.item.input_audio_transcription.delta';
      readonly itemId: string;
      readonly delta: string;
    }
  | {
      readonly type: 'conversation.item.input_audio_transcription.completed';
      readonly itemId: string;
      readonly transcript: string;
    }
  | { readonly type: 'conversation.item.input_audio_transcription.failed'; readonly itemId: string }
  | { readonly type: 'response.created'; readonly responseId: string }
  | {
      readonly type: 'response.content_part.added';
      readonly responseId: string;
      readonly itemId: string;
      readonly contentIndex: number;
      readonly isAudio: boolean;
    }
  | {
      readonly type: 'answer.delta';
      readonly responseId: string;
      readonly itemId: string;
      readonly delta: string;
    }
  | {
      readonly type: 'answer.done';
      readonly responseId: string;
      readonly itemId: string;
      readonly text: string;
    }
  /** Azure plays it by itself; nothing is played any more, or nothing comes; so much of an item of it was heard. */
  | { readonly type: 'answer.playing'; readonly responseId: string }
  | { readonly type: 'answer.over' }
  | { readonly type: 'answer.cut'; readonly itemId: string; readonly heardMs: number }
  | { readonly type: 'response.output_audio.done'; readonly responseId: string; readonly itemId: string }
  | {
      readonly type: 'response.done';
      readonly responseId: string;
      /** completed, cancelled, incomplete or failed. */
      readonly status: string;
      readonly message: string | null;
      /** The tools of the page that it called; none unless it is whole. */
      readonly calls: readonly PageCall[];
    }
  | { readonly type: 'error'; readonly code: string; readonly message: string };

const readers: Readonly<Record<string, (fields: Fields) => ServerEvent | null>> = {
  'session.created': () => ({ type: 'session.created' }),
  'gateway.session': (fields) => ({
    type: 'gateway.session',
    conversationId: text(fields, 'conversation_id'),
  }),
  'gateway.usage': readUsage,
  'gateway.upstream.renewed': () => ({ type: 'gateway.upstream.renewed' }),
  'gateway.warning': (fields) => ({ type: 'gateway.warning', warning: readWarning(fields) }),
  'gateway.tool': readTool,
  'input_audio_buffer.speech_started': (fields) => aboutItem('input_audio_buffer.speech_started', fields),
  'input_audio_buffer.speech_stopped': (fields) => aboutItem('input_audio_buffer.speech_stopped', fields),
  'input_audio_buffer.committed': (fields) => aboutItem('input_audio_buffer.committed', fields),
  'conversation.item.added': readItem,
  'conversation.item.input_audio_transcription.delta': (fields) => ({
    type: 'conversation.item.input_audio_transcription.delta',
    itemId: text(fields, 'item_id'),
    delta: text(fields, 'delta'),
  }),
  'conversation.item.input_audio_transcription.completed': (fields) => ({
    type: 'conversation.item.input_audio_transcription.completed',
    itemId: text(fields, 'item_id'),
    transcript: text(fields, 'transcript'),
  }),
  'conversation.item.input_audio_transcription.failed': (fields) =>
    aboutItem('conversation.item.input_audio_transcription.failed', fields),
  'response.created': (fields) => {
    const responseId = text(record(fields['response']), 'id');
    return responseId === '' ? null : { type: 'response.created', responseId };
  },
  'response.content_part.added': (fields) => ({
    type: 'response.content_part.added',
    ...aboutAnswer(fields),
    contentIndex: number(fields, 'content_index'),
    isAudio: text(record(fields['part']), 'type') === 'audio',
  }),
  'response.output_audio_transcript.delta': readDelta,
  'response.output_text.delta': readDelta,
  'response.output_audio_transcript.done': (fields) => readDone(fields, 'transcript'),
  'response.output_text.done': (fields) => readDone(fields, 'text'),
  'response.output_audio.done': (fields) => ({ type: 'response.output_audio.done', ...aboutAnswer(fields) }),
  'response.done': readResponseDone,
  error: (fields) => {
    const error = record(fields['error']);
    return { type: 'error', code: text(error, 'code'), message: text(error, 'message') };
  },
};

/** Whether it shows that something was said that the conversation keeps. */
export function isRemembered(event: ServerEvent): boolean {
  if (event.type === 'conversation.item.added') return event.typed !== null;
  return saying.has(event.type) || ('transcript' in event && event.transcript.trim() !== '');
}

const saying: ReadonlySet<ServerEvent['type']> = new Set<ServerEvent['type']>([
  'response.content_part.added',
  'answer.delta',
  'answer.done',
]);

/** Reads one text frame. Null for what is no JSON, no event, or an event the page has no use for. */
export function parseServerEvent(frame: string): ServerEvent | null {
  return readServerEvent(parseFields(frame));
}

/** The same for a frame that was parsed. */
export function readServerEvent(fields: Fields): ServerEvent | null {
  const type = text(fields, 'type');
  return Object.hasOwn(readers, type) ? (readers[type]?.(fields) ?? null) : null;
}

type ItemEventType = Extract<
  ServerEvent['type'],
  `input_audio_buffer.${string}` | 'conversation.item.input_audio_transcription.failed'
>;

function aboutItem(type: ItemEventType, fields: Fields): ServerEvent {
  return { type, itemId: text(fields, 'item_id') };
}

function aboutAnswer(fields: Fields): { responseId: string; itemId: string } {
  return { responseId: text(fields, 'response_id'), itemId: text(fields, 'item_id') };
}

function readTool(fields: Fields): ServerEvent | null {
  const state = toolStates.find((it) => it === text(fields, 'state'));
  const callId = text(fields, 'call_id');
  if (state === undefined || callId === '') return null;
  return { type: 'gateway.tool', itemId: text(fields, 'item_id'), callId, name: text(fields, 'name'), state };
}

const toolStates: readonly ToolTrace['state'][] = ['running', 'done', 'failed'];

function readDelta(fields: Fields): ServerEvent {
  return { type: 'answer.delta', ...aboutAnswer(fields), delta: text(fields, 'delta') };
}

function readDone(fields: Fields, key: string): ServerEvent {
  return { type: 'answer.done', ...aboutAnswer(fields), text: text(fields, key) };
}

function readItem(fields: Fields): ServerEvent | null {
  const item = record(fields['item']);
  if (text(item, 'type') !== 'message') return null;
  const content = Array.isArray(item['content']) ? item['content'].map(record) : [];
  const typed = content.find((part) => text(part, 'type') === 'input_text');
  return {
    type: 'conversation.item.added',
    itemId: text(item, 'id'),
    role: text(item, 'role'),
    typed: typed === undefined ? null : text(typed, 'text'),
  };
}

function readResponseDone(fields: Fields): ServerEvent {
  const response = record(fields['response']);
  const message = text(record(record(response['status_details'])['error']), 'message');
  return {
    type: 'response.done',
    responseId: text(response, 'id'),
    status: text(response, 'status'),
    message: message === '' ? null : message,
    calls: text(response, 'status') === 'completed' ? readCalls(response['output']) : [],
  };
}

function readCalls(output: unknown): readonly PageCall[] {
  const items = Array.isArray(output) ? output.map(record) : [];
  return items
    .filter((item) => text(item, 'type') === 'function_call')
    .map((item) => ({
      itemId: text(item, 'id'),
      callId: text(item, 'call_id'),
      name: text(item, 'name'),
      arguments: parseJson(text(item, 'arguments')),
    }));
}
