import type { AccountStorage } from '../../src/durable-objects/account.ts';

type Kv = AccountStorage['kv'];

/** Storage of an object that lives in memory alone, for what runs outside one. Values are copied, as storage does. */
export class MemoryStorage {
  readonly #values = new Map<string, unknown>();

  readonly kv = {
    get: (key) => structuredClone(this.#values.get(key)),
    put: (key, value) => void this.#values.set(key, structuredClone(value)),
    delete: (key) => this.#values.delete(key),
    list: ({ prefix = '', end, reverse = false }: SyncKvListOptions = {}) => {
      const keys = [...this.#values.keys()].filter((key) => key.startsWith(prefix) && (!end || key < end));
      const sorted = reverse ? keys.toSorted().toReversed() : keys.toSorted();
      return sorted.map((key) => [key, structuredClone(this.#values.get(key))]);
    },
  } as Kv;

  async put(keyOrEntries: unknown, value?: unknown): Promise<void> {
    this.kv.put(String(keyOrEntries), value);
  }

  async delete(key: string | string[]): Promise<never> {
    for (const one of [key].flat()) this.kv.delete(one);
    return true as never;
  }
}
