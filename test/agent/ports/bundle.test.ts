/** The agent as it is deployed: one module, on the bare runtime, its SDK asleep in it until an object needs it. */
import { resolve } from 'node:path';
import { build } from 'esbuild';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startEmulator, type Emulator } from '../../../emulator/server.ts';
import { startBundle, type RunningBundle } from '../../../scripts/bundle.ts';
import { startMcpHost, type McpHost } from '../../support/mcp-host.ts';
import { pick } from '../../support/realtime-client.ts';

const REPO = resolve(import.meta.dirname, '../../..');

/** An object that answers one message, with a tool server beside it, and tells every event. */
const WORKER = `
  import { createAgent } from './src/agent/agent.ts';
  import { mcpTools } from './src/agent/mcp-tools.ts';
  export class Room {
    constructor(state, env) {
      const model = { endpoint: env.AZURE, apiKey: 'k', chatDeployment: 'gpt-4o' };
      const tools = [mcpTools({ name: 'sky', url: env.MCP, headers: {} })];
      this.agent = createAgent({ instructions: 'You are kind.', tools, model });
      this.session = this.agent.createSession();
    }
    async fetch(request) {
      const events = this.agent.runStream(await request.text(), { session: this.session });
      return Response.json(await Array.fromAsync(events));
    }
  }
  export default { fetch: (request, env) => env.ROOM.getByName('one').fetch(request) };
`;

let emulator: Emulator;
let host: McpHost;
let runtime: RunningBundle;
const printed: string[] = [];

beforeAll(async () => {
  emulator = await startEmulator({ port: 0, pace: 0, thinkMs: 0 });
  const tool = { name: 'weather', inputSchema: { type: 'object', properties: { city: { type: 'string' } } } };
  host = await startMcpHost({
    'tools/list': () => ({ tools: [tool] }),
    'tools/call': (params) => ({
      content: [{ type: 'text', text: `Clear in ${String(pick(params, 'arguments.city'))}` }],
    }),
  });
  // As wrangler bundles: everything in one module.
  const { outputFiles } = await build({
    stdin: { contents: WORKER, resolveDir: REPO },
    bundle: true,
    write: false,
    format: 'esm',
    target: 'es2024',
    conditions: ['workerd', 'worker', 'browser'],
    external: ['node:*', 'cloudflare:*'],
    logLevel: 'silent',
  });
  runtime = await startBundle({
    code: outputFiles[0]?.text ?? '',
    durableObjects: { ROOM: 'Room' },
    vars: { AZURE: emulator.url, MCP: host.url },
    log: (line) => printed.push(line),
  });
});
afterAll(async () => {
  await runtime.close();
  await Promise.all([host.close(), emulator.close()]);
});

async function ask(message: string): Promise<readonly unknown[]> {
  const answer = await fetch(runtime.url, { method: 'POST', body: message });
  return JSON.parse(await answer.text()) as unknown[];
}

it('[J36] the SDK and the MCP client are loaded inside an object, which answers and remembers, and prints nothing', async () => {
  const first = await ask('What is the sky weather in Rome?');
  expect(first.at(-1)).toMatchObject({
    type: 'end',
    turn: { reason: 'stop', toolCalls: [{ name: 'sky_weather', output: 'Clear in Rome' }] },
  });
  await ask('My name is Ada');
  const last = await ask('What is my name?');
  expect(last.at(-1)).toMatchObject({ turn: { answer: 'Your name is Ada.' }, error: null });
  expect(printed).toEqual([]);
});
