import { GOOD_FOR_MS, type Checkpoint } from './checkpoint.ts';
import { sameHash } from './resume-keys.ts';

/** As much of an object's storage as checkpoints need. */
export type CheckpointStorage = Pick<DurableObjectStorage, 'kv' | 'put' | 'delete'>;

const PREFIX = 'checkpoint/';

/** Nothing here holds back what the object sends: sound waits for no disk, and a crash costs what was said last. */
const UNCONFIRMED = { allowUnconfirmed: true } as const;

/** The checkpoints of one user's calls. As long-lived as the user's object. */
export class Checkpoints {
  readonly #storage: CheckpointStorage;

  constructor(storage: CheckpointStorage) {
    this.#storage = storage;
  }

  /** Keeps one in place of the one before. */
  keep(checkpoint: Checkpoint): void {
    void this.#storage.put(PREFIX + checkpoint.sessionId, checkpoint, UNCONFIRMED);
  }

  /** The call is over: nobody comes back to it. */
  drop(sessionId: string): void {
    void this.#storage.delete(PREFIX + sessionId, UNCONFIRMED);
  }

  /** Nobody comes back to any call. */
  dropAll(): void {
    for (const { sessionId } of this.#all()) this.drop(sessionId);
  }

  /** The call that the token with this hash brings back; null when there is none, or it is too late. */
  find(hash: string, now: number): Checkpoint | null {
    const found = this.#all().find(({ keys }) => keys.some((key) => sameHash(key, hash)));
    // Another version of this code may have meant something else.
    return found?.version === 1 && now < goodUntil(found) ? found : null;
  }

  /** Lets go of those for which it is too late, and tells when it will be for the next; null: none is left. */
  dropOld(now: number): number | null {
    const left = this.#all().filter((checkpoint) => {
      const isGood = now < goodUntil(checkpoint);
      if (!isGood) this.drop(checkpoint.sessionId);
      return isGood;
    });
    return left.length === 0 ? null : Math.min(...left.map(goodUntil));
  }

  #all(): readonly Checkpoint[] {
    const kept = [...this.#storage.kv.list<Checkpoint>({ prefix: PREFIX })];
    return kept.map(([, checkpoint]) => checkpoint);
  }
}

function goodUntil({ aliveAt }: Checkpoint): number {
  return aliveAt + GOOD_FOR_MS;
}
