/** What a chat wants of its conversation: to say something, to come back, to stop, to answer a tool. */
import type { ConversationMessage, ConversationSummary } from '../protocol/conversations.ts';
import type { ChatMessage, ChatResume, ChatServerEvent, ChatToolResult } from '../protocol/chat-events.ts';
import type { ChatComplaint } from './chat-frame.ts';
import type { Chat } from './chat.ts';
import { errorOf } from './chat-state.ts';
import type { Memory } from './store/memory.ts';
import { answerIdOf, hasRoom, lastQuestion, nextMoment, questionOf, type Question } from './talk.ts';
import type { Talks } from './talks.ts';

/** A first message that is sent again within so long is the same one, although its conversation is not named. */
const SENT_AGAIN_MS = 10 * 60_000;

/** What has to be read to find the message before a last answer, in tokens: the longest there may be. */
const MESSAGE_TOKENS = 100_020;

/** A message to keep, and the one it takes the place of. */
interface Kept {
  readonly question: Question;
  readonly replaces: string | undefined;
}

/** As long-lived as the user's object. */
export class ChatDesk {
  readonly #memory: Memory;
  readonly #talks: Talks;
  readonly #readers: (conversationId: string) => readonly Chat[];

  constructor(memory: Memory, talks: Talks, readers: (conversationId: string) => readonly Chat[]) {
    this.#memory = memory;
    this.#talks = talks;
    this.#readers = readers;
  }

  /** Keeps a message, tells everybody, and has it answered. One that was kept before is not kept again. */
  ask(chat: Chat, message: ChatMessage): void {
    const now = Date.now();
    const { content, id: clientId } = message;
    const named = message.conversation_id ?? chat.conversationId() ?? this.#begunWith(message, now);
    if (named !== null && this.#memory.find(named) === null) return this.#refuse(chat, UNKNOWN, clientId);
    const known =
      named !== null && clientId !== undefined ? this.#memory.messageOfClient(named, clientId) : null;
    if (named !== null && known?.role === 'user') return this.#again(chat, named, known);
    const talk = named === null ? null : this.#talks.of(named);
    const objection = hasRoom(talk) ? this.#objection(named, message.replaces) : BUSY;
    if (objection !== null) return this.#refuse(chat, objection, clientId);
    const conversationId = named ?? this.#memory.begin(now);
    if (message.replaces !== undefined) {
      this.#talks.takeBack(conversationId, message.replaces);
      this.#memory.takeBack(conversationId, message.replaces);
    }
    const question: Question = {
      messageId: newMessageId(),
      clientId: clientId ?? null,
      content,
      sessionId: chat.sessionId,
      saidAt: nextMoment(this.#talks.of(conversationId), now),
      runsTools: chat.runsTools(),
    };
    this.#keep(chat, conversationId, { question, replaces: message.replaces });
    this.#talks.ask(chat, conversationId, question);
  }

  /** Tells what was missed of an answer, and everything from now on. */
  resume(chat: Chat, { conversation_id: id, message_id: messageId, received = 0 }: ChatResume): void {
    const conversation = this.#memory.find(id);
    if (conversation === null) return this.#refuse(chat, UNKNOWN, undefined);
    this.#enter(chat, id);
    chat.tell(conversationEvent(conversation, chat));
    const talk = this.#talks.of(id);
    if (messageId === undefined) return this.#talks.replay(chat, id, received);
    const isUnderWay =
      talk !== null && [talk.answer.answerId, talk.answer.question.messageId].includes(messageId);
    if (isUnderWay) return this.#talks.replay(chat, id, received);
    if (questionOf(talk, messageId) === null) this.#tellKept(chat, id, { messageId, received });
    this.#talks.replay(chat, id, 0);
  }

  /** Stops the answer under way. */
  cancel(chat: Chat): void {
    const id = chat.conversationId();
    if (id !== null && this.#talks.cancel(id)) return;
    chat.tell(errorOf({ code: 'nothing_to_cancel', message: 'Nothing is being answered here.' }));
  }

  /** Hands over what a tool of the page said. */
  give(chat: Chat, result: ChatToolResult): void {
    if (this.#talks.give(chat, result)) return;
    const message = 'No tool of this call waits for you: it was answered, took too long, or is not yours.';
    chat.tell(errorOf({ code: 'tool_call_not_found', message }));
  }

  /** A conversation was renamed, or is gone, by another door. */
  changed(conversationId: string): void {
    const conversation = this.#memory.find(conversationId);
    if (conversation === null) this.#talks.drop(conversationId);
    for (const chat of this.#readers(conversationId)) {
      chat.tell(conversation === null ? errorOf(UNKNOWN) : conversationEvent(conversation, chat));
    }
  }

  /** The same message once more: its answer is told, goes on, or is made anew. */
  #again(chat: Chat, id: string, message: ConversationMessage): void {
    const conversation = this.#memory.find(id);
    const isNew = chat.conversationId() !== id;
    this.#enter(chat, id);
    if (isNew && conversation) chat.tell(conversationEvent(conversation, chat));
    chat.tell(echoOf(id, message, {}));
    const talk = this.#talks.of(id);
    if (talk?.answer.question.messageId === message.id) {
      if (isNew) this.#talks.replay(chat, id, 0);
      return;
    }
    if (questionOf(talk, message.id) !== null) return;
    const answer = this.#memory.message(id, answerIdOf(message.id));
    if (answer !== null) return chat.tell(responseOf(id, answer));
    const now = Date.now();
    const facts = { messageId: message.id, clientId: null, content: message.content };
    const saidAt = nextMoment(talk, now);
    this.#talks.ask(chat, id, { ...facts, saidAt, sessionId: chat.sessionId, runsTools: chat.runsTools() });
  }

  #keep(chat: Chat, id: string, { question, replaces }: Kept): void {
    const { messageId, clientId, content, saidAt, sessionId } = question;
    const kept = this.#memory.keep(id, {
      id: messageId,
      role: 'user',
      mode: 'text',
      content,
      status: 'complete',
      saidAt,
      clientId,
      toolCalls: [],
      sessionId,
      tokens: 0,
      nanoUsd: 0,
    });
    const isNew = chat.conversationId() !== id;
    this.#enter(chat, id);
    const about = {
      ...(clientId === null ? {} : { id: clientId }),
      ...(replaces === undefined ? {} : { replaces }),
    };
    for (const reader of this.#readers(id)) {
      if (kept && (kept.hasNewTitle || (isNew && reader === chat))) {
        reader.tell(conversationEvent(kept.conversation, reader));
      }
      reader.tell(echoOf(id, { id: messageId, content, created_at: Math.floor(saidAt / 1000) }, about));
    }
  }

