/** What a client told its listeners, in order, for tests that wait for it. */

/** Less than a test may take, so that it is this message that is read. */
const WAIT_MS = 4_000;

/** Events in the order they were told. `until` reads on from where it stopped the last time. */
export class EventLog<Event extends { readonly type: string }> {
  readonly all: Event[] = [];
  #read = 0;
  #wake: () => void = () => undefined;

  /** Writes one down. */
  add(event: Event): void {
    this.all.push(event);
    this.#wake();
  }

  /** The types told so far, runs of one type folded into one. */
  types(): string[] {
    return this.all.map((event) => event.type).filter((type, at, types) => type !== types[at - 1]);
  }

  /** Reads up to and including the next event of this type. Rejects with what came instead. */
  async until<Type extends Event['type']>(type: Type): Promise<Extract<Event, { type: Type }>> {
    const isIt = (event: Event): event is Extract<Event, { type: Type }> => event.type === type;
    const deadline = performance.now() + WAIT_MS;
    for (;;) {
      const event = this.all[this.#read];
      if (!event) {
        await this.#more(deadline, type);
        continue;
      }
      this.#read += 1;
      if (isIt(event)) return event;
    }
  }

  /** The first event of this type ever told, or to come; moves nothing. For what comes in no fixed order. */
  async first<Type extends Event['type']>(type: Type): Promise<Extract<Event, { type: Type }>> {
    const isIt = (event: Event): event is Extract<Event, { type: Type }> => event.type === type;
    const deadline = performance.now() + WAIT_MS;
    for (;;) {
      const event = this.all.find(isIt);
      if (event) return event;
      await this.#more(deadline, type);
    }
  }

  async #more(deadline: number, type: string): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#wake = resolve;
    const seen = this.types().slice(-12).join(', ');
    const timer = setTimeout(
      () => reject(new Error(`${type} did not come; the last were: ${seen}`)),
      Math.max(0, deadline - performance.now()),
    );
    await promise.finally(() => clearTimeout(timer));
  }
}
