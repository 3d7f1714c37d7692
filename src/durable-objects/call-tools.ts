/** The tools of one call: which there are, and the carrying out of those that run here. */
import { knownOf, offerOf } from '../agent/tool-offer.ts';
import { carryOut, prepare } from '../agent/tool-run.ts';
import type { Tool, ToolSource } from '../agent/tool.ts';
import { toRealtimeTools } from '../agent/tools/table.ts';
import type { OperatorTool } from '../azure/operator-tools.ts';
import type { GatewayTool, ToolProgress } from '../protocol/gateway-events.ts';
import { parseJson } from './frame-text.ts';
import type { ToolAnswer, ToolWish } from './tool-steps.ts';

/** What calls may use: tools, and servers that have some. */
export type ToolSources = readonly (Tool | ToolSource)[];

/** Who is at the other end of a call. */
export interface ToolAudience {
  /** A page that carries out tools of its own. */
  readonly isPage: boolean;
  /** Somebody who wants to see the tools at work that run here. */
  readonly isTraced: boolean;
}

/** Who is told of one call that is carried out. */
export interface ToolListener {
  /** Not told of one that is dropped. */
  readonly onAnswer: (answer: ToolAnswer) => void;
  /** How far it has come, where the audience wants to see that. */
  readonly onProgress: (event: GatewayTool) => void;
}

/** Carries out what the model called, until the call is over or nobody wants the result any more. */
export class CallTools {
  readonly #sources: ToolSources;
  #audience: ToolAudience;
  #tools: readonly Tool[];
  #stop = new AbortController();
  /** Tools that run at the client are for pages alone. */
  readonly #isUsable = (tool: Tool): boolean => tool.runs === 'server' || this.#audience.isPage;

  constructor(sources: ToolSources, audience: ToolAudience) {
    this.#sources = sources;
    this.#audience = audience;
    this.#tools = knownOf(sources, this.#isUsable);
  }

  /** Somebody else is at the other end from now on; `onListed` is told when other tools are known than before. */
  serve(audience: Partial<ToolAudience>, onListed: () => void): void {
    const wasPage = this.#audience.isPage;
    this.#audience = { ...this.#audience, ...audience };
    if (this.#audience.isPage === wasPage) return;
    const known = knownOf(this.#sources, this.#isUsable);
    const listed = this.#tools.filter(
      (tool) => this.#isUsable(tool) && known.every(({ name }) => name !== tool.name),
    );
    this.#tools = [...known, ...listed];
    onListed();
  }

  /** The tools that are known by now. */
  known(): readonly OperatorTool[] {
    return this.#tools.flatMap((tool) =>
      toRealtimeTools([tool]).map((declaration): OperatorTool => ({
        declaration,
        answerer: tool.runs === 'server' ? 'gateway' : 'client',
      })),
    );
  }

  /** Asks the servers, if there are any; `onListed` is told when more is known than before. Never rejects. */
  async list(onListed: () => void): Promise<void> {
    if (!this.#sources.some((one) => 'listTools' in one)) return;
    const tools = await offerOf(this.#sources, this.#isUsable);
    if (tools.length <= this.#tools.length) return;
    this.#tools = tools;
    onListed();
  }

  /** Carries out one call beside those under way, within its time. Never rejects. */
  async run(wish: ToolWish, { onAnswer, onProgress }: ToolListener): Promise<void> {
    const { callId, itemId, name, arguments: given } = wish;
    const tell = (state: ToolProgress): void => {
      if (!this.#audience.isTraced) return;
      onProgress({ type: 'gateway.tool', call_id: callId, item_id: itemId, name, state });
    };
    tell('running');
    const input = given.trim() === '' ? {} : parseJson(given);
    const call = prepare({ callId, name, input, isReadable: input !== undefined }, this.#tools);
    const { signal } = this.#stop;
    for await (const { output, isError } of carryOut([call], { runClientTool: undefined, signal })) {
      if (signal.aborted) break;
      tell(isError ? 'failed' : 'done');
      // Data, whatever a tool answered: the text of a JSON value.
      return onAnswer({ callId, output: JSON.stringify(output) });
    }
    tell('failed');
  }

  /** Nobody waits any more for what is under way. */
  drop(): void {
    this.#stop.abort();
    this.#stop = new AbortController();
  }
}
