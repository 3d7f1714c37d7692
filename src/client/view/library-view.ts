/** The list of conversations: a column beside the talk, and a drawer over it where there is no room for one. */
import type { CallEvent, Model } from '../model.ts';
import type { Library } from '../library/library.ts';
import { closeBeside, confirmed } from './dialogs.ts';
import { arrange, find, setText } from './element.ts';
import { createResult, createRow, type Row, type RowDeeds } from './rows.ts';

/** As the style sheet has it. */
const WIDE = '(min-width: 60rem) and (min-height: 26rem)';

/** The list on the page. */
export class LibraryView {
  readonly #tell: (event: CallEvent) => void;
  readonly #parts = findParts();
  readonly #wide = matchMedia(WIDE);
  readonly #rows: Keyed<Library['list']['items'][number]>;
  readonly #results: Keyed<Library['search']['items'][number]>;
  #library: Library | null = null;
  #current: string | null = null;

  constructor(tell: (event: CallEvent) => void) {
    this.#tell = tell;
    const deeds: RowDeeds = {
      open: (id, messageId) => this.#open(id, messageId),
      rename: (id, title) => tell({ type: 'library', event: { type: 'rename', id, title } }),
      remove: (id, title) => void this.#remove(id, title),
    };
    this.#rows = createKeyed(this.#parts.list, (item) => createRow(item, deeds));
    this.#results = createKeyed(this.#parts.results, (item) => createResult(item, deeds));
    this.#settle();
    this.#wide.addEventListener('change', () => this.#settle());
    this.#listenToDrawer();
    this.#listenToSearch();
    listenToData(tell);
  }

  /** Brings it in step with the model. */
  render({ library, conversation }: Model): void {
    if (this.#library === library && this.#current === conversation.id) return;
    this.#library = library;
    this.#current = conversation.id;
    const { list, results, end, search } = this.#parts;
    const isSearching = library.search.query !== '';
    list.hidden = isSearching;
    results.hidden = !isSearching;
    this.#rows(library.list.items, ({ id }) => id, conversation.id);
    this.#results(
      library.search.items,
      ({ conversation_id: id, message_id }) => `${id} ${message_id}`,
      conversation.id,
    );
    renderState(this.#parts, library);
    if (document.activeElement !== search && search.value.trim() !== library.search.query.trim()) {
      search.value = library.search.query;
    }
    // Taken away and put back, it is looked at anew: a page that does not fill the list leaves it in sight.
    const listing = isSearching ? library.search : library.list;
    end.hidden = listing.next === null || listing.state !== 'ready';
  }

  #open(id: string, messageId: string | null): void {
    this.#parts.drawer.close();
    this.#tell({ type: 'library', event: { type: 'open', id, messageId } });
  }

  async #remove(id: string, title: string): Promise<void> {
    const text = `“${title}” and everything said in it will be gone for good.`;
    if (!(await confirmed({ title: 'Delete this conversation?', text, deed: 'Delete' }))) return;
    // The row goes, and the focus would go with it.
    this.#parts.anew.focus();
    this.#tell({ type: 'library', event: { type: 'delete', id } });
  }

  /** There is one list: it is where there is room for it. */
  #settle(): void {
    const { column, drawer, library } = this.#parts;
    const home = this.#wide.matches ? column : drawer;
    if (library.parentElement === home) return;
    drawer.close();
    home.append(library);
  }

  #look(): void {
    this.#tell({ type: 'library', event: { type: 'looked' } });
  }

  #listenToDrawer(): void {
    const { drawer, menu, close, anew, anewSmall } = this.#parts;
    closeBeside(drawer);
    menu.addEventListener('click', () => {
      drawer.showModal();
      this.#look();
    });
    close.addEventListener('click', () => drawer.close());
    for (const button of [anew, anewSmall]) {
      button.addEventListener('click', () => {
        drawer.close();
        this.#tell({ type: 'library', event: { type: 'new' } });
        find('#message', HTMLElement).focus();
      });
    }
  }

  #listenToSearch(): void {
    const { search, again, scroller, end } = this.#parts;
    search.addEventListener('focus', () => this.#look());
    search.addEventListener('input', () => {
      this.#tell({ type: 'library', event: { type: 'query', query: search.value } });
    });
    again.addEventListener('click', () => {
      if (this.#library?.search.query) this.#tell({ type: 'library', event: { type: 'search-due' } });
      else this.#look();
    });
    const seeEnd = (seen: readonly IntersectionObserverEntry[]): void => {
      if (seen.some((it) => it.isIntersecting)) this.#tell({ type: 'library', event: { type: 'more' } });
    };
    new IntersectionObserver(seeEnd, { root: scroller, rootMargin: '200px' }).observe(end);
  }
}

