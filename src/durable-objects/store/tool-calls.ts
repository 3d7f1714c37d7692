/** The tool calls of a message as its row keeps them. */
import type { ConversationToolCall } from '../../protocol/conversations.ts';

/**
 * Arguments and results of one message together, in UTF-16 units of JSON: with the longest answer they have to fit into
 * a row of 2 MB.
 */
export const TOOL_CALLS_CHARACTERS = 200_000;

/** Room that arguments and results each have, however much the others take. */
const LEAST = 200;

/** More calls than any agent makes on the way to one answer; those after them are not kept. */
const MOST_CALLS = 500;

/**
 * The calls as JSON, null for none. What is too long for the row is cut, and says so in its place: an answer is not
 * lost for what a tool said.
 */
export function writeToolCalls(calls: readonly ConversationToolCall[]): string | null {
  if (calls.length === 0) return null;
  let left = TOOL_CALLS_CHARACTERS;
  const bounded = calls.slice(0, MOST_CALLS).map((call) => {
    const input = boundedValue(call.arguments, left);
    left -= input.size;
    const output = boundedValue(call.output, left);
    left -= output.size;
    return { ...call, arguments: input.value, output: output.value };
  });
  return JSON.stringify(bounded);
}

/** The calls of a row. */
export function readToolCalls(written: string | null): readonly ConversationToolCall[] {
  return written === null ? [] : JSON.parse(written);
}

function boundedValue(value: unknown, left: number): { readonly value: unknown; readonly size: number } {
  const json = JSON.stringify(value) ?? 'null';
  const most = Math.max(left, LEAST);
  if (json.length <= most) return { value: value ?? null, size: json.length };
  // Quoting a text again may double it.
  const kept = json.slice(0, most / 2);
  return { value: `${kept}… (cut: ${json.length} characters)`, size: most };
}
