/** Conversation items as they stand on Azure's GA wire. */

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

/** Any item. */
export type Item = MessageItem | FunctionCallItem | FunctionOutputItem;

/** All text of a message, transcripts included, parts divided by a space; '' for other items. */
export function textOf(item: Item): string {
  if (item.type !== 'message') return '';
  return item.content
    .map((part) => ('text' in part ? part.text : 'transcript' in part ? (part.transcript ?? '') : ''))
    .filter((text) => text !== '')
    .join(' ');
}
