/** What comes of asking the gateway about what it remembers. Pure. */
import { leaveChat } from '../chat/follow-chat.ts';
import { freshConversation, olderThan, withNewest, withOlder, withSpoken } from '../conversation.ts';
import { freshModel, type Model } from '../model.ts';
import type { Notice } from '../problems.ts';
import { stay, type Step } from '../step.ts';
import { refreshList, withMemory } from './asking.ts';
import {
  renamed,
  without,
  withPage,
  type Memory,
  type MemoryAnswer,
  type MemoryEvent,
  type MemoryRequest,
} from './memory.ts';
import { beginAnew, isInCall, seek } from './open-conversation.ts';

/** Takes what came of a request. */
export function followAnswer(model: Model, request: MemoryRequest, answer: MemoryAnswer): Step {
  const { memory } = model;
  switch (answer.name) {
    case 'list': {
      const page = { items: answer.page.conversations, next: answer.page.next };
      return stay(withMemory(model, { ...memory, list: withPage(memory.list, page, ({ id }) => id) }));
    }
    case 'search':
      return request.name === 'search' && request.query === memory.search.query.trim()
        ? stay(withMemory(model, found(memory, answer.page)))
        : stay(model);
    case 'open':
      return opened(model, answer.conversation);
    case 'refresh':
      return refreshed(model, answer.conversation);
    case 'older':
      return cameOlder(model, answer.conversation);
    case 'rename': {
      const { id, title } = answer.summary;
      const isHere = model.conversation.id === id;
      const conversation = isHere ? { ...model.conversation, title } : model.conversation;
      return stay({ ...model, conversation, memory: renamed(memory, id, title) });
    }
    case 'delete':
      return request.name === 'delete' ? deleted(model, request.id) : stay(model);
    case 'export':
      return stay({ ...model, notice: { text: 'Everything is in the file you just got.', remedy: 'none' } });
    case 'forget':
      return forgotten(model);
  }
}

function found(
  memory: Memory,
  { results, next }: { results: Memory['search']['items']; next: string | null },
): Memory {
  const page = { items: results, next };
  return {
    ...memory,
    search: { query: memory.search.query, ...withPage(memory.search, page, keyOfResult) },
  };
}

function keyOfResult({ conversation_id: id, message_id }: Memory['search']['items'][number]): string {
  return `${id} ${message_id}`;
}

/** An answer that is on its way is joined. */
function opened(model: Model, conversation: ConversationOf): Step {
  const { id, title, messages, next } = conversation;
  if (model.conversation.id !== id || !model.conversation.isOpening) return stay(model);
  const answering = messages.findLast(({ status }) => status === 'answering');
  // What came of a call that the page came back to stands there already.
  const captions = isInCall(model) ? withSpoken(model.captions, messages) : withOlder([], messages);
  const here: Model = {
    ...model,
    captions,
    conversation: { ...model.conversation, title, isOpening: false, older: olderThan(next) },
  };
  if (answering === undefined) return seek(here);
  const chat: Model['chat'] = {
    ...model.chat,
    link: { name: 'opening', attempt: 0 },
    answer: { name: 'coming', messageId: answering.id },
  };
  const step = seek({ ...here, chat });
  return { ...step, actions: [...step.actions, { type: 'chat', action: { type: 'open' } }] };
}

type ConversationOf = Extract<MemoryAnswer, { name: 'open' | 'refresh' | 'older' }>['conversation'];

function refreshed(model: Model, conversation: ConversationOf): Step {
  if (model.conversation.id !== conversation.id) return stay(model);
  const { captions, isJoined } = withNewest(model.captions, conversation);
  const before = isJoined ? model.conversation.older : olderThan(conversation.next);
  return stay({ ...model, captions, conversation: { ...model.conversation, older: before } });
}

function cameOlder(model: Model, { id, messages, next }: ConversationOf): Step {
  if (model.conversation.id !== id || model.conversation.older.name !== 'loading') return stay(model);
  const captions = withOlder(model.captions, messages);
  return seek({ ...model, captions, conversation: { ...model.conversation, older: olderThan(next) } });
}

function deleted(model: Model, id: string): Step {
  const next = withMemory(model, without(model.memory, id));
  return model.conversation.id === id && !isInCall(model) ? beginAnew(next) : stay(next);
}

function forgotten(model: Model): Step {
  const left = leaveChat(model);
  const notice: Notice = { text: 'Everything that was remembered is deleted.', remedy: 'none' };
  return {
    model: { ...freshModel, notice },
    actions: [...left.actions, { type: 'close' }],
  };
}

/** Takes what kept a request from being answered. */
export function followFailure(model: Model, event: Extract<MemoryEvent, { type: 'failed' }>): Step {
  const { request, notice, isGone } = event;
  const { memory, conversation } = model;
  switch (request.name) {
    case 'list':
      return stay(withMemory(model, { ...memory, notice, list: { ...memory.list, state: 'failed' } }));
    case 'search':
      return request.query === memory.search.query.trim()
        ? stay(withMemory(model, { ...memory, notice, search: { ...memory.search, state: 'failed' } }))
        : stay(model);
    case 'open':
      if (conversation.id !== request.id) return stay(model);
      // A call that was come back to writes into it still, and may have kept nothing of it yet.
      if (isInCall(model)) return stay({ ...model, conversation: { ...conversation, isOpening: false } });
      return gone({ ...model, conversation: freshConversation, notice }, isGone ? request.id : null);
    case 'older': {
      const { cursor } = request;
      const before = { name: 'failed', cursor } as const;
      return conversation.id === request.id
        ? stay({ ...model, conversation: { ...conversation, older: before, target: null } })
        : stay(model);
    }
    case 'delete':
      // Somebody else was faster.
      return isGone ? deleted(model, request.id) : stay(withMemory(model, { ...memory, notice }));
    case 'rename': {
      const step = refreshList(withMemory(model, { ...memory, notice }));
      return isGone ? gone(step.model, request.id) : step;
    }
    case 'refresh':
    case 'export':
    case 'forget':
      return stay({ ...model, notice });
  }
}

function gone(model: Model, id: string | null): Step {
  return stay(id === null ? model : withMemory(model, without(model.memory, id)));
}
