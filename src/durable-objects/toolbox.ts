import { mcpTools } from '../agent/mcp-tools.ts';
import { toolTable } from '../agent/tools/table.ts';
import type { ToolSources } from './call-tools.ts';
import type { Configuration } from './configuration.ts';

/** What the model may call, in the chats and calls of one user. As long-lived as the user's object. */
export class Toolbox {
  #sources: ToolSources | null = null;

  /** The table, and the operator's servers: none of them is asked here, and what one has listed serves chats and calls. */
  sources({ toolServers }: Pick<Configuration, 'toolServers'>): ToolSources {
    this.#sources ??= [...toolTable, ...toolServers.map((server) => mcpTools(server))];
    return this.#sources;
  }
}
