/** What a client may write into a session (`session.update`, and the same fields of `response.create`). Unknown keys are errors. */
import * as v from 'valibot';

import { SAMPLE_RATE_HZ } from '../../src/protocol/audio-format.ts';
import { voices } from '../voice/voices.ts';

const LONGEST_NAME = 64;
const MOST_METADATA = 16;
const LONGEST_METADATA_VALUE = 512;
const MOST_OUTPUT_TOKENS = 4_096;

const text = v.string();
const flag = v.boolean();
const milliseconds = v.pipe(v.number(), v.integer(), v.minValue(0));
const strings = v.array(text);

/** PCM at 24 kHz, or G.711 at 8 kHz. */
export const audioFormat = v.variant('type', [
  v.strictObject({
    type: v.literal('audio/pcm'),
    rate: v.optional(v.pipe(v.number(), v.integer(), v.minValue(SAMPLE_RATE_HZ), v.maxValue(SAMPLE_RATE_HZ))),
  }),
  v.strictObject({ type: v.literal('audio/pcmu') }),
  v.strictObject({ type: v.literal('audio/pcma') }),
]);

/** A voice on the list, or a custom one by id. */
export const voice = v.union([v.picklist(Object.keys(voices)), v.strictObject({ id: text })]);

const turnDetection = v.variant('type', [
  v.strictObject({
    type: v.literal('server_vad'),
    threshold: v.optional(v.pipe(v.number(), v.minValue(0), v.maxValue(1))),
    prefix_padding_ms: v.optional(milliseconds),
    silence_duration_ms: v.optional(milliseconds),
    idle_timeout_ms: v.optional(v.nullable(milliseconds)),
    create_response: v.optional(flag),
    interrupt_response: v.optional(flag),
  }),
  v.strictObject({
    type: v.literal('semantic_vad'),
    eagerness: v.optional(v.picklist(['low', 'medium', 'high', 'auto'])),
    create_response: v.optional(flag),
    interrupt_response: v.optional(flag),
  }),
]);

const transcription = v.strictObject({
  model: v.optional(text),
  language: v.optional(text),
  prompt: v.optional(text),
  delay: v.optional(v.picklist(['minimal', 'low', 'medium', 'high', 'xhigh'])),
  keywords: v.optional(strings),
  languages: v.optional(strings),
});

const noiseReduction = v.strictObject({
  type: v.picklist(['near_field', 'far_field']),
  strength: v.optional(v.pipe(v.number(), v.minValue(0), v.maxValue(1))),
});

const functionTool = v.strictObject({
  type: v.literal('function'),
  name: v.pipe(text, v.maxLength(LONGEST_NAME)),
  description: v.optional(text),
  parameters: v.optional(v.nullable(v.record(text, v.unknown()))),
});

const mcpTool = v.strictObject({
  type: v.literal('mcp'),
  server_label: text,
  server_url: v.optional(text),
  server_description: v.optional(text),
  connector_id: v.optional(text),
  tunnel_id: v.optional(text),
  authorization: v.optional(text),
  headers: v.optional(v.nullable(v.record(text, text))),
  allowed_tools: v.optional(v.nullable(v.union([strings, v.record(text, v.unknown())]))),
  allowed_callers: v.optional(v.nullable(strings)),
  require_approval: v.optional(
    v.nullable(v.union([v.picklist(['always', 'never']), v.record(text, v.unknown())])),
  ),
  defer_loading: v.optional(flag),
});

/** Tools a session or a response declares. */
export const tools = v.array(v.variant('type', [functionTool, mcpTool]));

/** Which tool is to be used, if any. */
export const toolChoice = v.union([
  v.picklist(['none', 'auto', 'required']),
  v.strictObject({ type: v.literal('function'), name: text }),
  v.strictObject({ type: v.literal('mcp'), server_label: text, name: v.optional(text) }),
]);

