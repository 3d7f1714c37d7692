/** The list of conversations: a column beside the talk, and a drawer over it where there is no room for one. */
import type { CallEvent, Model } from '../model.ts';
import type { Memory } from '../memory/memory.ts';
import { closeBeside, confirmed } from './dialogs.ts';
import { arrange, find, setText } from './element.ts';
import { createResult, createRow, type Row, type RowDeeds } from './rows.ts';

/** As the style sheet has it. */
const WIDE = '(min-width: 60rem) and (min-height: 26rem)';

/** The list on the page. */
export class MemoryView {
  readonly #tell: (event: CallEvent) => void;
  readonly #parts = findParts();
  readonly #wide = matchMedia(WIDE);
  readonly #rows: Keyed<Memory['list']['items'][number]>;
  readonly #results: Keyed<Memory['search']['items'][number]>;
  #memory: Memory | null = null;
  #current: string | null = null;

  constructor(tell: (event: CallEvent) => void) {
    this.#tell = tell;
    const deeds: RowDeeds = {
      open: (id, messageId) => this.#open(id, messageId),
      rename: (id, title) => tell({ type: 'memory', event: { type: 'rename', id, title } }),
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
  render({ memory, conversation }: Model): void {
    if (this.#memory === memory && this.#current === conversation.id) return;
    this.#memory = memory;
    this.#current = conversation.id;
    const { list, results, end, search } = this.#parts;
    const isSearching = memory.search.query !== '';
    list.hidden = isSearching;
    results.hidden = !isSearching;
    this.#rows(memory.list.items, ({ id }) => id, conversation.id);
    this.#results(
      memory.search.items,
      ({ conversation_id: id, message_id }) => `${id} ${message_id}`,
      conversation.id,
    );
    renderState(this.#parts, memory);
    if (document.activeElement !== search && search.value.trim() !== memory.search.query.trim()) {
      search.value = memory.search.query;
    }
    // Taken away and put back, it is looked at anew: a page that does not fill the list leaves it in sight.
    const listing = isSearching ? memory.search : memory.list;
    end.hidden = listing.next === null || listing.state !== 'ready';
  }

  #open(id: string, messageId: string | null): void {
    this.#parts.drawer.close();
    this.#tell({ type: 'memory', event: { type: 'open', id, messageId } });
  }

  async #remove(id: string, title: string): Promise<void> {
    const text = `“${title}” and everything said in it will be gone for good.`;
    if (!(await confirmed({ title: 'Delete this conversation?', text, deed: 'Delete' }))) return;
    // The row goes, and the focus would go with it.
    this.#parts.anew.focus();
    this.#tell({ type: 'memory', event: { type: 'delete', id } });
  }

  /** There is one list: it is where there is room for it. */
  #settle(): void {
    const { column, drawer, memory } = this.#parts;
    const home = this.#wide.matches ? column : drawer;
    if (memory.parentElement === home) return;
    drawer.close();
    home.append(memory);
  }

  #look(): void {
    this.#tell({ type: 'memory', event: { type: 'looked' } });
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
        this.#tell({ type: 'memory', event: { type: 'new' } });
        find('#message', HTMLElement).focus();
      });
    }
  }

  #listenToSearch(): void {
    const { search, again, scroller, end } = this.#parts;
    search.addEventListener('focus', () => this.#look());
    search.addEventListener('input', () => {
      this.#tell({ type: 'memory', event: { type: 'query', query: search.value } });
    });
    again.addEventListener('click', () => {
      if (this.#memory?.search.query) this.#tell({ type: 'memory', event: { type: 'search-due' } });
      else this.#look();
    });
    const seeEnd = (seen: readonly IntersectionObserverEntry[]): void => {
      if (seen.some((it) => it.isIntersecting)) this.#tell({ type: 'memory', event: { type: 'more' } });
    };
    new IntersectionObserver(seeEnd, { root: scroller, rootMargin: '200px' }).observe(end);
  }
}

type Keyed<Item> = (items: readonly Item[], keyOf: (item: Item) => string, current: string | null) => void;

function renderState(parts: ReturnType<typeof findParts>, { list, search, notice }: Memory): void {
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
function newsOf({ query, state, items, next }: Memory['search']): string {
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
    tell({ type: 'memory', event: { type: 'export' } });
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
  tell({ type: 'memory', event: { type: 'forget' } });
}

function findParts() {
  return {
    memory: find('#memory', HTMLElement),
    column: find('#column', HTMLElement),
    drawer: find('#drawer', HTMLDialogElement),
    menu: find('#menu', HTMLButtonElement),
    close: find('#close-drawer', HTMLButtonElement),
    anew: find('#anew', HTMLButtonElement),
    anewSmall: find('#anew-small', HTMLButtonElement),
    search: find('#search', HTMLInputElement),
    list: find('#conversations', HTMLElement),
    results: find('#results', HTMLElement),
    scroller: find('#memory-scroll', HTMLElement),
    end: find('#memory-end', HTMLElement),
    skeleton: find('#memory-skeleton', HTMLElement),
    empty: find('#memory-empty', HTMLElement),
    notice: find('#memory-notice', HTMLElement),
    noticeText: find('#memory-notice-text', HTMLElement),
    again: find('#memory-again', HTMLButtonElement),
    news: find('#memory-news', HTMLElement),
  };
}
