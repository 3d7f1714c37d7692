/** Going to a conversation, up in it, and away from it. Pure. */
import { leaveChat } from '../chat/follow-chat.ts';
import { freshConversation, type Conversation } from '../conversation.ts';
import type { Model } from '../model.ts';
import type { Notice } from '../problems.ts';
import { stay, type Step } from '../step.ts';
import { ask, asking } from './asking.ts';

/** A call belongs to its conversation: while one is open no other can be. */
export function openConversation(model: Model, id: string, target: string | null): Step {
  if (isInCall(model)) return stay({ ...model, notice: inCall });
  if (model.conversation.id === id && !model.conversation.isOpening) return show(model, target);
  const left = leaveChat(model);
  const conversation: Conversation = { ...freshConversation, id, isOpening: true, target };
  const title = model.memory.list.items.find((item) => item.id === id)?.title ?? '';
  const next: Model = {
    ...left.model,
    call: { name: 'idle' },
    captions: [],
    cost: null,
    notice: null,
    conversation: { ...conversation, title },
  };
  return { model: next, actions: [...left.actions, asking({ name: 'open', id })] };
}

function show(model: Model, target: string | null): Step {
  return seek({ ...model, conversation: { ...model.conversation, target } });
}

/** What was found lies further up: older pages come until it is there. */
export function seek(model: Model): Step {
  const { target, older: before } = model.conversation;
  if (target === null || model.captions.some(({ messageId }) => messageId === target)) return stay(model);
  if (before.name === 'none')
    return stay({ ...model, conversation: { ...model.conversation, target: null } });
  return wantOlder(model);
}

export function wantOlder(model: Model): Step {
  const { id, older: before } = model.conversation;
  if (id === null || before.name === 'none' || before.name === 'loading') return stay(model);
  const { cursor } = before;
  const conversation: Conversation = { ...model.conversation, older: { name: 'loading', cursor } };
  return ask({ ...model, conversation }, { name: 'older', id, cursor });
}

/** Whatever is said next begins a conversation. */
export function beginAnew(model: Model): Step {
  if (isInCall(model)) return stay({ ...model, notice: inCall });
  const left = leaveChat(model);
  const next: Model = {
    ...left.model,
    call: { name: 'idle' },
    captions: [],
    cost: null,
    notice: null,
    conversation: freshConversation,
  };
  return { model: next, actions: left.actions };
}

const inCall: Notice = {
  text: 'A call is open in this conversation. End it to go to another one.',
  remedy: 'none',
};

/** Whether a call is open. */
export function isInCall({ call }: Model): boolean {
  return call.name === 'connecting' || call.name === 'live';
}
