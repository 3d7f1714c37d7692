/** Tool servers, asked over a real socket. */
import { once } from 'node:events';
import { createServer, type RequestListener, type ServerResponse } from 'node:http';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startEmulator, type Emulator } from '../../../emulator/server.ts';
import { mcpTools } from '../../../src/agent/mcp-tools.ts';
import type { ServerTool, Tool } from '../../../src/agent/tool.ts';
import { type McpHost, type Methods, startMcpHost } from '../../support/mcp-host.ts';
import { catchLog } from '../../support/printed.ts';
import { pick } from '../../support/realtime-client.ts';
import { agentAt, endOf, eventsOf, fresh, ofType } from '../talk.ts';

let emulator: Emulator;
beforeAll(async () => {
  emulator = await startEmulator({ port: 0, pace: 0, thinkMs: 0 });
});
afterAll(() => emulator.close());

const ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  await Promise.all(ends.splice(0).map((end) => end()));
});

const weather = {
  name: 'weather',
  description: 'The weather in a city',
  inputSchema: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
};
const methods: Methods = {
  'tools/list': () => ({ tools: [weather] }),
  'tools/call': (params) => ({
    content: [{ type: 'text', text: `Clear in ${String(pick(params, 'arguments.city'))}` }],
  }),
};

async function host(given: Methods = methods, streams = false): Promise<McpHost> {
  const started = await startMcpHost(given, { streams });
  ends.push(() => started.close());
  return started;
}

/** A server that is none of MCP's. */
async function other(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  ends.push(async () => {
    server.close();
    server.closeAllConnections();
    await once(server, 'close');
  });
  const address = server.address();
  return `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}/mcp`;
}

function source(url: string, patience = {}) {
  return mcpTools({ name: 'sky', url, headers: { authorization: 'Bearer of-the-tests' } }, patience);
}

function count({ heard }: McpHost, method: string): number {
  return heard.filter(({ message }) => pick(message, 'method') === method).length;
}

function callOf(tools: readonly Tool[], index = 0): ServerTool['call'] {
  const tool = tools[index];
  if (tool?.runs !== 'server') throw new Error('A tool was expected');
  return tool.call;
}

const signal = new AbortController().signal;

/** Hands a message to another server, and its answer back. */
async function passOn(url: string, body: string, response: ServerResponse): Promise<void> {
  const answer = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
  response.writeHead(answer.status, { 'content-type': 'application/json' }).end(await answer.text());
}

/** A list that never ends, twenty tools a page. */
function page(params: unknown): object {
  const number = Number(pick(params, 'cursor') ?? 0);
  const tools = Array.from({ length: 20 }, (_, index) => ({ ...weather, name: `t${number}_${index}` }));
  return { tools, nextCursor: String(number + 1) };
}

