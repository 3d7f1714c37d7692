/** What a word of the gateway's does to a chat: every piece of an answer is shown once, whatever the network did. Pure. */
import { add, blank, edit, type Caption, type Fate, type ToolTrace } from '../captions.ts';
import { freshConversation } from '../conversation.ts';
import { addTurn } from '../cost.ts';
import { titled, touched, without } from '../memory/memory.ts';
import type { Model } from '../model.ts';
import { stay, type Step } from '../step.ts';
import { tellWarning } from '../warnings.ts';
import type { Answer, Chat } from './chat.ts';
import { chatNotice } from './chat-problems.ts';
import type { ChatWord, OfAnswer, Reason } from './chat-words.ts';

type Word<Type extends ChatWord['type']> = Extract<ChatWord, { readonly type: Type }>;

/** Follows one word. One about another conversation than the one on the page is none of its business. */
export function followWord(model: Model, word: ChatWord): Step {
  if ('conversationId' in word && !isOurs(model, word)) return stay(model);
  switch (word.type) {
    case 'conversation':
      return stay(named(model, word));
    case 'message':
      return stay(echoed(model, word));
    case 'text_delta':
      return stay(grown(model, word));
    case 'text_response':
      return stay(answered(model, word));
    case 'tool_call':
      return toolCalled(model, word);
    case 'tool_result':
      return stay(toolTold(model, word));
    case 'usage':
      return stay({ ...model, cost: addTurn(model.cost, word.usage, 'chat') });
    case 'warning':
      return warned(model, word);
    case 'error':
      return complained(model, word);
  }
}

/** The first message of a new conversation learns its name from the gateway. */
function isOurs(
  { conversation, chat }: Model,
  { conversationId }: { readonly conversationId: string },
): boolean {
  return conversation.id === conversationId || (conversation.id === null && chat.outbox.length > 0);
}

function named(model: Model, { conversationId: id, title, createdAt }: Word<'conversation'>): Model {
  return {
    ...model,
    conversation: { ...model.conversation, id, title },
    memory: titled(model.memory, { id, title, createdAt }),
  };
}

function echoed(model: Model, { id, messageId, content, replaces, conversationId }: Word<'message'>): Model {
  const isMine = id !== '' && model.captions.some((caption) => caption.id === id);
  const isKnown = model.captions.some((caption) => caption.messageId === messageId);
  if (isKnown && !isMine) return model;
  const conversation = { ...model.conversation, id: conversationId };
  const outbox = model.chat.outbox.filter((outgoing) => outgoing.id !== id);
  const answer: Answer = { name: 'awaited', questionId: messageId };
  const chat: Chat = { ...model.chat, outbox, answer };
  const settle = (caption: Caption): Caption => ({ ...caption, messageId, fate: 'settled' });
  const memory = touched(model.memory, conversationId);
  if (isMine) return { ...model, conversation, chat, memory, captions: edit(model.captions, id, settle) };
  // It was written in another window.
  const from = model.captions.findIndex((caption) => replaces !== '' && caption.messageId === replaces);
  const kept = from === -1 ? model.captions : model.captions.slice(0, from);
  const caption = settle({ ...blank(messageId, 'user'), mode: 'text', text: content });
  return { ...model, conversation, chat, memory, captions: add(kept, caption) };
}

function grown(model: Model, { messageId, content }: Word<'text_delta'>): Model {
  return coming(model, messageId, (caption) => ({
    ...caption,
    text: caption.text + content,
    fate: 'writing',
  }));
}

const fates: Readonly<Record<Reason, Fate>> = {
  stop: 'settled',
  length: 'length',
  content_filter: 'filtered',
  cancelled: 'stopped',
  failed: 'failed',
};

function answered(model: Model, { messageId, content, reason }: Word<'text_response'>): Model {
  const next = coming(model, messageId, (caption) => ({
    ...caption,
    text: content,
    fate: fates[reason],
    tools: caption.tools.map((tool) => (tool.state === 'running' ? { ...tool, state: 'failed' } : tool)),
  }));
  return { ...next, chat: { ...next.chat, answer: { name: 'none' } } };
}

