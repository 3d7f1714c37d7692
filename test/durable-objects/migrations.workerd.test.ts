import { runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { expect, it } from 'vitest';
import { migrate, type Migration } from '../../src/durable-objects/store/migrations.ts';

const first: Migration = {
  version: 1,
  sql: "CREATE TABLE notes (text TEXT) STRICT; INSERT INTO notes VALUES ('kept');",
};
const second: Migration = { version: 2, sql: 'ALTER TABLE notes ADD COLUMN mood TEXT' };

let databases = 0;

/** An empty database of an object of its own. */
function withStorage(work: (storage: DurableObjectStorage) => void): Promise<void> {
  databases += 1;
  return runInDurableObject(env.DIRECTORY.getByName(`database ${databases}`), async (_, { storage }) => {
    await storage.deleteAll();
    work(storage);
  });
}

function versionsOf({ sql }: DurableObjectStorage): number[] {
  const rows = sql.exec<{ version: number }>('SELECT version FROM schema_versions ORDER BY version');
  return rows.toArray().map(({ version }) => version);
}

function notesOf({ sql }: DurableObjectStorage): object[] {
  return sql.exec('SELECT * FROM notes').toArray();
}

it('[M8] steps are taken in order, each once, and what was stored before stays', () =>
  withStorage((storage) => {
    migrate(storage, [first]);
    migrate(storage, [first]);
    expect(notesOf(storage)).toEqual([{ text: 'kept' }]);
    migrate(storage, [first, second]);
    expect(notesOf(storage)).toEqual([{ text: 'kept', mood: null }]);
    expect(versionsOf(storage)).toEqual([1, 2]);
  }));

it('[M8] a step that fails leaves no trace, and is taken when it is mended', () =>
  withStorage((storage) => {
    const broken = { version: 2, sql: "INSERT INTO notes VALUES ('half'); INSERT INTO nowhere VALUES (1);" };
    expect(() => migrate(storage, [first, broken])).toThrow('nowhere');
    expect(versionsOf(storage)).toEqual([1]);
    expect(notesOf(storage)).toEqual([{ text: 'kept' }]);
    migrate(storage, [first, second]);
    expect(versionsOf(storage)).toEqual([1, 2]);
  }));

it('[M8] a database that is ahead of the code is left as it is', () =>
  withStorage((storage) => {
    migrate(storage, [first, second]);
    migrate(storage, [first]);
    expect(versionsOf(storage)).toEqual([1, 2]);
    expect(notesOf(storage)).toEqual([{ text: 'kept', mood: null }]);
  }));

it('[M8] steps that are not numbered 1, 2, 3 are a mistake, and nothing is done', () =>
  withStorage((storage) => {
    expect(() => migrate(storage, [second, first])).toThrow(RangeError);
    expect(() => notesOf(storage)).toThrow('no such table');
  }));
