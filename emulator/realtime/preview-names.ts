/** The words of the preview wire beside the GA ones: pure tables, read in both directions. */

/** GA server events under their preview names; null: the preview wire has no such event. Any other name is the same. */
export const previewEventNames: Readonly<Record<string, string | null>> = {
  'response.output_audio.delta': 'response.audio.delta',
  'response.output_audio.done': 'response.audio.done',
  'response.output_audio_transcript.delta': 'response.audio_transcript.delta',
  'response.output_audio_transcript.done': 'response.audio_transcript.done',
  'response.output_text.delta': 'response.text.delta',
  'response.output_text.done': 'response.text.done',
  'conversation.item.added': 'conversation.item.created',
  'conversation.item.done': null,
  'input_audio_buffer.timeout_triggered': null,
};

/** Preview content part types of an assistant, by their GA name. */
export const previewPartTypes = { output_text: 'text', output_audio: 'audio' } as const;

/** Preview names of sound formats, by GA type. */
export const previewFormats = {
  'audio/pcm': 'pcm16',
  'audio/pcmu': 'g711_ulaw',
  'audio/pcma': 'g711_alaw',
} as const;

/** GA formats by preview name. */
export const gaFormats: Readonly<Record<string, object>> = {
  pcm16: { type: 'audio/pcm', rate: 24_000 },
  g711_ulaw: { type: 'audio/pcmu' },
  g711_alaw: { type: 'audio/pcma' },
};

/** The eight voices there were. */
export const previewVoices = ['alloy', 'ash', 'ballad', 'coral', 'echo', 'sage', 'shimmer', 'verse'] as const;

/** Where a preview setting of a session stands on the GA wire. */
export const sessionPaths: Readonly<Record<string, string>> = {
  modalities: 'output_modalities',
  instructions: 'instructions',
  model: 'model',
  voice: 'audio.output.voice',
  speed: 'audio.output.speed',
  input_audio_format: 'audio.input.format',
  output_audio_format: 'audio.output.format',
  input_audio_transcription: 'audio.input.transcription',
  input_audio_noise_reduction: 'audio.input.noise_reduction',
  turn_detection: 'audio.input.turn_detection',
  tools: 'tools',
  tool_choice: 'tool_choice',
  max_response_output_tokens: 'max_output_tokens',
  tracing: 'tracing',
  include: 'include',
};

/** The same for a transcription session, which has no voice. */
export const transcriptionPaths: Readonly<Record<string, string>> = {
  input_audio_format: 'audio.input.format',
  input_audio_transcription: 'audio.input.transcription',
  input_audio_noise_reduction: 'audio.input.noise_reduction',
  turn_detection: 'audio.input.turn_detection',
  include: 'include',
};

/** Where a preview setting of one response stands on the GA wire. */
export const responsePaths: Readonly<Record<string, string>> = {
  modalities: 'output_modalities',
  instructions: 'instructions',
  voice: 'audio.output.voice',
  output_audio_format: 'audio.output.format',
  tools: 'tools',
  tool_choice: 'tool_choice',
  max_response_output_tokens: 'max_output_tokens',
  max_output_tokens: 'max_output_tokens',
  conversation: 'conversation',
  metadata: 'metadata',
  input: 'input',
};

/** Settings that only GA has: a preview session does not overlook them but refuses them. */
export const gaOnlySettings: ReadonlySet<string> = new Set([
  'type',
  'audio',
  'output_modalities',
  'max_output_tokens',
  'reasoning',
  'truncation',
  'prompt',
]);

/** What a client event holds beside its type and its id; anything else is overlooked. */
export const previewEventFields: Readonly<Record<string, readonly string[]>> = {
  'session.update': ['session'],
  'transcription_session.update': ['session'],
  'input_audio_buffer.append': ['audio'],
  'input_audio_buffer.commit': [],
  'input_audio_buffer.clear': [],
  'conversation.item.create': ['item', 'previous_item_id'],
  'conversation.item.retrieve': ['item_id'],
  'conversation.item.truncate': ['item_id', 'content_index', 'audio_end_ms'],
  'conversation.item.delete': ['item_id'],
  'response.create': ['response'],
  'response.cancel': ['response_id'],
};

/** What nested settings hold; anything else is overlooked. */
export const previewObjectFields = {
  turnDetection: [
    'type',
    'threshold',
    'prefix_padding_ms',
    'silence_duration_ms',
    'eagerness',
    'create_response',
    'interrupt_response',
  ],
  transcription: ['model', 'language', 'prompt'],
  noiseReduction: ['type'],
  tool: ['type', 'name', 'description', 'parameters'],
  part: ['type', 'text', 'audio', 'transcript'],
  item: ['id', 'object', 'type', 'status', 'role', 'content', 'name', 'call_id', 'arguments', 'output'],
} as const;
