import { expect, it } from 'vitest';
import type { SqlMemory } from '../../src/durable-objects/store/sql-memory.ts';
import { newObjectName, NOON, openMemory, said, withMemory } from '../workerd/memories.ts';

/** Counts the rows that statements read and write. */
function counting(storage: DurableObjectStorage): { storage: DurableObjectStorage; rows: () => number } {
  const cursors: SqlStorageCursor<never>[] = [];
  const sql = new Proxy(storage.sql, {
    get: (target, name) => {
      if (name !== 'exec') return Reflect.get(target, name);
      return (...all: unknown[]) => {
        const cursor = Reflect.apply(Reflect.get(target, name), target, all) as SqlStorageCursor<never>;
        cursors.push(cursor);
        return cursor;
      };
    },
  });
  const counted = new Proxy(storage, {
    get: (target, name) => {
      if (name === 'sql') return sql;
      const value: unknown = Reflect.get(target, name);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
  return { storage: counted, rows: () => cursors.splice(0).reduce((sum, { rowsRead }) => sum + rowsRead, 0) };
}

interface Costs {
  readonly open: number;
  readonly back: number;
  readonly recall: number;
  readonly append: number;
  readonly list: number;
}

/** Rows read by each, of a conversation of so many messages. */
async function costsOf(count: number): Promise<Costs> {
  const name = newObjectName();
  return withMemory((memory, bare) => {
    const id = fill(memory, bare, count);
    const { storage, rows } = counting(bare);
    const counted = openMemory(storage);
    counted.find(id);
    const cost = (work: () => unknown): number => {
      rows();
      work();
      return rows();
    };
    const newest = counted.open(id, { after: null, limit: 50 });
    return {
      open: cost(() => counted.open(id, { after: null, limit: 50 })),
      back: cost(() => counted.open(id, { after: newest?.next ?? null, limit: 50 })),
      recall: cost(() => counted.recall(id, 1000)),
      append: cost(() => counted.keep(id, said('one more', { saidAt: NOON + count + 1 }))),
      list: cost(() => counted.list({ after: null, limit: 50 })),
    };
  }, name);
}

function fill(memory: SqlMemory, storage: DurableObjectStorage, count: number): string {
  const id = memory.begin(NOON);
  storage.transactionSync(() => {
    for (let n = 0; n < count; n += 1) {
      memory.keep(id, said(`word ${n}`, { saidAt: NOON + n, role: n % 2 === 0 ? 'user' : 'assistant' }));
    }
    const last = memory.last(id)?.id ?? '';
    memory.summarize(id, { text: 'They counted.', until: last });
  });
  return id;
}

it('[H25] what is read of a long conversation is what is read of a short one', async () => {
  const [short, long] = [await costsOf(500), await costsOf(5_000)];
  expect(long).toEqual(short);
  expect(short.open).toBeLessThan(4 * 50);
  expect(short.back).toBeLessThan(4 * 50);
  expect(short.recall).toBeLessThan(4 * 80);
  expect(short.append).toBeLessThan(40);
}, 60_000);
