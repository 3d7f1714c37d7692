/** The conversation the page is in: what is shown of it, and what there is before that. Pure. */
import { blank, type Caption, type Fate } from './captions.ts';
import type { ConversationMessage, ConversationWithMessages } from '../protocol/conversations.ts';
import type { Model } from './model.ts';

export interface Conversation {
  /** Null: what is said next begins one. */
  readonly id: string | null;
  readonly title: string;
  /** It was chosen and its newest page is on its way. */
  readonly isOpening: boolean;
  readonly older: Older;
  /** A message that was found by search and is to be shown; null once it is. */
  readonly target: string | null;
}

/** What was said before all that is shown. */
export type Older =
  | { readonly name: 'none' }
  | { readonly name: 'more' | 'loading' | 'failed'; readonly cursor: string };

/** A conversation that nobody has begun. */
export const freshConversation: Conversation = {
  id: null,
  title: '',
  isOpening: false,
  older: { name: 'none' },
  target: null,
};

/** What is said now goes into this one. */
export function inConversation(model: Model, id: string): Model {
  const { conversation } = model;
  if (conversation.id === id) return model;
  return { ...model, conversation: { ...freshConversation, id } };
}

/** What there is before a page. */
export function olderThan(next: string | null): Older {
  return next === null ? { name: 'none' } : { name: 'more', cursor: next };
}

/** A page of what was said before, above everything that is shown. */
export function withOlder(
  captions: readonly Caption[],
  messages: readonly ConversationMessage[],
): readonly Caption[] {
  const isShown = shownBy(captions);
  return [...messages.filter((message) => !isShown(message)).map(captionOf), ...captions];
}

/** The same in a call: what was said is known under the names that calls have for it, without SESSION_ID. */
export function withSpoken(
  captions: readonly Caption[],
  messages: readonly ConversationMessage[],
): readonly Caption[] {
  return withOlder(captions, messages).map((caption) => ({
    ...caption,
    id: caption.id.slice(caption.id.indexOf('.') + 1),
  }));
}

/**
 * The newest page in place of what was shown of it: what is above it stays, and so does what was written here and is not
 * kept yet.
 */
export function withNewest(
  captions: readonly Caption[],
  { messages }: Pick<ConversationWithMessages, 'messages'>,
): { readonly captions: readonly Caption[]; readonly isJoined: boolean } {
  const isShown = shownBy(captions);
  const first = messages.find(isShown);
  const from = captions.findIndex((caption) => first !== undefined && isSame(caption, first));
  const above = from === -1 ? [] : captions.slice(0, from);
  const page = messages.map((message) => {
    const known = captions.find((caption) => isSame(caption, message));
    return known === undefined ? captionOf(message) : { ...captionOf(message), id: known.id };
  });
  const unkept = captions.filter(({ fate }) => fate === 'sending' || fate === 'unsent');
  return { captions: [...above, ...page, ...unkept], isJoined: from !== -1 };
}

function captionOf({ id, role, mode, content, status, tool_calls }: ConversationMessage): Caption {
  const fates: Readonly<Record<ConversationMessage['status'], Fate>> = {
    complete: 'settled',
    // Of what was talked over, what was heard is all there is.
    interrupted: mode === 'voice' || role === 'user' ? 'settled' : 'stopped',
    answering: 'writing',
  };
  return {
    ...blank(id, role),
    messageId: id,
    mode,
    // What comes of it from now on is told from its beginning.
    text: status === 'answering' ? '' : content,
    fate: fates[status],
    tools: tool_calls.map(({ call_id, name, output, is_error }) => ({
      callId: call_id,
      name,
      state: is_error ? 'failed' : output === null && status === 'answering' ? 'running' : 'done',
    })),
  };
}

/** Messages of a call are remembered as SESSION_ID.ITEM_ID. */
function isSame({ id, messageId }: Caption, message: ConversationMessage): boolean {
  return id === message.id || messageId === message.id || message.id.endsWith(`.${id}`);
}

function shownBy(captions: readonly Caption[]): (message: ConversationMessage) => boolean {
  const ids = new Set(captions.flatMap(({ id, messageId }) => [id, messageId]));
  return ({ id }) => ids.has(id) || ids.has(id.slice(id.indexOf('.') + 1));
}
