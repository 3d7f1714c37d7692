/** What the page sends up as text. Sound goes up as binary frames and has no event. */
export type ClientEvent =
  | {
      readonly type: 'conversation.item.create';
      readonly item: {
        readonly id: string;
        readonly type: 'message';
        readonly role: 'user';
        readonly content: readonly [{ readonly type: 'input_text'; readonly text: string }];
      };
    }
  | {
      readonly type: 'conversation.item.create';
      readonly item: {
        readonly type: 'function_call_output';
        readonly call_id: string;
        readonly output: string;
      };
    }
  | { readonly type: 'response.create' }
  | { readonly type: 'response.cancel'; readonly response_id: string }
  | {
      readonly type: 'conversation.item.truncate';
      readonly item_id: string;
      readonly content_index: number;
      readonly audio_end_ms: number;
    }
  /** Over WebRTC alone, where Azure plays. */
  | { readonly type: 'output_audio_buffer.clear' }
  | { readonly type: 'conversation.item.delete'; readonly item_id: string }
  | { readonly type: 'gateway.auth'; readonly token: string }
  /** `received`: how many frames of the call came down. */
  | { readonly type: 'gateway.ping'; readonly received: number };

/** Typed messages, and one answer to all of them. Ids are ours, at most 32 characters, so that echoes are recognised. */
export function typedMessages(messages: readonly { id: string; text: string }[]): readonly ClientEvent[] {
  if (messages.length === 0) return [];
  return [...messages.map(({ id, text }) => typedItem(id, text)), { type: 'response.create' }];
}

/** What a tool of the page said, as JSON text. */
export function toolAnswer(callId: string, output: string): ClientEvent {
  return {
    type: 'conversation.item.create',
    item: { type: 'function_call_output', call_id: callId, output },
  };
}

function typedItem(id: string, text: string): ClientEvent {
  const item = { id, type: 'message', role: 'user', content: [{ type: 'input_text', text }] } as const;
  return { type: 'conversation.item.create', item };
}
