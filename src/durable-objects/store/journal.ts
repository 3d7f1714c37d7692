/**
 * What calls said and no table has yet. A statement of SQL holds back whatever the object sends until the disk has
 * confirmed it, sound too; a write of the key-value store may be told not to. So a call notes here, and the notes are
 * folded into the tables when somebody wants to read them.
 */
import type { KeptMessage } from './memory.ts';
import { written, type WrittenMessage } from './messages.ts';

/** A message, and the conversation it was said in; or one that is to be taken out of it. */
export type Note = { readonly conversationId: string } & (
  | { readonly message: WrittenMessage }
  | { readonly erased: string }
);

/** As much of an object's storage as a journal needs. */
export type JournalStorage = Pick<DurableObjectStorage, 'kv' | 'put'>;

const PREFIX = 'journal/';
const DIGITS = 12;

/** One per user, and as long-lived as their object. */
export class Journal {
  readonly #storage: JournalStorage;
  #next: number;
  #isEmpty: boolean;

  /** Goes on behind what the last instance of the object left. */
  constructor(storage: JournalStorage) {
    this.#storage = storage;
    const [last] = [...storage.kv.list({ prefix: PREFIX, reverse: true, limit: 1 })];
    this.#next = last === undefined ? 0 : Number(last[0].slice(PREFIX.length)) + 1;
    this.#isEmpty = last === undefined;
  }

  /** True when there is nothing to fold. */
  isEmpty(): boolean {
    return this.#isEmpty;
  }

  /** Writes a message down. It can be read at once, is on the disk soon, and makes nobody wait. */
  note(conversationId: string, message: KeptMessage): void {
    this.#write({ conversationId, message: written(message) });
  }

  /** Writes down that a message is to be taken out, in the same way. */
  erase(conversationId: string, messageId: string): void {
    this.#write({ conversationId, erased: messageId });
  }

  #write(note: Note): void {
    const key = PREFIX + String(this.#next).padStart(DIGITS, '0');
    this.#next += 1;
    this.#isEmpty = false;
    void this.#storage.put(key, note, { allowUnconfirmed: true });
  }

  /** Hands over every note in its order, and lets go of it; to be called inside a transaction. */
  fold(keep: (note: Note) => void): void {
    const { kv } = this.#storage;
    for (const [key, note] of kv.list<Note>({ prefix: PREFIX })) {
      keep(note);
      kv.delete(key);
    }
  }

  /** Everything was folded, and the transaction stands. */
  hasFolded(): void {
    this.#isEmpty = true;
  }

  /** Storage was emptied. */
  reset(): void {
    this.#isEmpty = true;
    this.#next = 0;
  }
}
