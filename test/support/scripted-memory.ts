/** What a page server remembers: conversations as a test made them, told as the gateway tells them. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type {
  ConversationMessage,
  ConversationSummary,
  SearchResult,
} from '../../src/protocol/conversations.ts';

/** A conversation and everything said in it, oldest first. */
export interface Remembered extends ConversationSummary {
  readonly messages: readonly ConversationMessage[];
}

/** A message as it is remembered; what is left out is ordinary. */
export function said(
  role: 'user' | 'assistant',
  content: string,
  rest: Partial<ConversationMessage> = {},
): ConversationMessage {
  count += 1;
  const id = `msg_${String(count).padStart(32, '0')}`;
  return {
    id,
    role,
    mode: 'text',
    content,
    status: 'complete',
    created_at: 1_764_000_000 + count,
    tool_calls: [],
    ...rest,
  };
}

let count = 0;

/** Answers `/api/conversations` and `/api/me` from what a test put in. */
export class ScriptedMemory {
  conversations: Remembered[] = [];
  results: SearchResult[] = [];
  /** What was asked, as METHOD /path?query, oldest first. */
  readonly asked: string[] = [];
  /** Answers a request in place of the memory, as long as it is set. */
  refuses: { readonly status: number; readonly retryAfterSeconds?: number } | null = null;
  /** Requests wait for it. */
  gate: Promise<void> = Promise.resolve();

  /** Adds a conversation, as the latest. */
  add(title: string, messages: readonly ConversationMessage[] = [said('user', title)]): Remembered {
    count += 1;
    const at = 1_764_000_000 + count;
    const remembered: Remembered = {
      id: `conv_${String(count).padStart(32, '0')}`,
      title,
      created_at: at,
      updated_at: at,
      message_count: messages.length,
      messages,
    };
    this.conversations.unshift(remembered);
    return remembered;
  }

  clear(): void {
    this.conversations = [];
    this.results = [];
    this.asked.length = 0;
    this.refuses = null;
    this.gate = Promise.resolve();
  }

  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://localhost');
    const method = request.method ?? 'GET';
    this.asked.push(`${method} ${url.pathname}${url.search}`);
    const body = await bodyOf(request);
    await this.gate;
    if (this.refuses !== null) return refuse(response, this.refuses);
    const limit = Number(url.searchParams.get('limit') ?? 50);
    const from = Number(url.searchParams.get('cursor') ?? 0);
    if (url.pathname === '/api/me/export') return tell(response, { conversations: this.conversations });
    if (url.pathname === '/api/me' && method === 'DELETE') {
      this.conversations = [];
      return tell(response, null);
    }
    if (url.pathname === '/api/conversations') {
      const { items, next } = pageOf(this.conversations.map(summaryOf), from, limit);
      return tell(response, { conversations: items, next });
    }
    if (url.pathname === '/api/conversations/search') {
      const { items, next } = pageOf(this.results, from, limit);
      return tell(response, { results: items, next });
    }
    const id = url.pathname.split('/').at(-1);
    const found = this.conversations.find((it) => it.id === id);
    if (found === undefined) return refuse(response, { status: 404 });
    this.#answerAbout(found, { method, body, from, limit, response });
  }

  #answerAbout(
    found: Remembered,
    asked: { method: string; body: string; from: number; limit: number; response: ServerResponse },
  ): void {
    const { method, body, from, limit, response } = asked;
    if (method === 'DELETE') {
      this.conversations = this.conversations.filter((it) => it !== found);
      return tell(response, null);
    }
    if (method === 'PATCH') {
      const { title } = JSON.parse(body) as { title: string };
      const renamed = { ...found, title };
      this.conversations = this.conversations.map((it) => (it === found ? renamed : it));
      return tell(response, summaryOf(renamed));
    }
    // Pages count from the newest; each is told oldest first.
    const { items, next } = pageOf(found.messages.toReversed(), from, limit);
    tell(response, { ...summaryOf(found), messages: items.toReversed(), next });
  }
}

function pageOf<T>(
  all: readonly T[],
  from: number,
  limit: number,
): { items: readonly T[]; next: string | null } {
  const end = from + limit;
  return { items: all.slice(from, end), next: end < all.length ? String(end) : null };
}

function summaryOf({ id, title, created_at, updated_at, message_count }: Remembered): ConversationSummary {
  return { id, title, created_at, updated_at, message_count };
}

function tell(response: ServerResponse, value: unknown): void {
  response.writeHead(value === null ? 204 : 200, { 'content-type': 'application/json' });
  response.end(value === null ? undefined : JSON.stringify(value));
}

function refuse(
  response: ServerResponse,
  { status, retryAfterSeconds }: { status: number; retryAfterSeconds?: number },
): void {
  response.writeHead(status, {
    'content-type': 'application/problem+json',
    ...(retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) }),
  });
  response.end(JSON.stringify({ title: 'Refused', status, code: 'refused' }));
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}
