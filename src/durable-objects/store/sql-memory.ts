import type { ConversationMessage, ConversationSummary } from '../../protocol/conversations.ts';
import { log } from '../../observe/log.ts';
import type { Agenda } from '../agenda.ts';
import {
  conversationBegunWith,
  deleteConversation,
  insertConversation,
  listConversations,
  renameConversation,
  type Listed,
} from './conversations.ts';
import { Journal } from './journal.ts';
import { memoryMigrations } from './memory-schema.ts';
import {
  conversationRow,
  MESSAGE_COLUMNS,
  messageRow,
  toMessage,
  toSummary,
  type ConversationRow,
  type MessageRow,
  type Place,
} from './memory-rows.ts';
import {
  nothingSaid,
  type FirstMessage,
  type Kept,
  type KeptMessage,
  type Memory,
  type Recalled,
  type Summary,
} from './memory.ts';
import { eraseMessage, keepMessage, pageOfMessages, placeOf, takeBackFrom, written } from './messages.ts';
import { migrate } from './migrations.ts';
import { exportConversations } from './export.ts';
import { keepSummary, recall } from './recall.ts';
import { nextSweep, sweepConversations, type Retention } from './retention.ts';
import { search, type Found } from './search.ts';

/** Which part of a list is wanted. */
export interface Part<Key> {
  /** Where the part before ended; null: from the first. */
  readonly after: Key | null;
  readonly limit: number;
}

/** A page of a conversation: the newest first of all, oldest message first within it. */
export interface MessagePage {
  readonly conversation: ConversationSummary;
  readonly messages: readonly ConversationMessage[];
  readonly next: Place | null;
}

/** How long things are kept, and who reminds us. */
export interface Keeping {
  readonly retention: Retention;
  readonly agenda: Agenda;
}

/**
 * What one user's sessions said, in the tables of their object. The tables come with the first thing there is to keep or
 * to ask, and after everything was forgotten.
 */
export class SqlMemory implements Memory {
  readonly #storage: DurableObjectStorage;
  readonly #keeping: Keeping;
  readonly #journal: Journal;
  /** Conversations that went while this object lived: a call that still runs may go on noting in one. */
  readonly #gone = new Set<string>();
  /** The tables are there, and as new as this code. */
  #isReady = false;

  /** Folds what calls noted and the last instance of the object did not, and looks when something is due. */
  constructor(storage: DurableObjectStorage, keeping: Keeping) {
    this.#storage = storage;
    this.#keeping = keeping;
    this.#journal = new Journal(storage);
    this.fold();
    const due = hasTables(storage.sql) ? this.#readTables((sql) => nextSweep(sql, keeping.retention)) : null;
    if (due !== null) keeping.agenda.setBy('retention', due);
  }

  begin(now: number): string {
    const { agenda, retention } = this.#keeping;
    agenda.setBy('retention', now + retention.emptyMs);
    return this.#inTables((sql) => insertConversation(sql, now));
  }

  find(conversationId: string): ConversationSummary | null {
    return this.#readConversation(conversationId, (_, row) => toSummary(row));
  }