  /** A socket is in one conversation at a time. */
  #enter(chat: Chat, id: string): void {
    const before = chat.conversationId();
    chat.join(id);
    if (before !== null && before !== id) this.#talks.leave(before, chat.sessionId);
  }

  #tellKept(chat: Chat, id: string, { messageId, received }: { messageId: string; received: number }): void {
    const found = this.#memory.message(id, messageId);
    const answer = found?.role === 'user' ? this.#memory.message(id, answerIdOf(messageId)) : found;
    if (answer === null) return chat.tell(errorOf(NOT_ANSWERED));
    const rest = answer.content.slice(received);
    const names = { conversation_id: id, message_id: answer.id };
    if (rest !== '') chat.tell({ type: 'text_delta', content: rest, ...names });
    chat.tell(responseOf(id, answer));
  }

  /** Only what the person said last can be taken back. */
  #objection(id: string | null, replaces: string | undefined): ChatComplaint | null {
    if (replaces === undefined) return null;
    if (id === null || this.#memory.message(id, replaces) === null) return NO_MESSAGE;
    return this.#lastOfPerson(id) === replaces ? null : NOT_LAST;
  }

  #lastOfPerson(id: string): string | null {
    const asked = lastQuestion(this.#talks.of(id));
    if (asked !== null) return asked.messageId;
    const last = this.#memory.last(id);
    if (last === null || last.role === 'user') return last?.id ?? null;
    const { messages } = this.#memory.recall(id, last.content.length + 2 * MESSAGE_TOKENS);
    return messages.findLast(({ role }) => role === 'user')?.id ?? null;
  }

  #begunWith({ id, content }: ChatMessage, now: number): string | null {
    return id === undefined
      ? null
      : this.#memory.begunWith({ clientId: id, content, since: now - SENT_AGAIN_MS });
  }

  #refuse(chat: Chat, objection: ChatComplaint, id: string | undefined): void {
    const complaint = { ...objection, ...(id === undefined ? {} : { id }) };
    // Whoever guesses ids is refused like whoever sends nonsense; the rest are honest mistakes.
    if (objection === UNKNOWN) chat.refuse(complaint);
    else chat.tell(errorOf(complaint));
  }
}

const UNKNOWN: ChatComplaint = {
  code: 'conversation_not_found',
  message: 'There is no such conversation; without conversation_id a new one begins.',
};
const BUSY: ChatComplaint = {
  code: 'busy',
  message: 'Too many messages wait for their answers; send this one again when some are answered.',
};
const NO_MESSAGE: ChatComplaint = { code: 'message_not_found', message: 'There is no such message here.' };
const NOT_LAST: ChatComplaint = {
  code: 'invalid_value',
  message: 'Only the last message you wrote can be replaced.',
};
const NOT_ANSWERED: ChatComplaint = {
  code: 'message_not_found',
  message: 'There is no such answer; send its message again.',
};

/** A conversation as one of its sessions is told. */
export function conversationEvent(
  { id, title, created_at }: ConversationSummary,
  { sessionId }: { readonly sessionId: string },
): ChatServerEvent {
  return { type: 'conversation', conversation_id: id, title, created_at, session_id: sessionId };
}

function newMessageId(): string {
  return `msg_${crypto.getRandomValues(new Uint8Array(16)).toHex().slice(0, -1)}0`;
}

function echoOf(
  conversationId: string,
  { id, content, created_at }: Pick<ConversationMessage, 'id' | 'content' | 'created_at'>,
  about: { readonly id?: string; readonly replaces?: string },
): ChatServerEvent {
  return {
    type: 'message',
    role: 'user',
    content,
    conversation_id: conversationId,
    message_id: id,
    created_at,
    ...about,
  };
}

/** How a kept answer ended is known only so far: as it wanted to, or not. */
function responseOf(conversationId: string, { id, content, status }: ConversationMessage): ChatServerEvent {
  const isWhole = status === 'complete';
  return {
    type: 'text_response',
    content,
    conversation_id: conversationId,
    message_id: id,
    status: isWhole ? 'complete' : 'interrupted',
    reason: isWhole ? 'stop' : 'cancelled',
  };
}
