/** What the gateway answers about what it remembers: unknown in, typed out. What is of the wrong kind reads as empty. */
import type {
  ConversationMessage,
  ConversationPage,
  ConversationSummary,
  ConversationToolCall,
  ConversationWithMessages,
  SearchPage,
  SearchResult,
} from '../../protocol/conversations.ts';
import { number, record, text, type Fields } from '../fields.ts';

export function readConversationPage(value: unknown): ConversationPage {
  const fields = record(value);
  return { conversations: listOf(fields, 'conversations').map(readSummary), next: cursorOf(fields) };
}

export function readConversation(value: unknown): ConversationWithMessages {
  const fields = record(value);
  return {
    ...readSummary(fields),
    messages: listOf(fields, 'messages').map(readMessage),
    next: cursorOf(fields),
  };
}

export function readSearchPage(value: unknown): SearchPage {
  const fields = record(value);
  return { results: listOf(fields, 'results').map(readResult), next: cursorOf(fields) };
}

export function readSummary(fields: Fields): ConversationSummary {
  return {
    id: text(fields, 'id'),
    title: text(fields, 'title'),
    created_at: number(fields, 'created_at'),
    updated_at: number(fields, 'updated_at'),
    message_count: number(fields, 'message_count'),
  };
}

function readMessage(fields: Fields): ConversationMessage {
  const statuses = ['interrupted', 'answering'] as const;
  return {
    id: text(fields, 'id'),
    role: text(fields, 'role') === 'user' ? 'user' : 'assistant',
    mode: text(fields, 'mode') === 'voice' ? 'voice' : 'text',
    content: text(fields, 'content'),
    status: statuses.find((status) => status === text(fields, 'status')) ?? 'complete',
    created_at: number(fields, 'created_at'),
    tool_calls: listOf(fields, 'tool_calls').map(readToolCall),
  };
}

function readToolCall(fields: Fields): ConversationToolCall {
  return {
    call_id: text(fields, 'call_id'),
    name: text(fields, 'name'),
    arguments: fields['arguments'],
    output: fields['output'] ?? null,
    is_error: fields['is_error'] === true,
  };
}

function readResult(fields: Fields): SearchResult {
  const snippet = text(fields, 'snippet');
  const role = text(fields, 'role');
  return {
    conversation_id: text(fields, 'conversation_id'),
    title: text(fields, 'title'),
    message_id: text(fields, 'message_id') || null,
    role: role === 'user' || role === 'assistant' ? role : null,
    snippet,
    matches: readMatches(fields['matches'], snippet.length),
    created_at: number(fields, 'created_at'),
  };
}

/** Only ranges that lie in the snippet, one behind the other. */
function readMatches(value: unknown, length: number): readonly (readonly [number, number])[] {
  let end = 0;
  return (Array.isArray(value) ? value : []).flatMap((pair: unknown) => {
    const [from, to]: readonly unknown[] = Array.isArray(pair) ? pair : [];
    if (typeof from !== 'number' || typeof to !== 'number') return [];
    if (from < end || to <= from || to > length) return [];
    end = to;
    return [[from, to] as const];
  });
}

function listOf(fields: Fields, key: string): readonly Fields[] {
  const value = fields[key];
  return Array.isArray(value) ? value.map(record) : [];
}

function cursorOf(fields: Fields): string | null {
  return text(fields, 'next') || null;
}
