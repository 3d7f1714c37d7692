/** The only file that knows the MCP client, loaded with a dynamic `import()` when a chat has tool servers. */
import { createMCPClient } from '@ai-sdk/mcp';
import type { McpServer } from './mcp-servers.ts';
import type { ToolOutcome } from './tool.ts';

/** A tool as its server lists it. */
export interface McpTool {
  readonly name: string;
  readonly description: string;
  readonly inputSchema: Readonly<Record<string, unknown>>;
}

/** A server that was greeted. Both methods reject when it does not answer as it should. */
export interface McpConnection {
  readonly list: (signal: AbortSignal) => Promise<readonly McpTool[]>;
  readonly call: (tool: string, input: object, signal: AbortSignal) => Promise<ToolOutcome>;
}

/** Pages of a list that are read. */
const MOST_PAGES = 8;
/** Bytes of one answer of a server. */
const LARGEST_ANSWER_BYTES = 1024 * 1024;

const METHOD_NOT_ALLOWED = 405;
const REDIRECTS = 300;
const ERRORS = 400;

/** Greets a server. Nothing stays open between two requests. */
export async function connectMcp({ url, headers }: McpServer, signal: AbortSignal): Promise<McpConnection> {
  const client = await createMCPClient({
    clientName: 'voxgate',
    transport: { type: 'http', url, headers: { ...headers }, fetch: modestFetch },
    initializationOptions: { signal },
    // Answers that nobody waits for any more are no news.
    onUncaughtError: () => undefined,
  });
  return {
    list: async (wait) => {
      const tools: McpTool[] = [];
      let cursor: string | undefined;
      for (let page = 0; page < MOST_PAGES; page += 1) {
        const params = cursor === undefined ? {} : { cursor };
        const listed = await client.listTools({ params, options: { signal: wait } });
        for (const { name, description = '', inputSchema } of listed.tools) {
          tools.push({ name, description, inputSchema });
        }
        cursor = listed.nextCursor;
        if (cursor === undefined) break;
      }
      return tools;
    },
    call: async (tool, input, wait) => {
      const result = await client.callTool({
        name: tool,
        arguments: { ...input },
        options: { signal: wait },
      });
      return toOutcome(result);
    },
  };
}

/**
 * `fetch` as the client is given it: no stream that the server could talk into unasked, which would keep an object awake;
 * no redirect, which would carry the headers elsewhere (this runtime knows no `redirect: 'error'`); no endless answer.
 */
const modestFetch: typeof fetch = async (input, init) => {
  if (init?.method === undefined || init.method === 'GET')
    return new Response(null, { status: METHOD_NOT_ALLOWED });
  const response = await fetch(input, { ...init, redirect: 'manual' });
  const { status } = response;
  if (status >= REDIRECTS && status < ERRORS) {
    throw new TypeError('The server wants to be asked elsewhere');
  }
  return new Response(response.body?.pipeThrough(bounded()) ?? null, { status, headers: response.headers });
};

function bounded(): TransformStream<Uint8Array, Uint8Array> {
  let bytes = 0;
  return new TransformStream({
    transform(piece, controller) {
      bytes += piece.byteLength;
      if (bytes > LARGEST_ANSWER_BYTES) controller.error(new RangeError('The answer is too large'));
      else controller.enqueue(piece);
    },
  });
}

/** Structured results as they are; else the words of the result; of pictures and sound only that they were there. */
function toOutcome(result: Readonly<Record<string, unknown>>): ToolOutcome {
  const isError = result['isError'] === true;
  const structured = result['structuredContent'];
  const words = Array.isArray(result['content']) ? result['content'].map(wordsOf).join('\n') : '';
  if (isError) return { output: { error: words }, isError };
  return { output: structured ?? words, isError };
}

function wordsOf(part: unknown): string {
  if (typeof part !== 'object' || part === null) return '';
  if ('text' in part && typeof part.text === 'string') return part.text;
  return 'type' in part && typeof part.type === 'string' ? `[${part.type}]` : '';
}
