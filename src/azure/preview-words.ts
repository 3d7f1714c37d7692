/**
 * The words of the wire before GA beside the GA ones, as `2024-10-01-preview` to `2025-04-01-preview` had them: pure
 * tables, read in both directions (docs/azure-facts.md).
 */

/** GA server events under the names they had; null: there was no such event. Any other has kept its name. */
export const previewEventNames: ReadonlyMap<string, string | null> = new Map([
  ['response.output_audio.delta', 'response.audio.delta'],
  ['response.output_audio.done', 'response.audio.done'],
  ['response.output_audio_transcript.delta', 'response.audio_transcript.delta'],
  ['response.output_audio_transcript.done', 'response.audio_transcript.done'],
  ['response.output_text.delta', 'response.text.delta'],
  ['response.output_text.done', 'response.text.done'],
  ['conversation.item.added', 'conversation.item.created'],
  ['conversation.item.done', null],
  ['input_audio_buffer.timeout_triggered', null],
]);

/** An assistant's parts of an item, by their GA names. */
export const previewPartTypes: ReadonlyMap<unknown, string> = new Map([
  ['output_text', 'text'],
  ['output_audio', 'audio'],
]);

/** Sound formats: the name before GA, and what GA makes of it. */
export const formats = [
  ['pcm16', { type: 'audio/pcm', rate: 24_000 }],
  ['g711_ulaw', { type: 'audio/pcmu' }],
  ['g711_alaw', { type: 'audio/pcma' }],
] as const;

/** How a value is told in the other wire's words. */
export type Kind =
  | 'same'
  | 'modalities'
  | 'format'
  | 'detection'
  | 'transcription'
  | 'noise'
  | 'tools'
  | 'choice'
  | 'items';

/** One setting: its name before GA, where GA has it, and how its value is told. */
export interface Setting {
  readonly name: string;
  readonly path: readonly string[];
  readonly kind: Kind;
}

/** Everything a session could be set to. `temperature` is not among it: GA has none. */
export const sessionSettings: readonly Setting[] = [
  { name: 'modalities', path: ['output_modalities'], kind: 'modalities' },
  { name: 'model', path: ['model'], kind: 'same' },
  { name: 'instructions', path: ['instructions'], kind: 'same' },
  { name: 'voice', path: ['audio', 'output', 'voice'], kind: 'same' },
  { name: 'speed', path: ['audio', 'output', 'speed'], kind: 'same' },
  { name: 'input_audio_format', path: ['audio', 'input', 'format'], kind: 'format' },
  { name: 'output_audio_format', path: ['audio', 'output', 'format'], kind: 'format' },
  { name: 'input_audio_transcription', path: ['audio', 'input', 'transcription'], kind: 'transcription' },
  { name: 'input_audio_noise_reduction', path: ['audio', 'input', 'noise_reduction'], kind: 'noise' },
  { name: 'turn_detection', path: ['audio', 'input', 'turn_detection'], kind: 'detection' },
  { name: 'tools', path: ['tools'], kind: 'tools' },
  { name: 'tool_choice', path: ['tool_choice'], kind: 'choice' },
  { name: 'max_response_output_tokens', path: ['max_output_tokens'], kind: 'same' },
  { name: 'tracing', path: ['tracing'], kind: 'same' },
];

/** Everything one response could be set to. */
export const responseSettings: readonly Setting[] = [
  { name: 'modalities', path: ['output_modalities'], kind: 'modalities' },
  { name: 'instructions', path: ['instructions'], kind: 'same' },
  { name: 'voice', path: ['audio', 'output', 'voice'], kind: 'same' },
  { name: 'output_audio_format', path: ['audio', 'output', 'format'], kind: 'format' },
  { name: 'tools', path: ['tools'], kind: 'tools' },
  { name: 'tool_choice', path: ['tool_choice'], kind: 'choice' },
  { name: 'max_response_output_tokens', path: ['max_output_tokens'], kind: 'same' },
  { name: 'max_output_tokens', path: ['max_output_tokens'], kind: 'same' },
  { name: 'conversation', path: ['conversation'], kind: 'same' },
  { name: 'metadata', path: ['metadata'], kind: 'same' },
  { name: 'input', path: ['input'], kind: 'items' },
];

/** Settings that only GA has: a client that names one speaks GA, and has come to the wrong address. */
export const gaOnly: ReadonlySet<string> = new Set([
  'audio',
  'output_modalities',
  'reasoning',
  'truncation',
  'prompt',
  'parallel_tool_calls',
]);

/** What nested objects had; a key that they had not was overlooked, while GA discards the whole event for it. */
export const nestedKeys = {
  detection: [
    'type',
    'threshold',
    'prefix_padding_ms',
    'silence_duration_ms',
    'eagerness',
    'create_response',
    'interrupt_response',
  ],
  transcription: ['model', 'language', 'prompt'],
  noise: ['type'],
  tool: ['type', 'name', 'description', 'parameters'],
  part: ['type', 'text', 'audio', 'transcript'],
  item: ['id', 'object', 'type', 'status', 'role', 'content', 'name', 'call_id', 'arguments', 'output'],
} as const;

/** What each client event had beside `type` and `event_id`. */
export const eventKeys: ReadonlyMap<string, readonly string[]> = new Map([
  ['session.update', ['session']],
  ['input_audio_buffer.append', ['audio']],
  ['input_audio_buffer.commit', []],
  ['input_audio_buffer.clear', []],
  ['conversation.item.create', ['item', 'previous_item_id']],
  ['conversation.item.retrieve', ['item_id']],
  ['conversation.item.truncate', ['item_id', 'content_index', 'audio_end_ms']],
  ['conversation.item.delete', ['item_id']],
  ['response.create', ['response']],
  ['response.cancel', ['response_id']],
]);
