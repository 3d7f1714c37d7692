/** Memories of users inside the runtime, and messages to keep in them. */
import { runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { Agenda } from '../../src/durable-objects/agenda.ts';
import { SqlMemory } from '../../src/durable-objects/store/sql-memory.ts';
import type { KeptMessage } from '../../src/durable-objects/store/memory.ts';

/** A moment in the tests: noon of a day in November. */
export const NOON = Date.UTC(2026, 10, 25, 12);

let objects = 0;
let messages = 0;

/** An object that nobody else uses. */
export function newObjectName(): string {
  objects += 1;
  return `${'0123456789abcdef'.charAt(objects % 16)}${objects.toString(16).padStart(63, '0')}`;
}

/** Works with the memory of an object of its own, or of this name. */
export function withMemory<T>(
  work: (memory: SqlMemory, storage: DurableObjectStorage) => T | Promise<T>,
  name = newObjectName(),
): Promise<T> {
  return runInDurableObject(env.USERS.getByName(name), (_, { storage }) =>
    work(openMemory(storage), storage),
  );
}

/** The memory in a storage, as its object has it. */
export function openMemory(storage: DurableObjectStorage, keptMs: number | null = null): SqlMemory {
  const retention = { keptMs, emptyMs: 24 * 60 * 60 * 1000 };
  return new SqlMemory(storage, { retention, agenda: new Agenda(storage) });
}

/** A message: of the person, written, complete, at noon, unless told. */
export function said(content: string, facts: Partial<KeptMessage> = {}): KeptMessage {
  messages += 1;
  return {
    id: `msg_${messages.toString(16).padStart(32, '0')}`,
    role: 'user',
    mode: 'text',
    content,
    status: 'complete',
    saidAt: NOON,
    clientId: null,
    toolCalls: [],
    sessionId: 'vs_00000000000000000000000000000000',
    tokens: 0,
    nanoUsd: 0,
    ...facts,
  };
}

/** Everything that the tables and the journal of an object hold, as one text. */
export function everythingIn({ sql, kv }: DurableObjectStorage): string {
  const tables = sql
    .exec<{ name: string }>(
      "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\\_cf\\_%' ESCAPE '\\' AND sql NOT LIKE 'CREATE VIRTUAL%'",
    )
    .toArray();
  const rows = tables.flatMap(({ name }) => sql.exec(`SELECT * FROM "${name}"`).toArray());
  const values = rows.flatMap((row) => Object.values(row)).map(readable);
  return [...values, ...[...kv.list()].map((entry) => JSON.stringify(entry))].join('\n');
}

function readable(value: SqlStorageValue): string {
  return value instanceof ArrayBuffer ? new TextDecoder('latin1').decode(value) : String(value);
}
