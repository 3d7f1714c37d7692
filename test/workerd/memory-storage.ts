import type { AccountStorage } from '../../src/durable-objects/account.ts';

/** Storage of an object that lives in memory alone, for what runs outside one. Values are copied, as storage does. */
export class MemoryStorage {
  readonly #values = new Map<string, unknown>();

  readonly kv: AccountStorage['kv'] = {
    get: <T>(key: string): T | undefined => structuredClone(this.#values.get(key)) as T | undefined,
    put: (key, value) => void this.#values.set(key, structuredClone(value)),
    delete: (key) => this.#values.delete(key),
    list: <T>({ prefix = '', end, reverse = false }: SyncKvListOptions = {}) => {
      const keys = [...this.#values.keys()].filter((key) => key.startsWith(prefix) && (!end || key < end));
      const sorted = reverse ? keys.toSorted().toReversed() : keys.toSorted();
      return sorted.map((key): [string, T] => [key, structuredClone(this.#values.get(key)) as T]);
    },
  };

  async put(keyOrEntries: unknown, value?: unknown): Promise<void> {
    this.kv.put(String(keyOrEntries), value);
  }

  async delete(key: string | string[]): Promise<never> {
    for (const one of [key].flat()) this.kv.delete(one);
    return true as never;
  }
}
