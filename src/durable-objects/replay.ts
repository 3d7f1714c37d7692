/** What was said before, as items for a new conversation of Azure's. Pure; it knows nothing of why a session is new. */
import { OUR_ID_START } from '../protocol/client-events.ts';
import type { ConversationMessage, ConversationToolCall } from '../protocol/conversations.ts';
import type { Recalled } from './store/memory.ts';

/** About how much of a conversation's end a new session is given, in tokens: some three thousand words. */
export const REPLAY_TOKENS = 4_000;

/** Items of one replay, the newest ones: each is a frame, and Azure answers each. */
const MOST_ITEMS = 200;

/** Characters of one item; of a longer text its beginning is told. */
const MOST_CHARACTERS = 8_000;

/** The kind of an event that replays, as its id says. */
export const REPLAYED = 'replay';

const SUMMARY = 'What was said before, in short:';

/**
 * The frames that put what was said into a conversation, oldest first, the summary before all. Their items begin with
 * `vg_`, which no client may name. A call that nobody answered is left out, since the model would wait for it; one of
 * `waiting` keeps its id, since its client is about to answer it.
 */
export function replay(
  { summary, messages }: Pick<Recalled, 'summary' | 'messages'>,
  waiting: ReadonlySet<string> = new Set(),
): readonly string[] {
  const items = messages.flatMap((message, at) => itemsOf(message, at, waiting)).slice(-MOST_ITEMS);
  const first = items.findIndex((item) => item['type'] !== 'function_call_output');
  const whole = first === -1 ? [] : items.slice(first);
  return [...(summary === null ? [] : [summaryItem(summary)]), ...whole].map((item, index) =>
    JSON.stringify({
      type: 'conversation.item.create',
      event_id: `${OUR_ID_START}${index}.${REPLAYED}`,
      item: { id: `${OUR_ID_START}said_${index}`, ...item },
    }),
  );
}

type Item = Readonly<Record<string, unknown>>;

/** Tools come before words, since that is how an answer in writing is made; in a call, each use is a message of its own. */
function itemsOf(message: ConversationMessage, at: number, waiting: ReadonlySet<string>): readonly Item[] {
  const { role, content, tool_calls: calls } = message;
  const used = calls.flatMap((call, index) => callItems(call, idOf(call, `${at}_${index}`, waiting)));
  const text = cutText(content.trim());
  if (text === '') return used;
  const type = role === 'user' ? 'input_text' : 'output_text';
  return [...used, { type: 'message', role, content: [{ type, text }] }];
}

/**
 * The id is ours: another mode's may be longer than Azure takes, and a client must not answer the call once more. One that
 * its client is to answer keeps its own, and null is one that nobody will.
 */
function idOf(
  { call_id: id, output }: ConversationToolCall,
  place: string,
  waiting: ReadonlySet<string>,
): string | null {
  if (output !== null) return `${OUR_ID_START}call_${place}`;
  return waiting.has(id) ? id : null;
}

function callItems(
  { name, arguments: given, output }: ConversationToolCall,
  id: string | null,
): readonly Item[] {
  if (id === null) return [];
  const text = textOf(given);
  const asked = text.length > MOST_CHARACTERS ? '{}' : text;
  const call = { type: 'function_call', call_id: id, name, arguments: asked };
  if (output === null) return [call];
  return [call, { type: 'function_call_output', call_id: id, output: cutText(textOf(output)) }];
}

function summaryItem(summary: string): Item {
  const text = cutText(`${SUMMARY} ${summary}`);
  return { type: 'message', role: 'system', content: [{ type: 'input_text', text }] };
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** Half a letter of two units would be no text to Azure. */
function cutText(text: string): string {
  const short = text.length > MOST_CHARACTERS ? `${text.slice(0, MOST_CHARACTERS)} […]` : text;
  return short.toWellFormed();
}
