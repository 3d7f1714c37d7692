/** What a client may put into a conversation, and into the `input` of a response. */
import * as v from 'valibot';

/** Longest id of an item or a call. */
const LONGEST_ID = 32;

/** Longest text of one part on 2.x models. */
const LONGEST_TEXT = 256_000;

const id = v.pipe(v.string(), v.minLength(1), v.maxLength(LONGEST_ID));
const text = v.pipe(v.string(), v.maxLength(LONGEST_TEXT));

const common = {
  id: v.optional(id),
  object: v.optional(v.literal('realtime.item')),
  status: v.optional(v.picklist(['completed', 'incomplete', 'in_progress'])),
};

const inputText = v.strictObject({ type: v.literal('input_text'), text });

const userPart = v.variant('type', [
  inputText,
  v.strictObject({
    type: v.literal('input_audio'),
    audio: v.string(),
    transcript: v.optional(v.nullable(v.string())),
  }),
  v.strictObject({
    type: v.literal('input_image'),
    image_url: v.string(),
    detail: v.optional(v.picklist(['auto', 'low', 'high'])),
  }),
]);

/** Assistant sound cannot be created by a client. */
const assistantPart = v.variant('type', [v.strictObject({ type: v.literal('output_text'), text })]);

const message = v.variant('role', [
  v.strictObject({
    ...common,
    type: v.literal('message'),
    role: v.literal('user'),
    content: v.array(userPart),
  }),
  v.strictObject({
    ...common,
    type: v.literal('message'),
    role: v.literal('assistant'),
    content: v.array(assistantPart),
  }),
  v.strictObject({
    ...common,
    type: v.literal('message'),
    role: v.literal('system'),
    content: v.array(inputText),
  }),
]);

const functionCall = v.strictObject({
  ...common,
  type: v.literal('function_call'),
  name: v.string(),
  call_id: v.optional(id),
  arguments: v.string(),
});

const functionOutput = v.strictObject({
  ...common,
  type: v.literal('function_call_output'),
  call_id: id,
  output: v.string(),
});

const approvalResponse = v.strictObject({
  id: v.optional(id),
  object: v.optional(v.literal('realtime.item')),
  type: v.literal('mcp_approval_response'),
  approval_request_id: v.string(),
  approve: v.boolean(),
  reason: v.optional(v.nullable(v.string())),
});

const reference = v.strictObject({ type: v.literal('item_reference'), id });

/** The `item` of a `conversation.item.create`. */
export const newItem = v.variant('type', [message, functionCall, functionOutput, approvalResponse]);

/** One element of `response.input`. */
export const inputItem = v.variant('type', [
  message,
  functionCall,
  functionOutput,
  approvalResponse,
  reference,
]);

/** A checked new item. */
export type NewItem = v.InferOutput<typeof newItem>;
/** A checked element of `response.input`. */
export type InputItem = v.InferOutput<typeof inputItem>;
