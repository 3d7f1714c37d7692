/** The tools that every conversation has, written or spoken. */
import type { JsonSchema, Tool } from '../tool.ts';
import { changeBackgroundColor } from './change-background-color.ts';
import { changeTextColor } from './change-text-color.ts';
import { getCurrentTime } from './get-current-time.ts';
import { getPageHtml } from './get-page-html.ts';

/** One table for chats and calls. A new tool is a file beside this one and a line here. */
export const toolTable: readonly Tool[] = [
  getPageHtml,
  changeBackgroundColor,
  changeTextColor,
  getCurrentTime,
];

/** A tool as a realtime session names it in `session.tools`. */
export interface RealtimeTool {
  readonly type: 'function';
  readonly name: string;
  readonly description: string;
  readonly parameters: JsonSchema;
}

/** Tools as a realtime session takes them. */
export function toRealtimeTools(tools: readonly Tool[]): readonly RealtimeTool[] {
  return tools.map(({ name, description, parameters }) => ({
    type: 'function',
    name,
    description,
    parameters,
  }));
}
