/** A real tool server on this machine, asked by MCP's streamable HTTP: one JSON-RPC message per POST. */
import * as v from 'valibot';

import type { McpFailure, McpListing, McpOutcome, McpServer, McpTool } from './mcp-server.ts';

/** The revision of the protocol we speak. */
const PROTOCOL_VERSION = '2025-06-18';

/** A server that takes longer is gone. */
const PATIENCE_MS = 10_000;

/** Pages of a tool list that are read, and bytes of an answer. */
const MOST_PAGES = 16;
const LARGEST_ANSWER_BYTES = 4 * 1024 * 1024;

const LOOPBACK = /^(?:127(?:\.\d{1,3}){3}|localhost|\[::1\])$/;

/** How a server is reached. */
export interface LoopbackAddress {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Ends whatever is under way. */
  readonly signal: AbortSignal;
}

const reply = v.object({
  id: v.optional(v.unknown()),
  result: v.optional(v.unknown()),
  error: v.optional(v.object({ code: v.number(), message: v.string() })),
});

const toolPage = v.object({
  tools: v.array(
    v.object({
      name: v.string(),
      description: v.optional(v.string()),
      inputSchema: v.optional(v.unknown()),
      annotations: v.optional(v.unknown()),
    }),
  ),
  nextCursor: v.optional(v.nullable(v.string())),
});

const callResult = v.object({
  content: v.optional(v.array(v.object({ type: v.string(), text: v.optional(v.string()) })), []),
  structuredContent: v.optional(v.unknown()),
  isError: v.optional(v.boolean()),
});

type Answer =
  | { readonly ok: true; readonly result: unknown }
  | { readonly ok: false; readonly failure: McpFailure };

/** Whether an address is plain HTTP on this machine: the only ones that are really asked. */
export function isLoopback(url: string): boolean {
  if (!URL.canParse(url)) return false;
  const { protocol, hostname } = new URL(url);
  return protocol === 'http:' && LOOPBACK.test(hostname);
}

/** A server that is really asked. It is greeted once, before the first question. */
export class LoopbackServer implements McpServer {
  readonly #address: LoopbackAddress;
  #session: string | null = null;
  #greeting: Promise<Answer> | null = null;
  #lastId = 0;

  constructor(address: LoopbackAddress) {
    this.#address = address;
  }

  async list(): Promise<McpListing> {
    const tools: McpTool[] = [];
    let cursor: string | null = null;
    for (let page = 0; page < MOST_PAGES; page += 1) {
      const answer = await this.#ask('tools/list', cursor === null ? {} : { cursor });
      if (!answer.ok) return answer;
      const parsed = v.safeParse(toolPage, answer.result);
      if (!parsed.success) return { ok: false, failure: unreadable };
      for (const { name, description, inputSchema, annotations } of parsed.output.tools) {
        const schema = inputSchema ?? {};
        tools.push({
          name,
          description: description ?? null,
          input_schema: schema,
          annotations: annotations ?? null,
        });
      }
      cursor = parsed.output.nextCursor ?? null;
      if (cursor === null) break;
    }
    return { ok: true, tools };
  }

  async call(name: string, argumentsText: string): Promise<McpOutcome> {
    const answer = await this.#ask('tools/call', { name, arguments: parseJson(argumentsText) ?? {} });
    if (!answer.ok) return answer;
    const parsed = v.safeParse(callResult, answer.result);
    if (!parsed.success) return { ok: false, failure: unreadable };
    const { content, structuredContent, isError } = parsed.output;
    const words = content.flatMap((part) => (part.text === undefined ? [] : [part.text])).join('\n');
    if (isError) return { ok: false, failure: { type: 'tool_execution_error', message: words } };
    const isBare = words === '' && structuredContent !== undefined;
    return { ok: true, output: isBare ? JSON.stringify(structuredContent) : words };
  }

  async #ask(method: string, params: object): Promise<Answer> {
    this.#greeting ??= this.#greet();
    const greeted = await this.#greeting;
    return greeted.ok ? this.#request(method, params) : greeted;
  }

  async #greet(): Promise<Answer> {
    const clientInfo = { name: 'azure-emulator', version: '1' };
    const params = { protocolVersion: PROTOCOL_VERSION, capabilities: {}, clientInfo };
    const answer = await this.#request('initialize', params);
    if (!answer.ok) return answer;
    await this.#post({ jsonrpc: '2.0', method: 'notifications/initialized' });
    return answer;
  }

  async #request(method: string, params: object): Promise<Answer> {
    const id = (this.#lastId += 1);
    const posted = await this.#post({ jsonrpc: '2.0', id, method, params });
    if (!posted.ok) return posted;
    const replies = messagesOf(posted.body).flatMap((message) => {
      const parsed = v.safeParse(reply, message);
      return parsed.success && parsed.output.id === id ? [parsed.output] : [];
    });
    const found = replies[0];
    if (!found) return { ok: false, failure: unreadable };
    if (found.error) return { ok: false, failure: { type: 'protocol_error', ...found.error } };
    return { ok: true, result: found.result };
  }

  async #post(
    message: object,
  ): Promise<{ readonly ok: true; readonly body: string } | Extract<Answer, { ok: false }>> {
    const { url, headers, signal } = this.#address;
    try {
      const response = await fetch(url, {
        method: 'POST',
        redirect: 'error',
        signal: AbortSignal.any([signal, AbortSignal.timeout(PATIENCE_MS)]),
        headers: {
          ...headers,
          'content-type': 'application/json',
          accept: 'application/json, text/event-stream',
          'mcp-protocol-version': PROTOCOL_VERSION,
          ...(this.#session === null ? {} : { 'mcp-session-id': this.#session }),
        },
        body: JSON.stringify(message),
      });
      this.#session = response.headers.get('mcp-session-id') ?? this.#session;
      const body = await readText(response);
      if (response.ok) return { ok: true, body };
      return fail({ type: 'http_error', code: response.status, message: response.statusText });
    } catch {
      return fail({ type: 'http_error', code: 502, message: 'The server does not answer.' });
    }
  }
}

const unreadable: McpFailure = {
  type: 'protocol_error',
  code: -32_700,
  message: 'The server said something that is no answer.',
};

function fail(failure: McpFailure): { readonly ok: false; readonly failure: McpFailure } {
  return { ok: false, failure };
}

async function readText(response: Response): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  let bytes = 0;
  for await (const piece of response.body ?? []) {
    bytes += piece.length;
    if (bytes > LARGEST_ANSWER_BYTES) throw new RangeError('The answer is too large.');
    text += decoder.decode(piece, { stream: true });
  }
  return text;
}

/** The JSON messages of a body: one, or the data of each event of a stream. */
function messagesOf(body: string): unknown[] {
  const whole = parseJson(body);
  if (whole !== undefined) return [whole];
  return body.split(/\r?\n\r?\n/).flatMap((block) => {
    const data = block.split(/\r?\n/).flatMap((line) => (line.startsWith('data:') ? [line.slice(5)] : []));
    const message = parseJson(data.join('\n'));
    return message === undefined ? [] : [message];
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
