/** How a chat moves with what the person wants and what becomes of its socket. Pure. */
import { closeCodes, comeBackAfter } from '../../protocol/close-codes.ts';
import type { Action } from '../actions.ts';
import { add, blank, edit, type Caption, type Fate } from '../captions.ts';
import type { Model } from '../model.ts';
import type { Notice } from '../problems.ts';
import { stay, type Step } from '../step.ts';
import type { Answer, Chat, ChatAction, ChatEvent, ChatUp, Outgoing } from './chat.ts';
import { chatEndNotice, chatLost } from './chat-problems.ts';
import { followWord } from './follow-word.ts';

/** How long to wait before each new try, in milliseconds; after the last the person is asked. */
const WAITS_MS = [300, 1000, 2000, 4000, 8000, 15_000] as const;

/** Follows one event of the chat. */
export function followChat(model: Model, event: ChatEvent): Step {
  switch (event.type) {
    case 'opened':
      return opened(model);
    case 'closed':
      return closed(model, event);
    case 'refused':
      return lose(model, event.notice);
    case 'word':
      return then(followWord(model, event.word), pump);
    case 'reconnect':
      return isOwed(model.chat) ? open(model) : stay({ ...model, notice: withoutLost(model.notice) });
    case 'stop':
      return stop(model);
    case 'retry':
      return retry(model, event);
    case 'edit':
      return stay({ ...model, editing: canEdit(model, event.id) ? event.id : null });
    case 'leave-edit':
      return stay({ ...model, editing: null });
    case 'tool-ran':
      return toolRan(model, event);
  }
}

/** Says something in writing. While a message is edited, it takes that one's place. */
export function say(model: Model, { id, text }: { readonly id: string; readonly text: string }): Step {
  const edited = model.captions.find((caption) => caption.id === model.editing);
  return put({ ...model, editing: null }, { id, text, replaces: edited?.messageId ?? '', isSent: false });
}

/** Sends what can be sent: one message at a time, so that each is answered before the next. */
export function pump(model: Model): Step {
  const { chat } = model;
  const [next] = chat.outbox;
  if (next === undefined || chat.answer.name !== 'none') return stay(model);
  if (chat.link.name === 'open') return next.isSent ? stay(model) : send(model, next);
  return chat.link.name === 'opening' ? stay(model) : open(model);
}

/** Nothing of a chat is left: another conversation is opened, or a call goes on with this one. */
export function leaveChat(model: Model): Step {
  const { chat } = model;
  const isIdle = chat.link.name === 'closed' && !isOwed(chat) && model.editing === null;
  if (isIdle) return stay(model);
  const left: Chat = { ...chat, link: { name: 'closed' }, outbox: [], answer: { name: 'none' } };
  return {
    model: { ...model, chat: left, editing: null, notice: withoutLost(model.notice) },
    actions: [{ type: 'clear-timer', name: 'chat' }, doing({ type: 'close' })],
  };
}

/** Whether the assistant or the network owes something. */
export function isOwed({ answer, outbox }: Chat): boolean {
  return answer.name !== 'none' || outbox.length > 0;
}

/** The message of the person that can be written anew: the last, when it was written and is kept. */
export function lastWritten(captions: readonly Caption[]): Caption | null {
  const last = captions.findLast(({ role }) => role === 'user');
  return last !== undefined && last.mode === 'text' && last.messageId !== '' ? last : null;
}

function put(model: Model, outgoing: Outgoing): Step {
  const from = model.captions.findIndex(
    ({ messageId }) => outgoing.replaces !== '' && messageId === outgoing.replaces,
  );
  const kept = from === -1 ? model.captions : model.captions.slice(0, from);
  const caption: Caption = {
    ...blank(outgoing.id, 'user'),
    mode: 'text',
    text: outgoing.text,
    fate: 'sending',
  };
  const outbox = [...model.chat.outbox, outgoing];
  // A reply to what is taken back is nothing anybody waits for.
  const answer: Answer = from === -1 ? model.chat.answer : { name: 'none' };
  const chat = { ...model.chat, outbox, answer };
  return pump({ ...model, captions: add(kept, caption), chat, notice: null });
}

function open(model: Model): Step {
  const { chat } = model;
  const attempt = chat.link.name === 'waiting' ? chat.link.attempt : 0;
  const captions = chat.outbox.reduce((now, { id }) => withFate(now, id, 'sending'), model.captions);
  return {
    model: {
      ...model,
      captions,
      notice: withoutLost(model.notice),
      chat: { ...chat, link: { name: 'opening', attempt }, lastError: '' },
    },
    actions: [{ type: 'clear-timer', name: 'chat' }, doing({ type: 'open' })],
  };
}

/** What is owed is asked for first: what came before the socket was lost is not told twice. */
function opened(model: Model): Step {
  const chat: Chat = { ...model.chat, link: { name: 'open' } };
  const next = { ...model, chat };
  const { answer } = chat;
  const { id } = model.conversation;
  if (answer.name === 'none' || id === null) return pump(next);
  const received = answer.name === 'coming' ? receivedOf(model.captions, answer.messageId) : 0;
  const messageId = answer.name === 'coming' ? answer.messageId : answer.questionId;
  const resume = { type: 'resume', conversation_id: id, received } as const;
  const event: ChatUp = messageId === '' ? resume : { ...resume, message_id: messageId };
  return { model: next, actions: [doing({ type: 'send', event })] };
}

