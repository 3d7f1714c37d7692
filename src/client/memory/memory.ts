/** The list of conversations and the search in them, as the page shows them. Pure. */
import type {
  ConversationPage,
  ConversationSummary,
  ConversationWithMessages,
  SearchPage,
  SearchResult,
} from '../../protocol/conversations.ts';
import type { Notice } from '../problems.ts';

export interface Memory {
  readonly list: Listing<ConversationSummary>;
  readonly search: Listing<SearchResult> & { readonly query: string };
  /** What went wrong with one of them, or with the whole. */
  readonly notice: Notice | null;
}

/** Pages that came so far. `unknown`: nobody has asked; `more`: the next page is on its way. */
export interface Listing<Item> {
  readonly state: 'unknown' | 'loading' | 'more' | 'ready' | 'failed';
  readonly items: readonly Item[];
  readonly next: string | null;
}

const nothing = { state: 'unknown', items: [], next: null } as const;

export const freshMemory: Memory = { list: nothing, search: { ...nothing, query: '' }, notice: null };

/** What is asked of the gateway. A cursor that is null asks for the first page. */
export type MemoryRequest =
  | { readonly name: 'list'; readonly cursor: string | null }
  | { readonly name: 'search'; readonly query: string; readonly cursor: string | null }
  | { readonly name: 'open' | 'refresh' | 'delete'; readonly id: string }
  | { readonly name: 'older'; readonly id: string; readonly cursor: string }
  | { readonly name: 'rename'; readonly id: string; readonly title: string }
  | { readonly name: 'export' | 'forget' };

/** What came of it. */
export type MemoryAnswer =
  | { readonly name: 'list'; readonly page: ConversationPage }
  | { readonly name: 'search'; readonly page: SearchPage }
  | { readonly name: 'open' | 'refresh' | 'older'; readonly conversation: ConversationWithMessages }
  | { readonly name: 'rename'; readonly summary: ConversationSummary }
  | { readonly name: 'delete' | 'export' | 'forget' };

/** What can happen: the person's wishes, and what comes of them. */
export type MemoryEvent =
  /** Somebody looks at the list. */
  | { readonly type: 'looked' }
  | { readonly type: 'more' }
  | { readonly type: 'query'; readonly query: string }
  /** The person has stopped typing. */
  | { readonly type: 'search-due' }
  | { readonly type: 'open'; readonly id: string; readonly messageId: string | null }
  | { readonly type: 'older' }
  /** The message that was looked for is in sight. */
  | { readonly type: 'target-shown' }
  | { readonly type: 'new' }
  | { readonly type: 'rename'; readonly id: string; readonly title: string }
  | { readonly type: 'delete'; readonly id: string }
  | { readonly type: 'export' | 'forget' }
  | { readonly type: 'answered'; readonly request: MemoryRequest; readonly answer: MemoryAnswer }
  | {
      readonly type: 'failed';
      readonly request: MemoryRequest;
      readonly notice: Notice;
      /** There is no such conversation any more. */
      readonly isGone: boolean;
    };

/** A page added to what came before it, or in place of it. */
export function withPage<Item>(
  listing: Listing<Item>,
  page: { readonly items: readonly Item[]; readonly next: string | null },
  keyOf: (item: Item) => string,
): Listing<Item> {
  if (listing.state === 'ready') return refreshedWith(listing, page, keyOf);
  if (listing.state !== 'more') return { state: 'ready', ...page };
  // What moved to the top meanwhile comes a second time.
  const known = new Set(listing.items.map(keyOf));
  const fresh = page.items.filter((item) => !known.has(keyOf(item)));
  return { state: 'ready', items: [...listing.items, ...fresh], next: page.next };
}

/** The first page again: what came behind it stays, from where the page ends. */
function refreshedWith<Item>(
  listing: Listing<Item>,
  page: { readonly items: readonly Item[]; readonly next: string | null },
  keyOf: (item: Item) => string,
): Listing<Item> {
  const last = page.items.at(-1);
  const end = last === undefined ? -1 : listing.items.findIndex((item) => keyOf(item) === keyOf(last));
  if (page.next === null || end === -1) return { state: 'ready', ...page };
  const known = new Set(page.items.map(keyOf));
  const behind = listing.items.slice(end + 1).filter((item) => !known.has(keyOf(item)));
  const next = behind.length === 0 ? page.next : listing.next;
  return { state: 'ready', items: [...page.items, ...behind], next };
}

/** Somebody goes on with a conversation: it is the latest. */
export function touched(memory: Memory, id: string): Memory {
  const known = memory.list.items.find((item) => item.id === id);
  return known === undefined ? memory : titled(memory, { id, title: known.title, createdAt: 0 });
}

/** A conversation was begun, goes on or has a new title: it is the latest. */
export function titled(
  memory: Memory,
  { id, title, createdAt }: { readonly id: string; readonly title: string; readonly createdAt: number },
): Memory {
  const { list } = memory;
  const known = list.items.find((item) => item.id === id);
  const item = known ?? {
    id,
    title,
    created_at: createdAt,
    updated_at: createdAt,
    message_count: 1,
  };
  const others = list.items.filter((it) => it !== known);
  return { ...memory, list: { ...list, items: [{ ...item, title }, ...others] } };
}

/** Another title, in the same place. */
export function renamed(memory: Memory, id: string, title: string): Memory {
  const items = memory.list.items.map((item) => (item.id === id ? { ...item, title } : item));
  const results = memory.search.items.map((it) => (it.conversation_id === id ? { ...it, title } : it));
  return {
    ...memory,
    list: { ...memory.list, items },
    search: { ...memory.search, items: results },
  };
}

/** Without a conversation that is gone. */
export function without(memory: Memory, id: string): Memory {
  const items = memory.list.items.filter((item) => item.id !== id);
  const results = memory.search.items.filter((it) => it.conversation_id !== id);
  return {
    ...memory,
    list: { ...memory.list, items },
    search: { ...memory.search, items: results },
  };
}
