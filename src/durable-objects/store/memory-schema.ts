import type { Migration } from './migrations.ts';

/**
 * The tables of what one user's sessions said. Times are Unix milliseconds. `n` is the order in which rows came, and
 * never leaves the object; `id` is what the world knows them by.
 *
 * `words` is the index of the search: the words of each message under its `n`, and those of each title that the person
 * gave under the conversation's `-n`. They come folded and parted by spaces (`search-words.ts`), so the tokenizer only
 * has to split. It keeps a copy of them: an index without one has to be told exactly what it once indexed before it lets
 * go, and what is folded by a newer table of Unicode may differ. `secure-delete` takes a word out of the index when its
 * row goes; otherwise it would stay in there until segments happen to be merged.
 */
export const memoryMigrations: readonly Migration[] = [
  {
    version: 1,
    sql: `
      CREATE TABLE conversations (
        n INTEGER PRIMARY KEY,
        id TEXT NOT NULL UNIQUE,
        title TEXT NOT NULL,
        has_own_title INTEGER NOT NULL,
        created_at INTEGER NOT NULL,
        updated_at INTEGER NOT NULL,
        message_count INTEGER NOT NULL,
        -- What stands for everything until the message in this place.
        summary TEXT,
        summary_at INTEGER,
        summary_n INTEGER
      ) STRICT;
      CREATE INDEX conversations_by_update ON conversations (updated_at, n) WHERE message_count > 0;
      CREATE INDEX conversations_empty ON conversations (created_at) WHERE message_count = 0;

      CREATE TABLE messages (
        n INTEGER PRIMARY KEY,
        conversation INTEGER NOT NULL REFERENCES conversations (n),
        id TEXT NOT NULL,
        said_at INTEGER NOT NULL,
        role TEXT NOT NULL,
        mode TEXT NOT NULL,
        status TEXT NOT NULL,
        content TEXT NOT NULL,
        -- A list as JSON; null for none. In the row, because nobody ever asks for them without it.
        tool_calls TEXT,
        client_id TEXT,
        session_id TEXT NOT NULL,
        tokens INTEGER NOT NULL,
        nano_usd INTEGER NOT NULL,
        UNIQUE (conversation, id)
      ) STRICT;
      CREATE INDEX messages_by_place ON messages (conversation, said_at, n);
      CREATE INDEX messages_by_client ON messages (conversation, client_id) WHERE client_id IS NOT NULL;

      -- Short beginnings of words have indexes of their own.
      CREATE VIRTUAL TABLE words USING fts5 (text, tokenize = 'ascii', prefix = '2 3');
      INSERT INTO words (words, rank) VALUES ('secure-delete', 1);
    `,
  },
];