function receivedOf(captions: readonly Caption[], messageId: string): number {
  return captions.find((caption) => caption.messageId === messageId)?.text.length ?? 0;
}

function closed(model: Model, event: Extract<ChatEvent, { type: 'closed' }>): Step {
  const { link, lastError } = model.chat;
  const attempt = link.name === 'opening' || link.name === 'waiting' ? link.attempt : 0;
  const outbox = model.chat.outbox.map((outgoing) => ({ ...outgoing, isSent: false }));
  const chat: Chat = { ...model.chat, outbox, link: { name: 'closed' } };
  const next = { ...model, chat };
  const notice = chatEndNotice(event.code, event.reason, lastError);
  if (!isOwed(chat)) return stay(notice === null ? next : { ...next, notice });
  const comeBack = comeBackAfter(event.code);
  const isOver = comeBack === 'no' && (event.code !== closeCodes.over.code || lastError === 'ended_by_admin');
  const waitMs = WAITS_MS[attempt];
  const mayTry = !isOver && comeBack !== 'when-reset' && comeBack !== 'after-seconds';
  const isOut = comeBack === 'sign-in' && lastError !== 'credential_expired';
  if (!mayTry || isOut || waitMs === undefined) return lose(next, notice ?? chatLost);
  return {
    model: { ...next, chat: { ...chat, link: { name: 'waiting', attempt: attempt + 1 } } },
    actions: [{ type: 'set-timer', name: 'chat', ms: waitMs }],
  };
}

/** Nothing comes by itself any more: what is not sent says so, and everything is kept for when the person asks. */
function lose(model: Model, notice: Notice): Step {
  const { chat } = model;
  const captions = chat.outbox.reduce((now, { id }) => withFate(now, id, 'unsent'), model.captions);
  const told: Notice = chat.answer.name !== 'none' ? { ...notice, remedy: 'reconnect' } : notice;
  return stay({ ...model, captions, notice: told, chat: { ...chat, link: { name: 'lost' } } });
}

function stop(model: Model): Step {
  const { link, answer } = model.chat;
  if (link.name !== 'open' || answer.name === 'none') return stay(model);
  return { model, actions: [doing({ type: 'send', event: { type: 'cancel' } })] };
}

function retry(model: Model, { id, newId }: Extract<ChatEvent, { type: 'retry' }>): Step {
  const caption = model.captions.find((it) => it.id === id);
  if (caption?.fate === 'unsent') return sendAgain(model, caption);
  const last = lastWritten(model.captions);
  if (last === null || isOwed(model.chat)) return stay(model);
  return put(model, { id: newId, text: last.text, replaces: last.messageId, isSent: false });
}

function sendAgain(model: Model, { id, text }: Caption): Step {
  const isWaiting = model.chat.outbox.some((outgoing) => outgoing.id === id);
  const outgoing: Outgoing = { id, text, replaces: '', isSent: false };
  const outbox = isWaiting ? model.chat.outbox : [...model.chat.outbox, outgoing];
  const captions = withFate(model.captions, id, 'sending');
  return pump({ ...model, captions, notice: null, chat: { ...model.chat, outbox } });
}

function canEdit({ captions, chat }: Model, id: string): boolean {
  return lastWritten(captions)?.id === id && !isOwed(chat);
}

function send(model: Model, outgoing: Outgoing): Step {
  const { id, text, replaces } = outgoing;
  const { id: conversation } = model.conversation;
  const outbox = model.chat.outbox.map((it) => (it.id === id ? { ...it, isSent: true } : it));
  const event: ChatUp = {
    type: 'message',
    id,
    content: text,
    ...(conversation === null ? {} : { conversation_id: conversation }),
    ...(replaces === '' ? {} : { replaces }),
  };
  return { model: { ...model, chat: { ...model.chat, outbox } }, actions: [doing({ type: 'send', event })] };
}

function toolRan(model: Model, { callId, output }: Extract<ChatEvent, { type: 'tool-ran' }>): Step {
  const outputs = { ...model.chat.outputs, [callId]: output };
  const event: ChatUp = { type: 'tool_result', call_id: callId, output };
  return { model: { ...model, chat: { ...model.chat, outputs } }, actions: [doing({ type: 'send', event })] };
}

function withoutLost(notice: Notice | null): Notice | null {
  return notice?.remedy === 'reconnect' ? null : notice;
}

function withFate(captions: readonly Caption[], id: string, fate: Fate): readonly Caption[] {
  return edit(captions, id, (caption) => (caption.fate === fate ? caption : { ...caption, fate }));
}

function then({ model, actions }: Step, next: (model: Model) => Step): Step {
  const step = next(model);
  return { model: step.model, actions: [...actions, ...step.actions] };
}

function doing(action: ChatAction): Action {
  return { type: 'chat', action };
}
