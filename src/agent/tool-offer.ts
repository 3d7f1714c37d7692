/** Which tools the model is told of, when some are only known to servers. */
import type { Tool, ToolSource } from './tool.ts';

/** Azure takes no more. */
const MOST_TOOLS = 128;

/** Asks whoever has tools, and leaves out what cannot be used; of two of one name, the first is offered. Never rejects. */
export async function offerOf(
  sources: readonly (Tool | ToolSource)[],
  isUsable: (tool: Tool) => boolean,
): Promise<readonly Tool[]> {
  const lists = await Promise.all(sources.map(async (one) => ('listTools' in one ? one.listTools() : [one])));
  return firstOfEach(lists.flat().filter(isUsable));
}

/** The same of what is known without asking anybody. */
export function knownOf(
  sources: readonly (Tool | ToolSource)[],
  isUsable: (tool: Tool) => boolean,
): readonly Tool[] {
  return firstOfEach(sources.flatMap((one) => ('listTools' in one || !isUsable(one) ? [] : [one])));
}

function firstOfEach(tools: readonly Tool[]): readonly Tool[] {
  const byName = new Map(tools.toReversed().map((tool) => [tool.name, tool]));
  return tools.filter((tool) => byName.get(tool.name) === tool).slice(0, MOST_TOOLS);
}
