/**
 * What a client may see in a locked session, event by event: the other half of the allow-list. A field that is not in
 * these tables does not come down.
 */
import { OUR_ID_START } from '../protocol/client-events.ts';
import { quotesOperator, repeatsOperator } from './quotes.ts';
import type { Operator } from './session.ts';
import { isRecord } from './wire.ts';

/** The fields to show: true shows the value, a view goes deeper, a function says what is shown in its place. Null is shown. */
export interface View {
  readonly [field: string]: true | View | ((value: unknown, operator: Operator) => unknown);
}

type Fields = Readonly<Record<string, unknown>>;

const event = { type: true, event_id: true } as const satisfies View;

/** The names of the preview are here too: they hold the same. */
const session: View = {
  type: true,
  object: true,
  id: true,
  expires_at: true,
  output_modalities: true,
  max_output_tokens: true,
  parallel_tool_calls: true,
  truncation: true,
  include: true,
  instructions: () => '',
  tools: () => [],
  tool_choice: (choice) => (typeof choice === 'string' ? choice : 'auto'),
  prompt: () => null,
  tracing: () => null,
  audio: {
    input: { format: true, turn_detection: true, noise_reduction: true, transcription: { language: true } },
    output: { format: true, voice: true, speed: true },
  },
  modalities: true,
  voice: true,
  speed: true,
  temperature: true,
  turn_detection: true,
  input_audio_format: true,
  output_audio_format: true,
  input_audio_noise_reduction: true,
  input_audio_transcription: { language: true },
  max_response_output_tokens: true,
};

/** What a list or a call of the operator's servers is to a client: something that was there. */
const blanks: Readonly<Record<string, Fields>> = {
  message: { content: [] },
  mcp_list_tools: { server_label: '', tools: [] },
  mcp_call: { server_label: '', name: '', arguments: '', output: null },
  mcp_approval_request: { server_label: '', name: '', arguments: '' },
};

/** Words of the person and of the model, and the calls a client may have to answer. */
const VISIBLE = new Set(['message', 'function_call', 'function_call_output']);

/**
 * An item as a client may see it. One of the system's, of a server's tools or of a kind that nobody knows keeps its place
 * in the conversation, since later items name it, and loses what it says.
 */
function seenItem(item: unknown): unknown {
  if (!isRecord(item)) return null;
  const { id, object, type, role = null, status } = item;
  const isSpoken = type === 'message' ? role === 'user' || role === 'assistant' : role === null;
  if (isSpoken && VISIBLE.has(String(type))) return item;
  const rest = typeof type === 'string' && Object.hasOwn(blanks, type) ? blanks[type] : {};
  return {
    id: named(id),
    object: named(object),
    type: named(type),
    role: named(role),
    status: named(status),
    ...rest,
  };
}

/** A name, and nothing that could hold more; what is none is left out. */
function named(value: unknown): string | undefined {
  return typeof value === 'string' && value.length <= LONGEST_NAME ? value : undefined;
}

/** Ids have up to 32 characters, types and enumerations fewer. */
const LONGEST_NAME = 40;

/** The same list when nothing in it had to be taken out. */
function seenItems(items: unknown): unknown {
  if (!Array.isArray(items)) return [];
  const seen = items.map(seenItem);
  return seen.every((item, at) => item === items[at]) ? items : seen;
}

/** The gateway's own notes on a response stay its own. */
function seenNotes(notes: unknown, operator: Operator): unknown {
  if (!isRecord(notes)) return null;
  const entries = Object.entries(notes);
  const seen = entries.filter(
    ([name, note]) =>
      typeof note === 'string' &&
      !name.startsWith(OUR_ID_START) &&
      !repeatsOperator(`${name} ${note}`, operator),
  );
  return seen.length === entries.length ? notes : Object.fromEntries(seen);
}

function seenDetails(details: unknown, operator: Operator): unknown {
  if (!isRecord(details)) return null;
  if (!quotesOperator(JSON.stringify(details), operator)) return details;
  const { type, reason, error } = details;
  const { code, type: kind } = isRecord(error) ? error : {};
  return { type: named(type), reason: named(reason), error: { type: named(kind), code: named(code) } };
}

const response: View = {
  id: true,
  object: true,
  status: true,
  status_details: seenDetails,
  output: seenItems,
  conversation_id: true,
  output_modalities: true,
  max_output_tokens: true,
  audio: true,
  usage: true,
  metadata: seenNotes,
  modalities: true,
  voice: true,
  temperature: true,
  output_audio_format: true,
};

/** A session as it was made or changed. */
export const sessionEvent: View = { ...event, session };
const responseEvent: View = { ...event, response };
const itemEvent: View = {
  ...event,
  item: seenItem,
  previous_item_id: true,
  response_id: true,
  output_index: true,
};
const argumentsEvent: View = {
  ...event,
  response_id: true,
  item_id: true,
  output_index: true,
  obfuscation: true,
  delta: () => '',
  arguments: () => '',
};

/** Its message may name a deployment. */
const failedTranscription: View = {
  ...event,
  item_id: true,
  content_index: true,
  error: {
    type: true,
    code: true,
    message: () => 'What was said could not be written down.',
    param: () => null,
  },
};

/** The events that can hold something of the operator's. */
export const lockedViews: ReadonlyMap<string, View> = new Map([
  ['session.created', sessionEvent],
  ['session.updated', sessionEvent],
  ['response.created', responseEvent],
  ['response.done', responseEvent],
  ['conversation.item.created', itemEvent],
  ['conversation.item.added', itemEvent],
  ['conversation.item.done', itemEvent],
  ['conversation.item.retrieved', itemEvent],
  ['response.output_item.added', itemEvent],
  ['response.output_item.done', itemEvent],
  ['response.mcp_call_arguments.delta', argumentsEvent],
  ['response.mcp_call_arguments.done', argumentsEvent],
  ['conversation.item.input_audio_transcription.failed', failedTranscription],
]);

/**
 * The events that hold ids, times and counts, or what the person and the model said themselves. They come down unread. A
 * model that is talked into repeating its instructions says so here, and no gateway can tell.
 */
export const saidAloud: ReadonlySet<string> = new Set([
  'conversation.created',
  'conversation.item.deleted',
  'conversation.item.truncated',
  'conversation.item.input_audio_transcription.delta',
  'conversation.item.input_audio_transcription.completed',
  'conversation.item.input_audio_transcription.segment',
  'input_audio_buffer.cleared',
  'input_audio_buffer.committed',
  'input_audio_buffer.dtmf_event_received',
  'input_audio_buffer.speech_started',
  'input_audio_buffer.speech_stopped',
  'input_audio_buffer.timeout_triggered',
  'output_audio_buffer.cleared',
  'output_audio_buffer.started',
  'output_audio_buffer.stopped',
  'mcp_list_tools.in_progress',
  'mcp_list_tools.completed',
  'mcp_list_tools.failed',
  'rate_limits.updated',
  'response.content_part.added',
  'response.content_part.done',
  'response.function_call_arguments.delta',
  'response.function_call_arguments.done',
  'response.mcp_call.in_progress',
  'response.mcp_call.completed',
  'response.mcp_call.failed',
  'response.output_audio.delta',
  'response.output_audio.done',
  'response.output_audio_transcript.delta',
  'response.output_audio_transcript.done',
  'response.output_text.delta',
  'response.output_text.done',
  'response.audio.delta',
  'response.audio.done',
  'response.audio_transcript.delta',
  'response.audio_transcript.done',
  'response.text.delta',
  'response.text.done',
]);