/** The answer has its entry, which is made with its first word, and changes. */
function coming(model: Model, messageId: string, change: (caption: Caption) => Caption): Model {
  const known = model.captions.find((caption) => caption.messageId === messageId);
  const fresh: Caption = {
    ...blank(messageId, 'assistant'),
    messageId,
    mode: 'text',
    fate: 'writing',
  };
  const captions = known === undefined ? add(model.captions, fresh) : model.captions;
  return {
    ...model,
    captions: edit(captions, known?.id ?? messageId, change),
    chat: { ...model.chat, answer: { name: 'coming', messageId } },
  };
}

function toolCalled(model: Model, word: Word<'tool_call'>): Step {
  const { callId, name, isOurs: isOurTool, messageId } = word;
  const next = coming(model, messageId, (caption) =>
    caption.tools.some((tool) => tool.callId === callId)
      ? caption
      : { ...caption, tools: [...caption.tools, { callId, name, state: 'running' }] },
  );
  if (!isOurTool) return stay(next);
  const { outputs } = model.chat;
  if (Object.hasOwn(outputs, callId)) {
    const event = { type: 'tool_result', call_id: callId, output: outputs[callId] } as const;
    return { model: next, actions: [{ type: 'chat', action: { type: 'send', event } }] };
  }
  const action = { type: 'run-tool', callId, name, arguments: word.arguments } as const;
  return { model: next, actions: [{ type: 'chat', action }] };
}

function toolTold(model: Model, { callId, isError, messageId }: Word<'tool_result'> & OfAnswer): Model {
  const state: ToolTrace['state'] = isError ? 'failed' : 'done';
  return coming(model, messageId, (caption) => ({
    ...caption,
    tools: caption.tools.map((tool) => (tool.callId === callId ? { ...tool, state } : tool)),
  }));
}

/** A chat whose time runs out is opened again with the next message: only a sign-in is renewed meanwhile. */
function warned(model: Model, { warning, isEnd, at }: Word<'warning'>): Step {
  if (isEnd) return { model, actions: [{ type: 'chat', action: { type: 'renew' } }] };
  const told = tellWarning(warning, at);
  return stay(told === null ? model : { ...model, notice: told.notice });
}

function complained(model: Model, word: Word<'error'>): Step {
  const { id, code } = word;
  const chat: Chat = { ...model.chat, lastError: code };
  const notice = chatNotice(word) ?? model.notice;
  const next: Model = { ...model, chat, notice };
  if (code === 'conversation_not_found') return gone(next);
  const refused = chat.outbox.find((outgoing) => outgoing.id === id);
  if (refused !== undefined) return refuse(next, refused);
  if (code !== 'message_not_found' || chat.answer.name === 'none') return stay(next);
  // Nobody is answering any more: the object was lost with the answer.
  const last = next.captions.findLast(({ role }) => role === 'user');
  const captions = edit(next.captions, last?.id ?? '', (caption) => ({ ...caption, fate: 'unanswered' }));
  return stay({ ...next, captions, chat: { ...chat, answer: { name: 'none' } } });
}

/** What was not taken stays, marked; what it was to replace is still there, and is shown again. */
function refuse(model: Model, { id, replaces }: Chat['outbox'][number]): Step {
  const outbox = model.chat.outbox.filter((outgoing) => outgoing.id !== id);
  const captions = edit(model.captions, id, (caption) => ({ ...caption, fate: 'unsent' }));
  const next = { ...model, captions, chat: { ...model.chat, outbox } };
  const { id: conversation } = model.conversation;
  if (replaces === '' || conversation === null) return stay(next);
  return {
    model: next,
    actions: [{ type: 'memory', request: { name: 'refresh', id: conversation } }],
  };
}

/** The conversation was deleted elsewhere: what was written here and not kept stays. */
function gone(model: Model): Step {
  const { id } = model.conversation;
  const captions = model.captions.filter(({ fate }) => fate === 'sending' || fate === 'unsent');
  const chat: Chat = { ...model.chat, outbox: [], answer: { name: 'none' } };
  return stay({
    ...model,
    chat,
    captions: captions.map((caption) => ({ ...caption, fate: 'unsent' })),
    conversation: freshConversation,
    memory: id === null ? model.memory : without(model.memory, id),
  });
}
