/** How the list and the conversation move with what the person wants and what the gateway answers. Pure. */
import type { Model } from '../model.ts';
import { stay, type Step } from '../step.ts';
import { ask, withLibrary } from './asking.ts';
import { followAnswer, followFailure } from './follow-answer.ts';
import { freshLibrary, renamed, type LibraryEvent } from './library.ts';
import { beginAnew, openConversation, wantOlder } from './open-conversation.ts';

/** How long after the last letter a search begins, in milliseconds. */
export const SEARCH_AFTER_MS = 250;

/** Follows one event. */
export function followLibrary(model: Model, event: LibraryEvent): Step {
  const { library, conversation } = model;
  switch (event.type) {
    case 'looked':
      return library.list.state === 'unknown' || library.list.state === 'failed' ? list(model) : stay(model);
    case 'more':
      return more(model);
    case 'query':
      return query(model, event.query);
    case 'search-due':
      return library.search.query === '' ? stay(model) : search(model);
    case 'open':
      return openConversation(model, event.id, event.messageId);
    case 'older':
      return wantOlder(model);
    case 'target-shown':
      return stay({ ...model, conversation: { ...conversation, target: null } });
    case 'new':
      return beginAnew(model);
    case 'rename':
      return ask(withLibrary(model, renamed(library, event.id, event.title)), { ...event, name: 'rename' });
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
  const { library } = model;
  const next = { ...library, notice: null, list: { ...library.list, state: 'loading' as const } };
  return ask(withLibrary(model, next), { name: 'list', cursor: null });
}

/** The next page of what is shown: what was found, or everything. */
function more(model: Model): Step {
  const { library } = model;
  if (library.search.query !== '') {
    const { state, next: cursor, query: words } = library.search;
    if (state !== 'ready' || cursor === null) return stay(model);
    const next = { ...library, search: { ...library.search, state: 'more' as const } };
    return ask(withLibrary(model, next), { name: 'search', query: words.trim(), cursor });
  }
  const { state, next: cursor } = library.list;
  if (state !== 'ready' || cursor === null) return stay(model);
  const next = { ...library, list: { ...library.list, state: 'more' as const } };
  return ask(withLibrary(model, next), { name: 'list', cursor });
}

function query(model: Model, words: string): Step {
  const { library } = model;
  const isEmpty = words.trim() === '';
  const asked = isEmpty
    ? { ...freshLibrary.search }
    : { ...library.search, query: words, state: 'loading' as const };
  return {
    model: withLibrary(model, { ...library, notice: null, search: asked }),
    actions: isEmpty
      ? [{ type: 'clear-timer', name: 'search' }]
      : [{ type: 'set-timer', name: 'search', ms: SEARCH_AFTER_MS }],
  };
}

function search(model: Model): Step {
  const { search: listing } = model.library;
  const next = { ...model.library, notice: null, search: { ...listing, state: 'loading' as const } };
  return ask(withLibrary(model, next), { name: 'search', query: listing.query.trim(), cursor: null });
}
