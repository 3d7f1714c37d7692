/** Rules between the fields of a chat request, each with the refusal Azure gives. Pure. */
import { type ChatRefusal, invalidRequest } from './chat-refusals.ts';
import { promptTokens } from './chat-usage.ts';
import type { ChatMessage, ChatRequest } from './request-schema.ts';
import { textOf } from './said.ts';

/** Models that reason take `max_completion_tokens` only. */
const REASONS = /^gpt-5(?!.*chat)/;

/** Context of the gpt-4o family, in tokens. */
const CONTEXT_TOKENS = 128_000;

type Rule = (request: ChatRequest, deployment: string) => ChatRefusal | null;

/** The first rule a request breaks, or null. */
export function findBrokenRule(request: ChatRequest, deployment: string): ChatRefusal | null {
  for (const rule of rules) {
    const refusal = rule(request, deployment);
    if (refusal) return refusal;
  }
  return null;
}

const rules: readonly Rule[] = [
  ({ stream, stream_options: options }) =>
    options && stream !== true
      ? invalidRequest("The 'stream_options' parameter is only allowed when 'stream' is enabled.", {
          param: 'stream_options',
        })
      : null,
  ({ max_tokens: older }, deployment) =>
    typeof older === 'number' && REASONS.test(deployment)
      ? invalidRequest(
          "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
          { param: 'max_tokens', code: 'unsupported_parameter' },
        )
      : null,
  ({ max_tokens: older, max_completion_tokens: newer }) =>
    typeof older === 'number' && typeof newer === 'number'
      ? invalidRequest("Setting 'max_tokens' and 'max_completion_tokens' at the same time is not supported.")
      : null,
  checkToolChoice,
  ({ messages }) => checkToolMessages(messages),
  ({ messages, response_format: format }) =>
    format?.type === 'json_object' && !messages.some((message) => /json/i.test(textOf(message)))
      ? invalidRequest(
          "'messages' must contain the word 'json' in some form, to use 'response_format' of type 'json_object'.",
          { param: 'messages' },
        )
      : null,
  checkContext,
];

function checkToolChoice({ tools, tool_choice: choice, parallel_tool_calls: parallel }: ChatRequest) {
  if (!tools) {
    if (choice && choice !== 'none') return onlyWithTools('tool_choice');
    return typeof parallel === 'boolean' ? onlyWithTools('parallel_tool_calls') : null;
  }
  if (typeof choice !== 'object' || choice === null) return null;
  const { name } = choice.function;
  if (tools.some((tool) => tool.function.name === name)) return null;
  return invalidRequest(`Tool choice '${name}' not found in 'tools' parameter.`, { param: 'tool_choice' });
}

function onlyWithTools(param: string): ChatRefusal {
  return invalidRequest(`Invalid value for '${param}': it is only allowed when 'tools' are specified.`, {
    param,
  });
}

/** Tool messages answer the calls of the assistant message before them, each of them, and nothing else. */
function checkToolMessages(messages: readonly ChatMessage[]): ChatRefusal | null {
  let open = new Set<string>();
  let callerAt = 0;
  for (const [at, message] of messages.entries()) {
    if (message.role === 'tool') {
      if (!open.delete(message.tool_call_id)) return strayTool(at);
      continue;
    }
    if (open.size > 0) return unanswered(callerAt, open);
    const calls = message.role === 'assistant' ? (message.tool_calls ?? []) : [];
    open = new Set(calls.map((call) => call.id));
    callerAt = at;
    if (message.role === 'assistant' && isEmptyAnswer(message)) return emptyAnswer(at);
  }
  return open.size > 0 ? unanswered(callerAt, open) : null;
}

function strayTool(at: number): ChatRefusal {
  return invalidRequest(
    "Invalid parameter: messages with role 'tool' must be a response to a preceding message with 'tool_calls'.",
    { param: `messages.[${at}].role` },
  );
}

function unanswered(at: number, ids: ReadonlySet<string>): ChatRefusal {
  return invalidRequest(
    `An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'. The following tool_call_ids did not have response messages: ${[...ids].join(', ')}`,
    { param: `messages.[${at}].role` },
  );
}

function isEmptyAnswer(message: Extract<ChatMessage, { role: 'assistant' }>): boolean {
  const { content, refusal, tool_calls: calls, function_call: call, audio } = message;
  return [content, refusal, calls, call, audio].every((field) => field === undefined || field === null);
}

function emptyAnswer(at: number): ChatRefusal {
  const param = `messages.[${at}].content`;
  return invalidRequest(`Invalid value for 'content': expected a string, got null.`, { param });
}

function checkContext(request: ChatRequest): ChatRefusal | null {
  const tokens = promptTokens(request);
  if (tokens <= CONTEXT_TOKENS) return null;
  return invalidRequest(
    `This model's maximum context length is ${CONTEXT_TOKENS} tokens. However, your messages resulted in ${tokens} tokens. Please reduce the length of the messages.`,
    { param: 'messages', code: 'context_length_exceeded' },
  );
}