describe('tool servers', () => {
  it.each([false, true])(
    '[J24] their tools are the agent’s, named after the server; answers as JSON or as a stream (%s)',
    async (streams) => {
      const { url, heard } = await host(methods, streams);
      const agent = agentAt(emulator.url, { tools: [source(url)] });
      const events = await eventsOf(agent.runStream('The sky weather in Rome?', fresh()));
      expect(ofType(events, 'tool-call')).toMatchObject([
        { name: 'sky_weather', input: { city: 'Rome' }, runs: 'server' },
      ]);
      expect(endOf(events).turn.toolCalls).toMatchObject([{ output: 'Clear in Rome', isError: false }]);
      expect(heard.every(({ headers }) => headers.authorization === 'Bearer of-the-tests')).toBe(true);
      expect(heard.at(-1)?.headers['mcp-session-id']).toBe('one');
    },
  );

  it('[J25] a server is greeted when a run needs it, and its list is good for a while', async () => {
    const server = await host();
    const tools = source(server.url, { freshMs: 60_000 });
    expect(server.heard).toEqual([]);
    const [first, second] = await Promise.all([tools.listTools(), tools.listTools()]);
    expect(second).toBe(first);
    expect(await tools.listTools()).toBe(first);
    expect([count(server, 'initialize'), count(server, 'tools/list')]).toEqual([1, 1]);
    const stale = source(server.url, { freshMs: 0 });
    await stale.listTools();
    await stale.listTools();
    expect([count(server, 'initialize'), count(server, 'tools/list')]).toEqual([2, 3]);
  });

  it('[J26] a server that is dead, silent, broken or elsewhere has no tools, and the answer comes all the same', async () => {
    const gone = await startMcpHost(methods);
    await gone.close();
    const live = await host();
    const addresses = [
      gone.url,
      await other(() => undefined),
      await other((_, response) => response.end('<html>Hello</html>')),
      await other((_, response) => response.writeHead(302, { location: live.url }).end()),
      await other((_, response) => response.writeHead(500).end()),
    ];
    const dead = addresses.map((url) => source(url, { listMs: 100 }));
    const agent = agentAt(emulator.url, { tools: [...dead, source(live.url)] });
    const { turn } = await agent.run('The sky weather in Rome?', fresh());
    expect(turn.toolCalls).toMatchObject([{ output: 'Clear in Rome' }]);
    expect(emulator.stats().last_chat?.tools).toEqual(['sky_weather']);
  });

  it('[J26] a server that failed is left alone for a while, and the log names it', async () => {
    const lines = catchLog();
    let asked = 0;
    const url = await other((_, response) => {
      asked += 1;
      response.writeHead(500).end();
    });
    const tools = source(url, { deadMs: 60_000 });
    await tools.listTools();
    const before = asked;
    expect(await tools.listTools()).toEqual([]);
    expect(asked).toBe(before);
    expect(lines()).toEqual([{ event: 'tools.unavailable', server: 'sky' }]);
  });

  it('[J27] names and descriptions become what Azure takes, each name once', async () => {
    const names = ['a b', 'a.b', 'x'.repeat(80), `${'x'.repeat(80)}y`];
    const listed = names.map((name) => ({ ...weather, name, description: 'd'.repeat(5_000) }));
    const { url } = await host({ ...methods, 'tools/list': () => ({ tools: listed }) });
    const tools = await source(url).listTools();
    const given = tools.map(({ name }) => name);
    expect(given.slice(0, 2)).toEqual(['sky_a_b', 'sky_a_b_2']);
    expect(new Set(given).size).toBe(4);
    for (const { name, description } of tools) {
      expect(name).toMatch(/^[a-zA-Z0-9_-]{1,64}$/);
      expect(description.length).toBeLessThanOrEqual(1_024);
    }
  });

  it('[J27] a list of many pages is read to a bound, and at most 64 tools of a server are offered', async () => {
    const server = await host({ ...methods, 'tools/list': page });
    expect(await source(server.url).listTools()).toHaveLength(64);
    expect(count(server, 'tools/list')).toBe(8);
  });

  it('[J28] a structured result is given as it is, pictures by their name, an error as an error', async () => {
    const results: Record<string, object> = {
      data: { content: [], structuredContent: { celsius: 21 } },
      picture: {
        content: [
          { type: 'image', data: 'AAAA', mimeType: 'image/png' },
          { type: 'text', text: 'a cloud' },
        ],
      },
      fails: { content: [{ type: 'text', text: 'no such city' }], isError: true },
    };
    const { url } = await host({
      'tools/list': () => ({ tools: Object.keys(results).map((name) => ({ ...weather, name })) }),
      'tools/call': (params) => results[String(pick(params, 'name'))],
    });
    const tools = await source(url).listTools();
    const outcomes = await Promise.all(tools.map((_, index) => callOf(tools, index)({}, { signal })));
    expect(outcomes).toEqual([
      { output: { celsius: 21 }, isError: false },
      { output: '[image]\na cloud', isError: false },
      { output: { error: 'no such city' }, isError: true },
    ]);
  });

  it('[J28] an answer without end, or too late, is a failed tool', async () => {
    const { url } = await host({
      ...methods,
      'tools/call': () => ({ content: [{ type: 'text', text: 'x'.repeat(2_000_000) }] }),
    });
    const wish = 'The sky weather in Rome?';
    const endless = await agentAt(emulator.url, { tools: [source(url)] }).run(wish, fresh());
    expect(endless.turn.toolCalls).toMatchObject([{ output: { error: 'The tool failed.' }, isError: true }]);
    const silent = await other((request, response) => {
      let body = '';
      request.on('data', (piece) => (body += piece));
      request.on('end', () => {
        const message: unknown = JSON.parse(body);
        const method = String(pick(message, 'method'));
        if (method === 'tools/call') return;
        const results: Record<string, object> = {
          initialize: {
            protocolVersion: '2025-06-18',
            capabilities: { tools: {} },
            serverInfo: { name: 's', version: '1' },
          },
          'tools/list': { tools: [weather] },
        };
        response.writeHead(200, { 'content-type': 'application/json' });
        response.end(
          JSON.stringify({ jsonrpc: '2.0', id: pick(message, 'id'), result: results[method] ?? {} }),
        );
      });
    });
    const late = await agentAt(emulator.url, { tools: [source(silent, { callMs: 50 })] }).run(wish, fresh());
    expect(late.turn.toolCalls).toMatchObject([
      { output: { error: 'The tool took too long.' }, isError: true },
    ]);
  });

  it('[J29] after a call that failed the server is greeted anew', async () => {
    let isBroken = true;
    const server = await host({
      ...methods,
      'tools/call': (params) => {
        if (isBroken) throw { code: -32_000, message: 'session lost' };
        return methods['tools/call']?.(params);
      },
    });
    const call = callOf(await source(server.url).listTools());
    await expect(call({ city: 'Rome' }, { signal })).rejects.toThrow('session lost');
    isBroken = false;
    expect(await call({ city: 'Rome' }, { signal })).toEqual({ output: 'Clear in Rome', isError: false });
    expect(count(server, 'initialize')).toBe(2);
  });

  it('[J25][J29] whoever lets go while the server is greeted takes nothing from others who wait for it', async () => {
    const inner = await host();
    const { promise: greeted, resolve: greet } = Promise.withResolvers<void>();
    const { promise: waits, resolve: onWait } = Promise.withResolvers<void>();
    let greetings = 0;
    const url = await other((request, response) => {
      let body = '';
      request.on('data', (piece) => (body += piece));
      request.on('end', () => {
        const isGreeting = body.includes('"initialize"');
        greetings += isGreeting ? 1 : 0;
        // A call that fails has it greeted anew.
        if (greetings === 1 && body.includes('tools/call')) return void response.writeHead(500).end();
        const isSecond = isGreeting && greetings === 2;
        if (isSecond) onWait();
        return void (isSecond ? greeted : Promise.resolve()).then(() => passOn(inner.url, body, response));
      });
    });
    const call = callOf(await source(url).listTools());
    await expect(call({ city: 'Rome' }, { signal })).rejects.toThrow(/500/);
    const impatient = new AbortController();
    const left = call({ city: 'Paris' }, { signal: impatient.signal }).catch(() => 'let go');
    const kept = call({ city: 'Rome' }, { signal });
    await waits;
    impatient.abort();
    greet();
    expect(await kept).toEqual({ output: 'Clear in Rome', isError: false });
    expect(await left).toBe('let go');
  });

  it('[J29] nothing stays open between two requests: the server is never listened to', async () => {
    const methodsUsed: string[] = [];
    const inner = await host();
    const url = await other((request, response) => {
      methodsUsed.push(request.method ?? '');
      let body = '';
      request.on('data', (piece) => (body += piece));
      request.on('end', () => {
        void passOn(inner.url, body, response);
      });
    });
    const call = callOf(await source(url).listTools());
    await call({ city: 'Rome' }, { signal });
    expect(new Set(methodsUsed)).toEqual(new Set(['POST']));
  });
});
