/** What a frame on a chat's socket turned out to be. Pure. */
import { isRecord } from '../azure/wire.ts';
import type {
  ChatClientEvent,
  ChatErrorCode,
  ChatMessage,
  ChatResume,
  ChatToolResult,
} from '../protocol/chat-events.ts';
import {
  CHAT_FRAME_UNITS,
  CLIENT_MESSAGE_ID_LENGTH,
  CONTROL_FRAME_BYTES,
  MESSAGE_CHARACTERS,
} from '../protocol/limits.ts';
import { isLonger, parseJson } from './frame-text.ts';

/** A frame that was read. */
export type ChatFrame =
  /** `isBare`: it had no `type`, as older clients write. */
  | { readonly kind: 'event'; readonly event: ChatClientEvent; readonly isBare: boolean }
  | { readonly kind: 'refused'; readonly complaint: ChatComplaint }
  /** So big that it was not even read. */
  | { readonly kind: 'too-big'; readonly complaint: ChatComplaint };

/** What is wrong, and with which of the client's messages. */
export interface ChatComplaint {
  readonly code: ChatErrorCode;
  readonly message: string;
  readonly id?: string;
}

type Fields = Readonly<Record<string, unknown>>;

/** Reads one frame. A field that is null counts as absent; what is not known is left alone. */
export function readChatFrame(frame: string | ArrayBuffer): ChatFrame {
  if (typeof frame !== 'string') {
    return refused('invalid_event', 'A chat is JSON text; a binary frame says nothing here.');
  }
  if (frame.length > CHAT_FRAME_UNITS) {
    const message = `A frame has at most ${CHAT_FRAME_UNITS} characters.`;
    return { kind: 'too-big', complaint: { code: 'frame_too_big', message } };
  }
  const parsed = parseJson(frame);
  if (parsed === undefined) return refused('invalid_json', 'The frame is not valid JSON.');
  if (!isRecord(parsed)) return refused('invalid_event', 'An event is a JSON object.');
  const type = parsed['type'] ?? null;
  const isBare = type === null && ('content' in parsed || 'text' in parsed);
  if (isBare || type === 'message') return readMessage(parsed, isBare);
  if (isLonger(frame, CONTROL_FRAME_BYTES)) {
    return refused('frame_too_big', `A frame other than a message has at most ${CONTROL_FRAME_BYTES} bytes.`);
  }
  const read = typeof type === 'string' && Object.hasOwn(readers, type) ? readers[type] : undefined;
  if (read) return read(parsed);
  return typeof type === 'string'
    ? refused('invalid_value', `A chat knows the types message, ${Object.keys(readers).join(', ')}.`)
    : refused('invalid_event', 'An event has a string "type", or is a message with "content".');
}

const readers: Readonly<Record<string, (fields: Fields) => ChatFrame>> = {
  resume: readResume,
  cancel: () => event({ type: 'cancel' }),
  tool_result: readToolResult,
  auth: ({ token }) =>
    isText(token)
      ? event({ type: 'auth', token })
      : refused('missing_required_parameter', 'An auth needs a "token".'),
  ping: () => event({ type: 'ping' }),
};

function readMessage(fields: Fields, isBare: boolean): ChatFrame {
  const id = fields['id'] ?? null;
  if (id !== null && !(isText(id) && id.length <= CLIENT_MESSAGE_ID_LENGTH)) {
    return refused('invalid_value', `"id" is text of 1 to ${CLIENT_MESSAGE_ID_LENGTH} characters.`);
  }
  const about = id === null ? {} : { id };
  const content = fields['content'] ?? fields['text'] ?? null;
  if (content === null) {
    return refused('missing_required_parameter', 'A message needs "content".', about);
  }
  const wrong = wrongContent(content) ?? wrongIds(fields);
  if (wrong !== null || typeof content !== 'string') {
    const [code, message] = wrong ?? NO_TEXT;
    return refused(code, message, about);
  }
  const read: ChatMessage = {
    type: 'message',
    // Half of a surrogate pair cannot be kept, and would come back as something else.
    content: content.toWellFormed(),
    ...about,
    ...optional('conversation_id', fields['conversation_id']),
    ...optional('replaces', fields['replaces']),
  };
  return { kind: 'event', event: read, isBare };
}

type Wrong = readonly [ChatErrorCode, string];

const NO_TEXT: Wrong = ['invalid_value', '"content" is text.'];

function wrongContent(content: unknown): Wrong | null {
  if (typeof content !== 'string') return NO_TEXT;
  if (content.length > MESSAGE_CHARACTERS) {
    const message = `A message has at most ${MESSAGE_CHARACTERS} characters; this one has ${content.length}.`;
    return ['message_too_long', message];
  }
  return content.trim() === '' ? ['invalid_value', 'A message is not empty.'] : null;
}

function wrongIds(fields: Fields): Wrong | null {
  const name = (['conversation_id', 'replaces'] as const).find(
    (key) => (fields[key] ?? null) !== null && !isText(fields[key]),
  );
  return name === undefined ? null : ['invalid_value', `"${name}" is an id.`];
}

function readResume(fields: Fields): ChatFrame {
  const { conversation_id: conversation, message_id: message = null, received = null } = fields;
  if (!isText(conversation)) {
    return refused('missing_required_parameter', 'A resume needs a "conversation_id".');
  }
  if (message !== null && !isText(message)) return refused('invalid_value', '"message_id" is an id.');
  if (
    received !== null &&
    !(typeof received === 'number' && Number.isSafeInteger(received) && received >= 0)
  ) {
    return refused('invalid_value', '"received" is a number of UTF-16 units, 0 or more.');
  }
  const read: ChatResume = {
    type: 'resume',
    conversation_id: conversation,
    ...optional('message_id', message),
    ...(received === null ? {} : { received }),
  };
  return event(read);
}

function readToolResult(fields: Fields): ChatFrame {
  const { call_id: callId, output } = fields;
  if (!isText(callId)) return refused('missing_required_parameter', 'A tool_result needs a "call_id".');
  if (output === undefined) {
    return refused('missing_required_parameter', 'A tool_result needs an "output", if only null.');
  }
  const read: ChatToolResult = { type: 'tool_result', call_id: callId, output };
  return event(read);
}

function event(read: ChatClientEvent): ChatFrame {
  return { kind: 'event', event: read, isBare: false };
}

function refused(code: ChatErrorCode, message: string, about: { readonly id?: string } = {}): ChatFrame {
  return { kind: 'refused', complaint: { code, message, ...about } };
}

function optional<Key extends string>(key: Key, value: unknown): { readonly [name in Key]?: string } {
  // TypeScript cannot see that a computed key is the one key there is.
  const entries: { [name in Key]?: string } = {};
  if (isText(value)) entries[key] = value;
  return entries;
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}