/** A cap on one answer. */
export const maxOutputTokens = v.union([
  v.literal('inf'),
  v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(MOST_OUTPUT_TOKENS)),
]);

/** Exactly one of the two; sound always brings its transcript. */
export const outputModalities = v.pipe(
  v.array(v.picklist(['text', 'audio'])),
  v.check(
    (modalities) => modalities.length === 1,
    "Invalid modalities: supported combinations are ['text'] and ['audio'].",
  ),
);

/** A stored prompt. */
export const prompt = v.nullable(
  v.strictObject({
    id: text,
    version: v.optional(v.nullable(text)),
    variables: v.optional(v.nullable(v.record(text, v.unknown()))),
  }),
);

/** How hard the model thinks; 2.x only. */
export const reasoning = v.strictObject({
  effort: v.optional(v.picklist(['minimal', 'low', 'medium', 'high', 'xhigh'])),
});

/** A client's own notes on a response. */
export const metadata = v.nullable(
  v.pipe(
    v.record(v.pipe(text, v.maxLength(LONGEST_NAME)), v.pipe(text, v.maxLength(LONGEST_METADATA_VALUE))),
    v.maxEntries(MOST_METADATA),
  ),
);

/** How a session hears. */
export const audioInput = v.strictObject({
  format: v.optional(audioFormat),
  transcription: v.optional(v.nullable(transcription)),
  noise_reduction: v.optional(v.nullable(noiseReduction)),
  turn_detection: v.optional(v.nullable(turnDetection)),
});

const audioOutput = v.strictObject({
  format: v.optional(audioFormat),
  voice: v.optional(voice),
  speed: v.optional(v.pipe(v.number(), v.minValue(0.25), v.maxValue(1.5))),
});

/** What more a transcription is to tell. */
export const transcriptionInclude = v.nullable(v.array(v.literal('item.input_audio_transcription.logprobs')));

/** The `session` of a `session.update` on a conversation socket. */
export const sessionUpdate = v.strictObject({
  type: v.literal('realtime'),
  model: v.optional(text),
  output_modalities: v.optional(outputModalities),
  instructions: v.optional(text),
  tools: v.optional(tools),
  tool_choice: v.optional(toolChoice),
  parallel_tool_calls: v.optional(flag),
  max_output_tokens: v.optional(maxOutputTokens),
  tracing: v.optional(
    v.nullable(
      v.union([
        v.literal('auto'),
        v.strictObject({
          workflow_name: v.optional(text),
          group_id: v.optional(text),
          metadata: v.optional(v.unknown()),
        }),
      ]),
    ),
  ),
  truncation: v.optional(
    v.union([
      v.picklist(['auto', 'disabled']),
      v.strictObject({
        type: v.literal('retention_ratio'),
        retention_ratio: v.pipe(v.number(), v.minValue(0), v.maxValue(1)),
        token_limits: v.optional(v.strictObject({ post_instructions: v.optional(milliseconds) })),
      }),
    ]),
  ),
  prompt: v.optional(prompt),
  reasoning: v.optional(reasoning),
  include: v.optional(transcriptionInclude),
  audio: v.optional(v.strictObject({ input: v.optional(audioInput), output: v.optional(audioOutput) })),
});

/** A checked `session.update`. */
export type SessionUpdate = v.InferOutput<typeof sessionUpdate>;
/** A checked turn detection. */
export type TurnDetection = v.InferOutput<typeof turnDetection>;
/** A checked transcription setting. */
export type Transcription = v.InferOutput<typeof transcription>;
/** A checked audio format. */
export type AudioFormat = v.InferOutput<typeof audioFormat>;
/** A declared tool. */
export type Tool = v.InferOutput<typeof tools>[number];
/** Which tool is to be used. */
export type ToolChoice = v.InferOutput<typeof toolChoice>;
/** A voice by name or id. */
export type Voice = v.InferOutput<typeof voice>;
