/** Conversation items as they stand on Azure's GA wire. */
import type { McpFailure, McpTool } from '../mcp/mcp-server.ts';

/** How far an item is. */
export type ItemStatus = 'in_progress' | 'completed' | 'incomplete';

/** One part of a message. Sound itself is only shown by `conversation.item.retrieve`. */
export type ContentPart =
  | { readonly type: 'input_text'; readonly text: string }
  | { readonly type: 'input_audio'; readonly transcript: string | null; readonly audio?: string }
  | { readonly type: 'input_image'; readonly image_url: string; readonly detail?: string }
  | { readonly type: 'output_text'; readonly text: string }
  | { readonly type: 'output_audio'; readonly transcript?: string; readonly audio?: string };

/** Something said or typed. */
export interface MessageItem {
  readonly id: string;
  readonly type: 'message';
  readonly status: ItemStatus;
  readonly role: 'user' | 'assistant' | 'system';
  readonly content: readonly ContentPart[];
}

/** The assistant asks for a tool. */
export interface FunctionCallItem {
  readonly id: string;
  readonly type: 'function_call';
  readonly status: ItemStatus;
  readonly name: string;
  readonly call_id: string;
  readonly arguments: string;
}

/** What a tool answered. */
export interface FunctionOutputItem {
  readonly id: string;
  readonly type: 'function_call_output';
  readonly status: ItemStatus;
  readonly call_id: string;
  readonly output: string;
}

/** The tools of a server. */
export interface McpListToolsItem {
  readonly id: string;
  readonly type: 'mcp_list_tools';
  readonly server_label: string;
  readonly tools: readonly McpTool[];
}

/** The assistant uses a server's tool. Until it answered, `output` and `error` are null. */
export interface McpCallItem {
  readonly id: string;
  readonly type: 'mcp_call';
  readonly server_label: string;
  readonly name: string;
  readonly arguments: string;
  readonly approval_request_id: string | null;
  readonly output: string | null;
  readonly error: McpFailure | null;
}

/** The assistant asks whether it may. */
export interface McpApprovalRequestItem {
  readonly id: string;
  readonly type: 'mcp_approval_request';
  readonly server_label: string;
  readonly name: string;
  readonly arguments: string;
}

/** The client allows it, or does not. */
export interface McpApprovalResponseItem {
  readonly id: string;
  readonly type: 'mcp_approval_response';
  readonly approval_request_id: string;
  readonly approve: boolean;
  readonly reason: string | null;
}

/** Any item. */
export type Item =
  | MessageItem
  | FunctionCallItem
  | FunctionOutputItem
  | McpListToolsItem
  | McpCallItem
  | McpApprovalRequestItem
  | McpApprovalResponseItem;

/** All text of a message, transcripts included, parts divided by a space; '' for other items. */
export function textOf(item: Item): string {
  if (item.type !== 'message') return '';
  return item.content
    .map((part) => ('text' in part ? part.text : 'transcript' in part ? (part.transcript ?? '') : ''))
    .filter((text) => text !== '')
    .join(' ');
}