  keep(conversationId: string, message: KeptMessage): Kept | null {
    return this.#inConversation(conversationId, (sql, row) => {
      const hasNewTitle = keepMessage(sql, row, written(message));
      return { conversation: toSummary(conversationRow(sql, conversationId) ?? row), hasNewTitle };
    });
  }

  note(conversationId: string, message: KeptMessage): void {
    if (!this.#gone.has(conversationId)) this.#journal.note(conversationId, message);
  }

  erase(conversationId: string, messageId: string): void {
    if (!this.#gone.has(conversationId)) this.#journal.erase(conversationId, messageId);
  }

  fold(): void {
    if (!this.#journal.isEmpty()) this.#inTables(() => undefined);
  }

  takeBack(conversationId: string, messageId: string): boolean {
    const isDone = this.#inConversation(conversationId, (sql, row) => {
      const first = messageRow(sql, row.n, messageId);
      if (first !== null) takeBackFrom(sql, row, placeOf(first));
      return first !== null;
    });
    return isDone ?? false;
  }

  message(conversationId: string, messageId: string): ConversationMessage | null {
    return this.#readConversation(conversationId, (sql, { n }) => told(messageRow(sql, n, messageId)));
  }

  messageOfClient(conversationId: string, clientId: string): ConversationMessage | null {
    return this.#readConversation(conversationId, (sql, { n }) => {
      const query = `SELECT ${MESSAGE_COLUMNS} FROM messages WHERE conversation = ? AND client_id = ? ORDER BY n LIMIT 1`;
      return told(sql.exec<MessageRow>(query, n, clientId).toArray()[0] ?? null);
    });
  }

  begunWith(first: FirstMessage): string | null {
    return this.#readTables((sql) => conversationBegunWith(sql, first));
  }

  last(conversationId: string): ConversationMessage | null {
    return this.#readConversation(conversationId, (sql, { n }) => {
      const [row] = pageOfMessages(sql, n, { before: null, limit: 1 }).items;
      return row ?? null;
    });
  }

  recall(conversationId: string, tokens: number): Recalled {
    return this.#readConversation(conversationId, (sql, row) => recall(sql, row, tokens)) ?? nothingSaid;
  }

  summarize(conversationId: string, summary: Summary): void {
    this.#inConversation(conversationId, (sql, row) => keepSummary(sql, row, summary));
  }

  /** The conversations in which somebody said something, the latest first. */
  list(part: Part<Place>): Listed<ConversationSummary> {
    return this.#readTables((sql) => listConversations(sql, part));
  }

  /** A page of a conversation, the newest unless told; null when there is none of this id. */
  open(conversationId: string, { after, limit }: Part<Place>): MessagePage | null {
    return this.#readConversation(conversationId, (sql, row) => {
      const { items, next } = pageOfMessages(sql, row.n, { before: after, limit });
      return { conversation: toSummary(row), messages: items, next };
    });
  }

  /** What was said, and titles the person gave, that have every word of the question; the best first. */
  search(question: string, { after, limit }: Part<number>): Found {
    return this.#readTables((sql) => search(sql, question, { after: after ?? 0, limit }));
  }

  /** Gives a conversation a title that stays; null when there is none of this id. */
  rename(conversationId: string, title: string): ConversationSummary | null {
    return this.#inConversation(conversationId, (sql, row) => {
      renameConversation(sql, row, title);
      return toSummary({ ...row, title });
    });
  }

  /** Forgets a conversation. False when there is none of this id. */
  delete(conversationId: string): boolean {
    const isDone = this.#inConversation(conversationId, (sql, { n }) => {
      deleteConversation(sql, n);
      return true;
    });
    if (isDone) this.#gone.add(conversationId);
    return isDone ?? false;
  }

  deleteEmpty(conversationId: string): void {
    this.#inConversation(conversationId, (sql, { n, message_count }) => {
      if (message_count === 0) deleteConversation(sql, n);
    });
  }

  /** Lets go of what is due, and tells when something is due next; null when nothing is. */
  sweep(now: number): number | null {
    const { retention } = this.#keeping;
    if (this.isBlank()) return null;
    const { count, next } = this.#inTables((sql) => ({
      count: sweepConversations(sql, retention, now),
      next: nextSweep(sql, retention),
    }));
    if (count > 0) log('memory.swept', { conversations: count });
    return next;
  }

  /** Everything as a JSON list of conversations, in pieces. */
  export(): Generator<string> {
    return exportConversations((work) => this.#readTables(work));
  }

  /** True when there is not even a table. */
  isBlank(): boolean {
    return !hasTables(this.#storage.sql) && this.#journal.isEmpty();
  }

  /** Empties the object's storage: conversations, everything else, and its alarm. */
  async forgetAll(): Promise<void> {
    for (const id of this.#allIds()) this.#gone.add(id);
    this.#journal.reset();
    this.#isReady = false;
    await this.#storage.deleteAll();
  }

  #allIds(): readonly string[] {
    if (this.isBlank()) return [];
    return this.#readTables((sql) => sql.exec<{ id: string }>('SELECT id FROM conversations').toArray()).map(
      ({ id }) => id,
    );
  }

  /** Works on one conversation; null when there is none of this id. */
  #inConversation<T>(id: string, work: (sql: SqlStorage, row: ConversationRow) => T): T | null {
    return this.#inTables((sql) => ofConversation(sql, id, work));
  }

  /** Reads one conversation; null when there is none of this id. */
  #readConversation<T>(id: string, read: (sql: SqlStorage, row: ConversationRow) => T): T | null {
    return this.#readTables((sql) => ofConversation(sql, id, read));
  }

  /**
   * Reads the tables as they are with everything noted in them. Not in a transaction unless something has to be folded:
   * whatever the object sends after one waits for the disk, although nothing was written.
   */
  #readTables<T>(read: (sql: SqlStorage) => T): T {
    return this.#isReady && this.#journal.isEmpty() ? read(this.#storage.sql) : this.#inTables(read);
  }

  /** Works on the tables as they are with everything noted in them, in one transaction. */
  #inTables<T>(work: (sql: SqlStorage) => T): T {
    if (!this.#isReady) migrate(this.#storage, memoryMigrations);
    this.#isReady = true;
    const { sql } = this.#storage;
    const result = this.#storage.transactionSync(() => {
      if (!this.#journal.isEmpty()) this.#foldInto(sql);
      return work(sql);
    });
    this.#journal.hasFolded();
    return result;
  }

  /** What was noted of a conversation that is gone goes with it. */
  #foldInto(sql: SqlStorage): void {
    this.#journal.fold((note) => {
      const row = conversationRow(sql, note.conversationId);
      if (row === null) return;
      if ('message' in note) keepMessage(sql, row, note.message);
      else eraseMessage(sql, row, note.erased);
    });
  }
}

function ofConversation<T>(
  sql: SqlStorage,
  id: string,
  work: (sql: SqlStorage, row: ConversationRow) => T,
): T | null {
  const row = conversationRow(sql, id);
  return row === null ? null : work(sql, row);
}

function hasTables(sql: SqlStorage): boolean {
  return sql.exec("SELECT 1 FROM sqlite_master WHERE name = 'conversations'").toArray().length > 0;
}

function told(row: MessageRow | null): ConversationMessage | null {
  return row === null ? null : toMessage(row);
}
