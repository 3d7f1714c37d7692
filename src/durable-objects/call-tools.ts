/** The tools of one call: which there are, and the carrying out of those that run here. */
import { knownOf, offerOf } from '../agent/tool-offer.ts';
import { carryOut, prepare } from '../agent/tool-run.ts';
import type { Tool, ToolSource } from '../agent/tool.ts';
import { toRealtimeTools } from '../agent/tools/table.ts';
import type { OperatorTool } from '../azure/operator-tools.ts';
import type { Lane } from '../protocol/subprotocols.ts';
import { parseJson } from './frame-text.ts';
import type { ToolAnswer, ToolWish } from './tool-steps.ts';

/** What calls may use: tools, and servers that have some. */
export type ToolSources = readonly (Tool | ToolSource)[];

/** Carries out what the model called, until the call is over or nobody wants the result any more. */
export class CallTools {
  readonly #sources: ToolSources;
  readonly #isUsable: (tool: Tool) => boolean;
  #tools: readonly Tool[];
  #stop = new AbortController();

  /** Tools that run at the client are for pages, which are on the binary lane. */
  constructor(sources: ToolSources, lane: Lane) {
    this.#sources = sources;
    this.#isUsable = (tool) => tool.runs === 'server' || lane === 'binary';
    this.#tools = knownOf(sources, this.#isUsable);
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

  /** Carries out one call beside those under way, within its time. Tells nothing of one that is dropped. Never rejects. */
  async run({ callId, name, arguments: given }: ToolWish, tell: (answer: ToolAnswer) => void): Promise<void> {
    const input = given.trim() === '' ? {} : parseJson(given);
    const call = prepare({ callId, name, input, isReadable: input !== undefined }, this.#tools);
    const { signal } = this.#stop;
    for await (const { output } of carryOut([call], { runClientTool: undefined, signal })) {
      // Data, whatever a tool answered: the text of a JSON value.
      if (!signal.aborted) tell({ callId, output: JSON.stringify(output) });
    }
  }

  /** Nobody waits any more for what is under way. */
  drop(): void {
    this.#stop.abort();
    this.#stop = new AbortController();
  }
}
