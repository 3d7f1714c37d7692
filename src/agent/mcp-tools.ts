/** The tools of an MCP server as an agent's own. A server that does not answer has none, and no answer waits for it long. */
import { log } from '../observe/log.ts';
import { startDeadline } from './deadline.ts';
import type { McpConnection, McpTool } from './mcp-sdk.ts';
import type { McpServer } from './mcp-servers.ts';
import type { JsonSchema, ServerTool, ToolOutcome, ToolSource } from './tool.ts';

/** How patient we are with a server; all in ms. */
export interface McpPatience {
  /** For greeting and list together (3,000). */
  readonly listMs?: number;
  /** For one call (20,000). */
  readonly callMs?: number;
  /** How long a list is good (300,000). */
  readonly freshMs?: number;
  /** How long a server that failed is left alone (30,000). */
  readonly deadMs?: number;
}

const LIST_MS = 3_000;
const CALL_MS = 20_000;
const FRESH_MS = 300_000;
const DEAD_MS = 30_000;

/** Azure's longest name and description of a function. */
const LONGEST_NAME = 64;
const LONGEST_DESCRIPTION = 1_024;
/** Of one server: many would crowd out the others. */
const MOST_TOOLS = 64;

/** A list and when it is to be asked for again. */
interface Listing {
  readonly tools: readonly ServerTool[];
  readonly until: number;
}

/** The tools of a server. It is greeted when a run first needs them. */
export function mcpTools(server: McpServer, patience: McpPatience = {}): ToolSource {
  const desk = new McpDesk(server, patience);
  return { listTools: () => desk.listTools() };
}

/** One server: its connection, its list, and when each was good last. */
class McpDesk {
  readonly #server: McpServer;
  readonly #patience: Required<McpPatience>;
  #connection: Promise<McpConnection> | null = null;
  #listing: Listing = { tools: [], until: 0 };
  #asking: Promise<readonly ServerTool[]> | null = null;

  constructor(server: McpServer, patience: McpPatience) {
    this.#server = server;
    this.#patience = { listMs: LIST_MS, callMs: CALL_MS, freshMs: FRESH_MS, deadMs: DEAD_MS, ...patience };
  }

  /** Never rejects. Runs that ask at the same time wait for the same answer. */
  async listTools(): Promise<readonly ServerTool[]> {
    if (Date.now() < this.#listing.until) return this.#listing.tools;
    this.#asking ??= this.#ask().finally(() => (this.#asking = null));
    return this.#asking;
  }

  async #ask(): Promise<readonly ServerTool[]> {
    const { listMs, freshMs, deadMs } = this.#patience;
    // The server is not to blame for the time that loading the client takes.
    await loadClient();
    const deadline = startDeadline(listMs);
    try {
      const listed = await Promise.race([this.#list(deadline.signal), deadline.over]);
      if (listed === null) throw new Error('The server took too long');
      this.#listing = { tools: this.#toTools(listed), until: Date.now() + freshMs };
    } catch {
      log('tools.unavailable', { server: this.#server.name });
      this.#connection = null;
      this.#listing = { tools: [], until: Date.now() + deadMs };
    } finally {
      deadline.close();
    }
    return this.#listing.tools;
  }

  async #list(signal: AbortSignal): Promise<readonly McpTool[]> {
    const connection = await this.#connect();
    return connection.list(signal);
  }

  /** Several may wait for it: who lets go takes nothing from the others. */
  #connect(): Promise<McpConnection> {
    this.#connection ??= this.#greet();
    return this.#connection;
  }

  async #greet(): Promise<McpConnection> {
    const { connectMcp } = await loadClient();
    const deadline = startDeadline(this.#patience.listMs);
    try {
      return await connectMcp(this.#server, deadline.signal);
    } finally {
      deadline.close();
    }
  }

  #toTools(listed: readonly McpTool[]): readonly ServerTool[] {
    const taken = new Set<string>();
    return listed.slice(0, MOST_TOOLS).map(({ name, description, inputSchema }) => ({
      name: freeName(`${this.#server.name}_${name}`, taken),
      description: description.slice(0, LONGEST_DESCRIPTION),
      parameters: toParameters(inputSchema),
      runs: 'server',
      timeoutMs: this.#patience.callMs,
      call: (input, { signal }) => this.#call(name, input, signal),
    }));
  }

  async #call(tool: string, input: unknown, signal: AbortSignal): Promise<ToolOutcome> {
    try {
      const connection = await this.#connect();
      return await connection.call(tool, typeof input === 'object' && input !== null ? input : {}, signal);
    } catch (error) {
      // Its session may have ended with the server's last restart: the next call greets it anew.
      this.#connection = null;
      throw error;
    }
  }
}

function loadClient() {
  return import('./mcp-sdk.ts');
}

/** A name Azure takes and no other tool of the server has. */
function freeName(wanted: string, taken: Set<string>): string {
  const clean = wanted.replaceAll(/[^a-zA-Z0-9_-]/g, '_').slice(0, LONGEST_NAME);
  let name = clean;
  for (let number = 2; taken.has(name); number += 1) {
    const suffix = `_${number}`;
    name = clean.slice(0, LONGEST_NAME - suffix.length) + suffix;
  }
  taken.add(name);
  return name;
}

/** Azure wants an object, with its properties told. */
function toParameters(schema: JsonSchema): JsonSchema {
  const { $schema: _, ...told } = schema;
  return { properties: {}, ...told, type: 'object' };
}
