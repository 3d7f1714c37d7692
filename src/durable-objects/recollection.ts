/** What an agent is given of a conversation, written or spoken: what was said before the message it is to answer. Pure. */
import type { Recollection, Said, ToolCall } from '../agent/run.ts';
import { TOKENS_PER_ITEM } from '../azure/token-estimate.ts';
import type { ConversationMessage, ConversationToolCall } from '../protocol/conversations.ts';
import type { Recalled } from './store/memory.ts';

/** How much of a conversation the model is given, in tokens as we reckon them: some fifty pages. */
export const RECALL_TOKENS = 12_000;

/** What was said before a message; what waits behind it is not said yet. */
export function recollectionOf({ summary, messages }: Recalled, messageId: string): Recollection {
  const at = messages.findIndex(({ id }) => id === messageId);
  return { summary, said: messages.slice(0, Math.max(at, 0)).flatMap(saidIn) };
}

/**
 * What of a memory's end has to be read, in tokens, so that enough of it stands before these messages. A UTF-16 unit is
 * at most three bytes of UTF-8, which is at most a token.
 */
export function tokensBehind(contents: readonly string[]): number {
  return contents.reduce((sum, content) => sum + content.length + TOKENS_PER_ITEM, RECALL_TOKENS);
}

/** The calls of a turn as they are kept. */
export function keptCalls(calls: readonly ToolCall[]): readonly ConversationToolCall[] {
  return calls.map(({ callId, name, input, output, isError }) => ({
    call_id: callId,
    name,
    arguments: input,
    output,
    is_error: isError,
  }));
}

function saidIn({ role, content, tool_calls: calls }: ConversationMessage): readonly Said[] {
  const text: readonly Said[] = content === '' ? [] : [{ role, text: content }];
  return [...calls.map(toSaid), ...text];
}

function toSaid({
  call_id: callId,
  name,
  arguments: input,
  output,
  is_error: isError,
}: ConversationToolCall): Said {
  return { role: 'tool', callId, name, input, output, isError };
}
