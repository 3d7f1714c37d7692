/** A chat told as a dialogue: what is written, what comes down, what the network does, and what the page asks for. */
import type { ChatAction, ChatEvent, ChatUp } from '../../src/client/chat/chat.ts';
import { parseChatWord } from '../../src/client/chat/chat-words.ts';
import type { ChatServerEvent } from '../../src/protocol/chat-events.ts';
import { Dialogue } from './dialogue.ts';

/** The conversation of every chat here, unless it says otherwise. */
export const CONVERSATION = 'conv_1';

export class ChatDialogue extends Dialogue {
  /** A socket that is open, and a message that was acknowledged. */
  static asked(text = 'hello'): ChatDialogue {
    const chat = new ChatDialogue().writes('m1', text).opens();
    chat.down({
      type: 'conversation',
      conversation_id: CONVERSATION,
      title: text,
      created_at: 1,
      session_id: 's',
    });
    chat.keeps('m1', 'msg_1', text);
    chat.take();
    return chat;
  }

  writes(id: string, text: string): this {
    return this.tell({ type: 'typed', id, text });
  }

  chat(event: ChatEvent): this {
    return this.tell({ type: 'chat', event });
  }

  opens(): this {
    return this.chat({ type: 'opened' });
  }

  loses(code = 1006, reason = ''): this {
    return this.chat({ type: 'closed', code, reason, at: this.now });
  }

  /** A word of the gateway's, as it comes on the wire. */
  down(event: ChatServerEvent): this {
    const word = parseChatWord(JSON.stringify(event));
    return word === null ? this : this.chat({ type: 'word', word });
  }

  /** The gateway acknowledges a message. */
  keeps(id: string, messageId: string, content = '', replaces?: string): this {
    return this.down({
      type: 'message',
      role: 'user',
      content,
      conversation_id: CONVERSATION,
      message_id: messageId,
      id,
      created_at: 1,
      ...(replaces === undefined ? {} : { replaces }),
    });
  }

  /** A piece of an answer. */
  piece(content: string, messageId = 'ans_1'): this {
    return this.down({
      type: 'text_delta',
      content,
      conversation_id: CONVERSATION,
      message_id: messageId,
    });
  }

  /** The end of an answer. */
  whole(
    content: string,
    reason: Extract<ChatServerEvent, { type: 'text_response' }>['reason'] = 'stop',
    messageId = 'ans_1',
  ): this {
    const status = reason === 'stop' || reason === 'length' ? 'complete' : 'interrupted';
    return this.down({
      type: 'text_response',
      content,
      conversation_id: CONVERSATION,
      message_id: messageId,
      status,
      reason,
    });
  }

  /** What the chat was asked for since the last time. */
  takeChat(): readonly ChatAction[] {
    return this.take().flatMap((action) => (action.type === 'chat' ? [action.action] : []));
  }

  /** What went up since the last time. */
  takeUp(): readonly ChatUp[] {
    return this.takeChat().flatMap((action) => (action.type === 'send' ? [action.event] : []));
  }

  /** Who said what, and what became of it. */
  rows(): readonly (readonly [string, string, string])[] {
    return this.model.captions.map(({ role, text, fate }) => [role, text, fate] as const);
  }
}
