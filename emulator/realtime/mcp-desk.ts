/** The tool servers of one session: lists their tools, offers them to answers, and makes the calls. */
import { createId } from '../ids.ts';
import { inventServer } from '../mcp/invented-server.ts';
import { isLoopback, LoopbackServer } from '../mcp/loopback-server.ts';
import type { McpServer, McpTool } from '../mcp/mcp-server.ts';
import type { Output } from '../script.ts';
import type { Offer } from '../tool-choice.ts';
import { type Conversation, createEntry, type Entry } from './conversation.ts';
import type { McpCallItem, McpListToolsItem } from './items.ts';
import type { McpOutput } from './mcp-call.ts';
import { isAllowed, needsApproval } from './mcp-rules.ts';
import type { OutputPlace } from './output-writer.ts';
import { toOffer } from './scene.ts';
import type { Emit } from './server-events.ts';
import type { Tool, ToolChoice } from './session-schema.ts';

/** A declared server. */
export type McpDeclaration = Extract<Tool, { type: 'mcp' }>;

interface Listed {
  readonly server: McpServer;
  /** Empty until they are listed. */
  tools: readonly McpTool[];
}

/** One session's servers. */
export class McpDesk {
  readonly #conversation: Conversation;
  readonly #emit: Emit;
  readonly #ending = new AbortController();
  readonly #listed = new Map<string, Listed>();

  constructor(conversation: Conversation, emit: Emit) {
    this.#conversation = conversation;
    this.#emit = emit;
  }

  /** Begins to list every declared server that is not known yet. */
  announce(tools: readonly Tool[]): void {
    for (const tool of tools) {
      if (tool.type !== 'mcp' || this.#listed.has(keyOf(tool))) continue;
      const listed: Listed = { server: this.#reach(tool), tools: [] };
      this.#listed.set(keyOf(tool), listed);
      this.#list(tool, listed).catch(() => undefined);
    }
  }

  /** What an answer may call: functions, and the listed tools that are allowed. */
  offer(tools: readonly Tool[], choice: ToolChoice): Offer {
    const offer = toOffer(tools, choice);
    const isOfServer = typeof choice === 'object' && choice.type === 'mcp';
    const label = isOfServer ? choice.server_label : null;
    const functions = this.#offered(tools)
      .filter(({ declaration }) => label === null || declaration.server_label === label)
      .map(({ tool }) => ({ name: tool.name, parameters: tool.input_schema }));
    if (!isOfServer) return { ...offer, functions: [...offer.functions, ...functions] };
    const { name } = choice;
    return { functions, choice: name === undefined ? { kind: 'any' } : { kind: 'named', name } };
  }

  /** A call as it is really made: a server's tool is called by us, when nobody must be asked first. */
  dress(output: Output, tools: readonly Tool[]): Output | McpOutput {
    if (output.kind !== 'call') return output;
    const isFunction = tools.some((one) => one.type === 'function' && one.name === output.name);
    const found = isFunction ? undefined : this.#offered(tools).find(({ tool }) => tool.name === output.name);
    if (!found) return output;
    const { declaration, tool } = found;
    const kind = needsApproval(declaration.require_approval, tool) ? 'mcp approval' : 'mcp call';
    const { name, arguments: given } = output;
    return { kind, server_label: declaration.server_label, name, arguments: given, approvalId: null };
  }

  /** Makes a call, and tells how it went. Never before what is being sent right now has gone out. */
  make(tools: readonly Tool[], entry: Entry, place: OutputPlace): void {
    const { item } = entry;
    if (item.type !== 'mcp_call') return;
    const declaration = tools.find((one) => one.type === 'mcp' && one.server_label === item.server_label);
    const known = declaration?.type === 'mcp' ? this.#listed.get(keyOf(declaration)) : undefined;
    const server = known?.server ?? inventServer(item.server_label);
    this.#call(server, { entry, item, place }).catch(() => undefined);
  }

  /** The session is over: nothing is asked or told any more. */
  end(): void {
    this.#ending.abort();
  }

  #offered(tools: readonly Tool[]): { readonly declaration: McpDeclaration; readonly tool: McpTool }[] {
    return tools.flatMap((declaration) => {
      if (declaration.type !== 'mcp') return [];
      const listed = this.#listed.get(keyOf(declaration))?.tools ?? [];
      return listed
        .filter((tool) => isAllowed(declaration.allowed_tools, tool))
        .map((tool) => ({ declaration, tool }));
    });
  }

  #reach(declaration: McpDeclaration): McpServer {
    const { server_url: url = '', server_label: label, authorization, headers } = declaration;
    if (!isLoopback(url)) return inventServer(label);
    const bearer = authorization === undefined ? {} : { authorization: `Bearer ${authorization}` };
    return new LoopbackServer({ url, headers: { ...headers, ...bearer }, signal: this.#ending.signal });
  }

  async #list(declaration: McpDeclaration, listed: Listed): Promise<void> {
    const label = declaration.server_label;
    const item: McpListToolsItem = {
      id: createId('mcpl'),
      type: 'mcp_list_tools',
      server_label: label,
      tools: [],
    };
    const entry = createEntry(item);
    const previous = this.#conversation.append(entry);
    this.#emit({ type: 'conversation.item.added', previous_item_id: previous, item });
    this.#emit({ type: 'mcp_list_tools.in_progress', item_id: item.id });
    const listing = await listed.server.list();
    if (this.#ending.signal.aborted) return;
    if (!listing.ok) return this.#emit({ type: 'mcp_list_tools.failed', item_id: item.id });
    listed.tools = listing.tools;
    const whole = { ...item, tools: listing.tools };
    entry.item = whole;
    this.#emit({ type: 'mcp_list_tools.completed', item_id: item.id });
    this.#settle(entry);
  }

  async #call(
    server: McpServer,
    call: { readonly entry: Entry; readonly item: McpCallItem; readonly place: OutputPlace },
  ): Promise<void> {
    const { entry, item, place } = call;
    const outcome = await server.call(item.name, item.arguments);
    if (this.#ending.signal.aborted) return;
    const address = { item_id: item.id, output_index: place.outputIndex };
    entry.item = outcome.ok ? { ...item, output: outcome.output } : { ...item, error: outcome.failure };
    const type = outcome.ok ? 'response.mcp_call.completed' : 'response.mcp_call.failed';
    this.#emit({ type, ...address });
    this.#settle(entry);
  }

  #settle(entry: Entry): void {
    if (!this.#conversation.find(entry.item.id)) return;
    const previous = this.#conversation.idBefore(entry);
    this.#emit({ type: 'conversation.item.done', previous_item_id: previous, item: entry.item });
  }
}

function keyOf({ server_label: label, server_url: url = '' }: McpDeclaration): string {
  return `${label} ${url}`;
}
