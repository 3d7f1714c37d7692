/** Which of a server's tools may be used, and which must be approved first; and what was approved. Pure. */
import type { McpTool } from '../mcp/mcp-server.ts';
import type { Output } from '../script.ts';
import type { Entry } from './conversation.ts';
import type { McpApprovalRequestItem } from './items.ts';
import type { McpOutput } from './mcp-call.ts';

/** Whether `allowed_tools` lets a tool in: names, or a filter; absent: all. */
export function isAllowed(allowed: unknown, tool: McpTool): boolean {
  if (allowed === undefined || allowed === null) return true;
  return Array.isArray(allowed) ? allowed.includes(tool.name) : fits(allowed, tool);
}

/** Whether `require_approval` wants a tool approved; absent: it does. */
export function needsApproval(rule: unknown, tool: McpTool): boolean {
  if (rule === 'never') return false;
  if (typeof rule !== 'object' || rule === null) return true;
  const always: unknown = Reflect.get(rule, 'always');
  const never: unknown = Reflect.get(rule, 'never');
  if (always !== undefined && fits(always, tool)) return true;
  if (never !== undefined) return !fits(never, tool);
  return always === undefined;
}

/** What an approval asks the next response to do: make the call, or let it be. Null: nobody decided anything new. */
export function decided(entries: readonly Entry[]): Output | McpOutput | null {
  const last = entries.findLast(({ item }) => item.type !== 'mcp_list_tools')?.item;
  if (last?.type !== 'mcp_approval_response') return null;
  const request = requestOf(entries, last.approval_request_id);
  if (!request) return null;
  if (last.approve) {
    const { id, server_label: label, name, arguments: given } = request;
    return { kind: 'mcp call', server_label: label, name, arguments: given, approvalId: id };
  }
  const tool = request.name.replaceAll('_', ' ');
  return { kind: 'message', stretches: [{ kind: 'say', text: `All right, I will not use ${tool}.` }] };
}

/** The approval that was asked for under this id. */
export function requestOf(entries: readonly Entry[], id: string): McpApprovalRequestItem | null {
  const found = entries.find(({ item }) => item.id === id)?.item;
  return found?.type === 'mcp_approval_request' ? found : null;
}

/** A filter of names, of being read-only, or both. */
function fits(filter: unknown, tool: McpTool): boolean {
  if (typeof filter !== 'object' || filter === null) return false;
  const names: unknown = Reflect.get(filter, 'tool_names');
  const readOnly: unknown = Reflect.get(filter, 'read_only');
  const hint: unknown =
    typeof tool.annotations === 'object' && tool.annotations !== null
      ? Reflect.get(tool.annotations, 'readOnlyHint')
      : false;
  if (Array.isArray(names) && !names.includes(tool.name)) return false;
  return typeof readOnly !== 'boolean' || readOnly === (hint === true);
}