type Keyed<Item> = (items: readonly Item[], keyOf: (item: Item) => string, current: string | null) => void;

function renderState(parts: ReturnType<typeof findParts>, { list, search, notice }: Library): void {
  const listing = search.query === '' ? list : search;
  const isLoading = listing.state === 'loading' && listing.items.length === 0;
  const isFailed = listing.state === 'failed';
  const isEmpty = listing.items.length === 0 && !isLoading && !isFailed;
  parts.skeleton.hidden = !isLoading;
  parts.empty.hidden = !isEmpty;
  setText(
    parts.empty,
    search.query === '' ? 'What you say and write will be kept here.' : 'Nothing was found. Try other words.',
  );
  parts.notice.hidden = notice === null;
  setText(parts.noticeText, notice?.text ?? '');
  parts.again.hidden = !isFailed;
  setText(parts.news, newsOf(search));
}

/** What a screen reader hears of a search. */
function newsOf({ query, state, items, next }: Library['search']): string {
  if (query === '' || state === 'loading' || state === 'failed') return '';
  if (items.length === 0) return 'Nothing was found.';
  if (next !== null) return `More than ${items.length} results.`;
  return items.length === 1 ? '1 result.' : `${items.length} results.`;
}

function createKeyed<Item>(parent: HTMLElement, create: (item: Item) => Row<Item>): Keyed<Item> {
  const rows = new Map<string, Row<Item>>();
  return (items, keyOf, current) => {
    const keys = new Set(items.map(keyOf));
    for (const key of rows.keys()) if (!keys.has(key)) rows.delete(key);
    const elements = items.map((item) => {
      const key = keyOf(item);
      const row = rows.get(key) ?? create(item);
      rows.set(key, row);
      row.update(item, key.split(' ', 1)[0] === current);
      return row.element;
    });
    arrange(parent, elements);
  };
}

function listenToData(tell: (event: CallEvent) => void): void {
  const dialog = find('#data', HTMLDialogElement);
  closeBeside(dialog);
  find('#your-data', HTMLButtonElement).addEventListener('click', () => dialog.showModal());
  find('#export', HTMLButtonElement).addEventListener('click', () => {
    dialog.close();
    tell({ type: 'library', event: { type: 'export' } });
  });
  find('#forget', HTMLButtonElement).addEventListener('click', () => {
    dialog.close();
    void forget(tell);
  });
}

async function forget(tell: (event: CallEvent) => void): Promise<void> {
  const question = {
    title: 'Delete everything?',
    text: 'Every conversation and everything else that is remembered of you will be gone for good, on every device.',
    deed: 'Delete everything',
  };
  if (!(await confirmed(question))) return;
  find<HTMLDialogElement>('#drawer', HTMLDialogElement).close();
  tell({ type: 'library', event: { type: 'forget' } });
}

function findParts() {
  return {
    library: find('#library', HTMLElement),
    column: find('#column', HTMLElement),
    drawer: find('#drawer', HTMLDialogElement),
    menu: find('#menu', HTMLButtonElement),
    close: find('#close-drawer', HTMLButtonElement),
    anew: find('#anew', HTMLButtonElement),
    anewSmall: find('#anew-small', HTMLButtonElement),
    search: find('#search', HTMLInputElement),
    list: find('#conversations', HTMLElement),
    results: find('#results', HTMLElement),
    scroller: find('#library-scroll', HTMLElement),
    end: find('#library-end', HTMLElement),
    skeleton: find('#library-skeleton', HTMLElement),
    empty: find('#library-empty', HTMLElement),
    notice: find('#library-notice', HTMLElement),
    noticeText: find('#library-notice-text', HTMLElement),
    again: find('#library-again', HTMLButtonElement),
    news: find('#library-news', HTMLElement),
  };
}
