/** One row of the list: a conversation, or something that was found in one. */
import { TITLE_CHARACTERS } from '../../protocol/limits.ts';
import type { ConversationSummary, SearchResult } from '../../protocol/conversations.ts';
import { copyOf, find, make, setText } from './element.ts';

/** What a person can do with a row. */
export interface RowDeeds {
  open(id: string, messageId: string | null): void;
  rename(id: string, title: string): void;
  remove(id: string, title: string): void;
}

/** A conversation's row; `update` brings it in step. */
export interface Row<Item> {
  readonly element: HTMLElement;
  update(item: Item, isCurrent: boolean): void;
}

/** What stands for a title that is not there yet. */
const UNTITLED = 'New conversation';

/** A row that opens, renames in its place and deletes. */
export function createRow(first: ConversationSummary, deeds: RowDeeds): Row<ConversationSummary> {
  const element = copyOf('#row');
  const open = find('.row-open', HTMLButtonElement, element);
  const title = find('.row-title', HTMLElement, element);
  const rename = find('.row-rename', HTMLButtonElement, element);
  const remove = find('.row-delete', HTMLButtonElement, element);
  let item = first;

  open.addEventListener('click', () => deeds.open(item.id, null));
  remove.addEventListener('click', () => deeds.remove(item.id, titleOf(item)));
  rename.addEventListener('click', () => {
    renameInPlace(element, item.title, (wanted) => deeds.rename(item.id, wanted));
  });

  return {
    element,
    update(next, isCurrent) {
      item = next;
      const name = titleOf(next);
      setText(title, name);
      open.title = name;
      if (isCurrent) open.setAttribute('aria-current', 'true');
      else open.removeAttribute('aria-current');
      rename.setAttribute('aria-label', `Rename ${name}`);
      remove.setAttribute('aria-label', `Delete ${name}`);
    },
  };
}

/** Enter and going elsewhere keep what is written, Escape does not. */
function renameInPlace(row: HTMLElement, title: string, keep: (wanted: string) => void): void {
  const box = make('input', 'row-box');
  box.type = 'text';
  box.maxLength = TITLE_CHARACTERS;
  box.value = title;
  box.setAttribute('aria-label', 'Title');
  row.toggleAttribute('data-renaming', true);
  row.prepend(box);
  box.focus();
  box.select();
  let isOver = false;
  const finish = (isKept: boolean): void => {
    if (isOver) return;
    isOver = true;
    const wanted = box.value.trim();
    const isHere = document.activeElement === box;
    box.remove();
    row.removeAttribute('data-renaming');
    if (isHere) find('.row-rename', HTMLElement, row).focus();
    if (isKept && wanted !== '' && wanted !== title) keep(wanted);
  };
  box.addEventListener('blur', () => finish(true));
  box.addEventListener('keydown', (event) => {
    if (event.isComposing || (event.key !== 'Enter' && event.key !== 'Escape')) return;
    // Escape would close the drawer, too.
    event.preventDefault();
    event.stopPropagation();
    finish(event.key === 'Enter');
  });
}

/** A row that opens the conversation where the words are. What was found is marked by its place, never by markup. */
export function createResult(first: SearchResult, deeds: RowDeeds): Row<SearchResult> {
  const element = make('li', 'row');
  const open = make('button', 'row-open');
  open.type = 'button';
  const title = make('span', 'row-title');
  const snippet = make('span', 'row-snippet');
  open.append(title, snippet);
  element.append(open);
  let item = first;
  open.addEventListener('click', () => deeds.open(item.conversation_id, item.message_id));
  return {
    element,
    update(next, isCurrent) {
      item = next;
      setText(title, next.title === '' ? UNTITLED : next.title);
      if (isCurrent) open.setAttribute('aria-current', 'true');
      else open.removeAttribute('aria-current');
      if (snippet.textContent !== next.snippet || !snippet.hasChildNodes()) markIn(snippet, next);
    },
  };
}

function markIn(element: HTMLElement, { snippet, matches }: SearchResult): void {
  const pieces: (string | HTMLElement)[] = [];
  let end = 0;
  for (const [from, to] of matches) {
    pieces.push(snippet.slice(end, from), make('mark', '', snippet.slice(from, to)));
    end = to;
  }
  element.replaceChildren(...pieces, snippet.slice(end));
}

function titleOf({ title }: ConversationSummary): string {
  return title === '' ? UNTITLED : title;
}
