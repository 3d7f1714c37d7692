/** What there is to say about the words of a chat. The types see to it that no word and no field is forgotten. */
import type { ChatClientEvent, ChatServerEvent } from '../../protocol/chat-events.ts';
import type { EventWords } from './socket-words.ts';

type FieldOf<Event> = Event extends unknown ? Exclude<keyof Event, 'type'> : never;

type WordsOf<Event extends { readonly type: string }> = {
  readonly [Type in Event['type']]: EventWords<FieldOf<Extract<Event, { readonly type: Type }>> & string>;
};

const CONVERSATION = 'Which conversation.';
const ANSWER = 'The answer’s message.';

/** Client to gateway. */
export const chatClientWords: WordsOf<ChatClientEvent> = {
  message: {
    says: 'Something written. `{"content"}` and `{"text"}` without a type are the same.',
    fields: {
      content: 'The text, at most 100,000 characters.',
      conversation_id: 'Optional. Without it the socket’s conversation goes on, or a new one begins.',
      id: 'Optional, yours: the same id again says it only once, and gets the answer there is.',
      replaces: 'Optional: your last message, to be taken back with what was answered to it.',
    },
  },
  resume: {
    says:
      'Comes back to a conversation: what was missed of an answer, the calls of tools on its way (known by their ' +
      '`call_id`, and told again), and everything from now on.',
    fields: {
      conversation_id: CONVERSATION,
      message_id:
        'Optional: the answer, or the message it answers. Without it: the answer under way, from its beginning.',
      received: 'Optional: how much of it you have, in UTF-16 units.',
    },
  },
  cancel: { says: 'Stops the answer under way; what came of it is kept.', fields: {} },
  tool_result: {
    says: 'What a tool said that runs at your side.',
    fields: { call_id: 'Which call.', output: 'Anything that is JSON; the frame has at most 64 KiB.' },
  },
  auth: {
    says: 'Renews who you are before the credential runs out.',
    fields: { token: 'A new token of the same user.' },
  },
  ping: {
    says: 'Answered by `pong`. Written exactly `{"type":"ping"}` it wakes nobody and counts as nothing.',
    fields: {},
  },
};

/** Gateway to client. */
export const chatServerWords: WordsOf<ChatServerEvent> = {
  conversation: {
    says: 'The conversation of this socket, when it begins or is joined, and when its title changes.',
    fields: {
      conversation_id: CONVERSATION,
      title: 'The beginning of the first message, until you give one.',
      created_at: 'Unix seconds.',
      session_id: 'Names the session.',
    },
  },
  message: {
    says: 'A message of yours as it was kept, on all your sockets in the conversation.',
    fields: {
      role: '`user`.',
      content: 'The text.',
      conversation_id: CONVERSATION,
      message_id: 'Names the message.',
      id: 'Your own id of it, if you gave one.',
      replaces: 'The message it took the place of: what stands from there on is gone.',
      created_at: 'Unix seconds.',
    },
  },
  text_delta: {
    says: 'The next piece of an answer.',
    fields: { content: 'The piece.', conversation_id: CONVERSATION, message_id: ANSWER },
  },
  text_response: {
    says: 'A whole answer, as it is kept; every message is followed by one.',
    fields: {
      content: 'All of it.',
      conversation_id: CONVERSATION,
      message_id: ANSWER,
      status: '`complete` or `interrupted`.',
      reason:
        '`stop`, `length`, `content_filter`, `cancelled` or `failed`; of an answer that was kept before, `stop` or ' +
        '`cancelled`.',
    },
  },
  tool_call: {
    says: 'The model calls a tool.',
    fields: {
      call_id: 'Names the call.',
      name: 'Which tool.',
      arguments: 'What it is given.',
      runs: '`client`: you carry it out, and the answer waits for your `tool_result`. `server`: somebody else does.',
      conversation_id: CONVERSATION,
      message_id: ANSWER,
    },
  },
  tool_result: {
    says: 'What a tool said.',
    fields: {
      call_id: 'Which call.',
      output: 'As the model reads it.',
      is_error: 'It failed.',
      conversation_id: CONVERSATION,
      message_id: ANSWER,
    },
  },
  usage: {
    says: 'What the turn cost, and the day so far, over all your calls and chats.',
    fields: {
      turn: '`tokens`, `seconds` and `usd` of this turn.',
      today: '`tokens`, `seconds` and `usd` of today, UTC, and what is `remaining`; null: no limit.',
    },
  },
  warning: {
    says: 'Something to know that stops nothing.',
    fields: {
      code: '`budget_80`, `budget_95` or `session_ending`.',
      message: 'The same in words.',
      at: 'Unix seconds: when the day begins anew, or the session ends.',
    },
  },
  error: {
    says: 'Something went wrong; the socket stays unless a close follows.',
    fields: {
      code: 'One of those below.',
      message: 'The same in words.',
      retry_after_seconds: 'When it makes sense to try again, if that is known.',
      id: 'Your own id of the message it is about, if you gave one.',
    },
  },
  pong: { says: 'The answer to `ping`.', fields: {} },
};
