/** What a chat request may hold. Unknown keys are errors, as on Azure. */
import * as v from 'valibot';

const MOST_MESSAGES = 2_048;
const LONGEST_MESSAGE = 1_048_576;
const MOST_TOOLS = 128;
const LONGEST_TOOL_NAME = 64;
const MOST_STOPS = 4;
const MOST_CHOICES = 128;
const MOST_TOP_LOGPROBS = 20;
const MOST_METADATA = 16;
const LONGEST_METADATA_KEY = 64;
const LONGEST_METADATA_VALUE = 512;
const HIGHEST_TEMPERATURE = 2;
const HIGHEST_PENALTY = 2;

const text = v.string();
const longText = v.pipe(text, v.maxLength(LONGEST_MESSAGE));
const flag = v.boolean();
const object = v.record(text, v.unknown());
const toolName = v.pipe(text, v.maxLength(LONGEST_TOOL_NAME), v.regex(/^[\w-]+$/));
const positive = v.pipe(v.number(), v.integer(), v.minValue(1));
const penalty = v.pipe(v.number(), v.minValue(-HIGHEST_PENALTY), v.maxValue(HIGHEST_PENALTY));

const textPart = v.strictObject({ type: v.literal('text'), text: longText });
const refusalPart = v.strictObject({ type: v.literal('refusal'), refusal: text });
const imagePart = v.strictObject({
  type: v.literal('image_url'),
  image_url: v.strictObject({ url: text, detail: v.optional(v.picklist(['auto', 'low', 'high'])) }),
});
const audioPart = v.strictObject({
  type: v.literal('input_audio'),
  input_audio: v.strictObject({ data: text, format: v.picklist(['wav', 'mp3']) }),
});
const filePart = v.strictObject({ type: v.literal('file'), file: object });

const texts = v.union([longText, v.pipe(v.array(textPart), v.minLength(1))]);
const userContent = v.union([
  longText,
  v.pipe(v.array(v.variant('type', [textPart, imagePart, audioPart, filePart])), v.minLength(1)),
]);
const assistantContent = v.union([
  longText,
  v.pipe(v.array(v.variant('type', [textPart, refusalPart])), v.minLength(1)),
]);

const namedCall = v.strictObject({ name: text, arguments: text });
const toolCall = v.variant('type', [
  v.strictObject({ id: text, type: v.literal('function'), function: namedCall }),
  v.strictObject({
    id: text,
    type: v.literal('custom'),
    custom: v.strictObject({ name: text, input: text }),
  }),
]);

const message = v.variant('role', [
  v.strictObject({ role: v.literal('system'), content: texts, name: v.optional(text) }),
  v.strictObject({ role: v.literal('assistant'), ...assistantFields() }),
  v.strictObject({ role: v.literal('user'), content: userContent, name: v.optional(text) }),
  v.strictObject({ role: v.literal('function'), content: v.nullable(longText), name: text }),
  v.strictObject({ role: v.literal('tool'), content: texts, tool_call_id: text }),
  v.strictObject({ role: v.literal('developer'), content: texts, name: v.optional(text) }),
]);

const tool = v.variant('type', [
  v.strictObject({
    type: v.literal('function'),
    function: v.strictObject({
      name: toolName,
      description: v.nullish(text),
      parameters: v.nullish(object),
      strict: v.nullish(flag),
    }),
  }),
]);

const toolChoice = v.union([
  v.picklist(['none', 'auto', 'required']),
  v.strictObject({ type: v.literal('function'), function: v.strictObject({ name: text }) }),
]);

const responseFormat = v.variant('type', [
  v.strictObject({ type: v.literal('text') }),
  v.strictObject({ type: v.literal('json_object') }),
  v.strictObject({
    type: v.literal('json_schema'),
    json_schema: v.strictObject({
      name: toolName,
      description: v.optional(text),
      schema: v.optional(object),
      strict: v.nullish(flag),
    }),
  }),
]);

/** The body of `POST …/chat/completions`. On the dated path `model` is ignored. */
export const chatRequest = v.strictObject({
  model: v.optional(text),
  messages: v.pipe(v.array(message), v.minLength(1), v.maxLength(MOST_MESSAGES)),
  stream: v.nullish(flag),
  stream_options: v.nullish(
    v.strictObject({ include_usage: v.nullish(flag), include_obfuscation: v.nullish(flag) }),
  ),
  tools: v.nullish(v.pipe(v.array(tool), v.minLength(1), v.maxLength(MOST_TOOLS))),
  tool_choice: v.nullish(toolChoice),
  parallel_tool_calls: v.nullish(flag),
  max_tokens: v.nullish(positive),
  max_completion_tokens: v.nullish(positive),
  n: v.nullish(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(MOST_CHOICES))),
  stop: v.nullish(v.union([text, v.pipe(v.array(text), v.maxLength(MOST_STOPS))])),
  response_format: v.nullish(responseFormat),
  temperature: v.nullish(v.pipe(v.number(), v.minValue(0), v.maxValue(HIGHEST_TEMPERATURE))),
  top_p: v.nullish(v.pipe(v.number(), v.minValue(0), v.maxValue(1))),
  frequency_penalty: v.nullish(penalty),
  presence_penalty: v.nullish(penalty),
  logit_bias: v.nullish(v.record(text, v.number())),
  logprobs: v.nullish(flag),
  top_logprobs: v.nullish(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(MOST_TOP_LOGPROBS))),
  seed: v.nullish(v.pipe(v.number(), v.integer())),
  user: v.nullish(text),
  metadata: v.nullish(
    v.pipe(
      v.record(
        v.pipe(text, v.maxLength(LONGEST_METADATA_KEY)),
        v.pipe(text, v.maxLength(LONGEST_METADATA_VALUE)),
      ),
      v.maxEntries(MOST_METADATA),
    ),
  ),
  modalities: v.nullish(v.array(v.picklist(['text']))),
  prediction: v.nullish(object),
  prompt_cache_key: v.nullish(text),
  prompt_cache_retention: v.nullish(v.picklist(['in_memory', '24h'])),
  reasoning_effort: v.nullish(v.picklist(['none', 'minimal', 'low', 'medium', 'high', 'xhigh'])),
  safety_identifier: v.nullish(text),
  service_tier: v.nullish(v.picklist(['auto', 'default', 'flex', 'scale', 'priority'])),
  store: v.nullish(flag),
  verbosity: v.nullish(v.picklist(['low', 'medium', 'high'])),
  user_security_context: v.nullish(object),
});

/** A request that keeps to the schema. */
export type ChatRequest = v.InferOutput<typeof chatRequest>;

/** One message of it. */
export type ChatMessage = ChatRequest['messages'][number];

/** An answer may be sent back as it came, so its fields are allowed here. */
function assistantFields() {
  return {
    content: v.nullish(assistantContent),
    refusal: v.nullish(text),
    name: v.optional(text),
    audio: v.nullish(v.strictObject({ id: text })),
    annotations: v.optional(v.array(v.unknown())),
    tool_calls: v.nullish(v.pipe(v.array(toolCall), v.minLength(1), v.maxLength(MOST_TOOLS))),
    function_call: v.nullish(namedCall),
  };
}
