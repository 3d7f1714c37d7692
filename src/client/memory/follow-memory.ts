/** How the list and the conversation move with what the person wants and what the gateway answers. Pure. */
import type { Model } from '../model.ts';
import { stay, type Step } from '../step.ts';
import { ask, withMemory } from './asking.ts';
import { followAnswer, followFailure } from './follow-answer.ts';
import { freshMemory, renamed, type MemoryEvent } from './memory.ts';
import { beginAnew, openConversation, wantOlder } from './open-conversation.ts';

/** How long after the last letter a search begins, in milliseconds. */
export const SEARCH_AFTER_MS = 250;

/** Follows one event. */
export function followMemory(model: Model, event: MemoryEvent): Step {
  const { memory, conversation } = model;
  switch (event.type) {
    case 'looked':
      return memory.list.state === 'unknown' || memory.list.state === 'failed' ? list(model) : stay(model);
    case 'more':
      return more(model);
    case 'query':
      return query(model, event.query);
    case 'search-due':
      return memory.search.query === '' ? stay(model) : search(model);
    case 'open':
      return openConversation(model, event.id, event.messageId);
    case 'older':
      return wantOlder(model);
    case 'target-shown':
      return stay({ ...model, conversation: { ...conversation, target: null } });
    case 'new':
      return beginAnew(model);
    case 'rename':
      return ask(withMemory(model, renamed(memory, event.id, event.title)), { ...event, name: 'rename' });
    case 'delete':
      return ask(model, { name: 'delete', id: event.id });
    case 'export':
    case 'forget':
      return ask(model, { name: event.type });
    case 'answered':
      return followAnswer(model, event.request, event.answer);
    case 'failed':
      return followFailure(model, event);
  }
}

function list(model: Model): Step {
  const { memory } = model;
  const next = { ...memory, notice: null, list: { ...memory.list, state: 'loading' as const } };
  return ask(withMemory(model, next), { name: 'list', cursor: null });
}

/** The next page of what is shown: what was found, or everything. */
function more(model: Model): Step {
  const { memory } = model;
  if (memory.search.query !== '') {
    const { state, next: cursor, query: words } = memory.search;
    if (state !== 'ready' || cursor === null) return stay(model);
    const next = { ...memory, search: { ...memory.search, state: 'more' as const } };
    return ask(withMemory(model, next), { name: 'search', query: words.trim(), cursor });
  }
  const { state, next: cursor } = memory.list;
  if (state !== 'ready' || cursor === null) return stay(model);
  const next = { ...memory, list: { ...memory.list, state: 'more' as const } };
  return ask(withMemory(model, next), { name: 'list', cursor });
}

function query(model: Model, words: string): Step {
  const { memory } = model;
  const isEmpty = words.trim() === '';
  const asked = isEmpty
    ? { ...freshMemory.search }
    : { ...memory.search, query: words, state: 'loading' as const };
  return {
    model: withMemory(model, { ...memory, notice: null, search: asked }),
    actions: isEmpty
      ? [{ type: 'clear-timer', name: 'search' }]
      : [{ type: 'set-timer', name: 'search', ms: SEARCH_AFTER_MS }],
  };
}

function search(model: Model): Step {
  const { search: listing } = model.memory;
  const next = { ...model.memory, notice: null, search: { ...listing, state: 'loading' as const } };
  return ask(withMemory(model, next), { name: 'search', query: listing.query.trim(), cursor: null });
}
